"""Which numbers does a run depend on?

Every number of the program stands on this page, with its unit and its reason. The settings are frozen;
an unknown key is an error that suggests the nearest known one. ``pipeline.settings.presets``
names whole pages.
"""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.settings.features import PRETRAINED_KINDS, FeatureSettings
from pipeline.settings.model import ModelSettings, ViewName
from pipeline.settings.quality import QualitySettings
from pipeline.settings.section import Section

__all__ = [
    "AuditSettings",
    "CorpusSettings",
    "EvaluationSettings",
    "ReportSettings",
    "Settings",
    "SweepSettings",
    "TrainingSettings",
]


# Accents joined to their letters, as the words of a corpus are named whatever its folders' names are.
OneForm = Annotated[str, AfterValidator(lambda name: unicodedata.normalize("NFC", name))]


class CorpusSettings(Section):
    """Where the clips come from."""

    name: str = Field(
        "embedded",
        description="embedded, machines, speech_commands_v0.01, speech_commands_v0.02, or a path",
    )
    splits: str = Field(
        "",
        description="CSV with columns file,split, file,recording or all three; its splits are used where the "
        "corpus has no split lists",
    )
    name_pattern: str = Field(
        "", description="regular expression with the group speaker or recording, and perhaps word"
    )
    keep_duplicates_together: bool = Field(
        False,
        description="speakers who share a sound, sample by sample, count as one, so that no copy is in two "
        "splits; costs a further decoding of each file, so it is asked for",
    )


class TrainingSettings(Section):
    """How the model is fitted; the validation split decides when to stop, test clips decide nothing."""

    batch_size: int = Field(100, ge=1, description="clips a step")
    learning_rate: float = Field(1e-3, gt=0, description="Adam's step size")
    max_epochs: int = Field(100, ge=1, description="upper bound; early stopping usually ends sooner")
    patience: int = Field(
        10, ge=0, description="epochs without a better validation value; 0 never stops early"
    )
    clip_norm: float = Field(
        10.0, ge=0, description="global norm of the gradient is clipped to it; 0 leaves it"
    )
    most_clips: int = Field(
        5_000,
        ge=20,
        description="training clips of the target that are learned from; of more, a sample spread over "
        "speakers, for each clip costs time and memory and adds little. An audit takes all",
    )
    monitored_words: tuple[OneForm, ...] = Field(
        ("cat", "bird", "wow"), description="words followed each epoch as published, never trained on"
    )
    protocol: Literal["one-class", "auxiliary"] = Field(
        "one-class",
        description="one-class: only the target's clips are used; auxiliary: a background model also hears "
        "half of the other words, and the other half tests it",
    )
    auxiliary_half: Literal["a", "b"] = Field(
        "a",
        description="auxiliary: the half of the other words that is fitted to, see pipeline/detection/",
    )
    cross_fit_below: int = Field(
        0,
        ge=0,
        description="sounds: recordings of the target below which each is judged by a model fitted to the "
        "others; a tenth of fewer than 100 calibrates no flag at 5 %. 0: never",
    )
    cross_fit_folds: int = Field(
        0,
        ge=0,
        description="models that are cross-fitted; 0: one for each recording (the strongest guarantee), "
        "and ten where the target has more than 200 clips",
    )
    keep_splits: bool = Field(
        True,
        description="a corpus that says who is in which split is not cross-fitted; false lets folds take "
        "their place",
    )


class EvaluationSettings(Section):
    """How scores become figures."""

    n_bootstrap: int = Field(1_000, ge=100, description="resamplings of speakers behind each interval")
    alpha: float = Field(0.05, gt=0, lt=1, description="false-alarm rate at which clips are flagged")
    n_explained: int = Field(
        100, ge=0, description="clips of each list of the report that get a map of where their score is from"
    )
    sound_baselines: bool = Field(
        True,
        description="sounds: fit the DCASE challenge's autoencoder and other baselines to "
        "the same recordings; a minute or two",
    )
    fdr: float = Field(
        0.1, gt=0, lt=1, description="share of ordinary clips among those on the list, at most, on average"
    )


class ReportSettings(Section):
    """What the page shows."""

    n_strangest: int = Field(
        100, ge=1, description="strangest test clips of the target with a player; 200 in all is below 10 MB"
    )
    n_target_like: int = Field(100, ge=1, description="most target-like clips of other words with a player")
    n_linked: int = Field(300, ge=0, description="clips of each list after those, as links without a player")


class AuditSettings(Section):
    """How the target's own clips are judged, each by a model fitted to neither it nor its speaker."""

    n_folds: int = Field(
        5, ge=2, description="models; each leaves out the speakers of one share of the clips"
    )
    validation_share: float = Field(
        0.1, gt=0, lt=1, description="of a model's clips, kept for stopping and p-values, no speaker in both"
    )
    trim_share: float = Field(
        0.1, ge=0, lt=0.5, description="strangest clips left out of a model's second fit; 0 fits once"
    )
    views: tuple[ViewName, ...] = Field(
        ("timbre",),
        description="views of a template's models here; timbre hears the word most and the recording least; "
        "none for those of model.views",
    )
    other_words: bool = Field(
        True, description="compare with the corpus's other words too; the models never hear them"
    )
    n_listed: int = Field(20, ge=1, description="clips in each printed table")
    n_shown: int = Field(100, ge=0, description="clips of each list with a player on the page")


class SweepSettings(Section):
    """How the labels of a whole corpus are judged, each clip by models that did not hear its speaker."""

    n_folds: int = Field(5, ge=2, description="models of each class; each leaves out one share of speakers")
    least_clips: int = Field(
        20, ge=4, description="clips below which a class is not learned, and judged by the others' models"
    )
    ridge: float = Field(
        0.1, gt=0, description="of the mean variance, added to each direction's; keeps many cells from noise"
    )
    least_precision: float = Field(
        0.2, gt=0, lt=1, description="expected share of wrong labels below which judging more does not pay"
    )
    n_listed: int = Field(20, ge=1, description="clips in the printed table")
    n_shown: int = Field(100, ge=0, description="clips of the list with a player on the page")


class Settings(Section):
    """One run."""

    target: OneForm = Field("zero", min_length=1, description="the word that is normal")
    preset: str = Field("default", description="the page that this run started from")
    seed: int = Field(0, ge=0, lt=2**31, description="behind every random choice")
    corpus: CorpusSettings = CorpusSettings()
    features: FeatureSettings = FeatureSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    quality: QualitySettings = QualitySettings()
    report: ReportSettings = ReportSettings()
    audit: AuditSettings = AuditSettings()
    sweep: SweepSettings = SweepSettings()

    @property
    def protocol(self) -> str:
        """What the run's figures may be compared with, as ``metrics.json`` and every table say it.

        "pretrained": the features were trained on speech of others, whatever the detector learns from.
        """
        return f"{self.training.protocol}{', pretrained' * (self.features.kind in PRETRAINED_KINDS)}"
