"""Which numbers does a run depend on?

Every number of the program stands on this page, with its unit and its reason. The settings are frozen;
an unknown key is an error that suggests the nearest known one. ``pipeline.settings.presets``
names whole pages.
"""

from typing import Literal

from pydantic import Field

from pipeline.settings.model import ModelSettings, ViewName
from pipeline.settings.quality import QualitySettings
from pipeline.settings.section import Section

__all__ = [
    "PRETRAINED_KINDS",
    "AuditSettings",
    "CorpusSettings",
    "EvaluationSettings",
    "FeatureSettings",
    "ReportSettings",
    "Settings",
    "TrainingSettings",
]


# Features that a network makes which was trained on other clips than the corpus's.
PRETRAINED_KINDS = ("aligned_vectors",)


class CorpusSettings(Section):
    """Where the clips come from."""

    name: str = Field(
        "embedded",
        description="embedded, machines, speech_commands_v0.01, speech_commands_v0.02, or a path",
    )
    splits: str = Field(
        "", description="CSV with columns file,split; used where the corpus has no split lists"
    )
    name_pattern: str = Field("", description="regular expression with the group speaker and perhaps word")


class FeatureSettings(Section):
    """What is computed from one second of sound."""

    kind: str = Field(
        "aligned",
        description="legacy, fft, stft, waveform, logmel, aligned, aligned_vectors, frames or statistics; "
        "legacy is the published 32 ms defect, on purpose",
    )
    sample_rate: int = Field(16_000, ge=8_000, le=48_000, description="Hz; every clip is resampled to it")
    duration_seconds: float = Field(
        1.0, gt=0.1, le=10, description="shorter clips are padded, longer ones cut"
    )
    recording_rate: int = Field(
        16_000,
        ge=1_000,
        le=48_000,
        description="statistics: Hz that whole recordings are brought to; the lowest rate among them at most",
    )
    n_bands: int = Field(257, ge=8, description="fft: log-spaced bands over the whole window")
    band_fmin_hertz: float = Field(50.0, gt=0, description="fft: lower edge of the lowest band")
    magnitude: Literal["log", "linear"] = Field(
        "log", description="fft: levels in decibel; linear magnitudes, as published, call quiet clips likely"
    )
    frame_length: int = Field(480, ge=64, description="stft: samples a frame, 30 ms")
    frame_step: int = Field(160, ge=16, description="samples between frames, 10 ms")
    n_fft: int = Field(512, ge=64, description="stft, logmel, aligned: length of the transform")
    mel_frame_length: int = Field(400, ge=64, description="logmel, aligned: samples a frame, 25 ms")
    n_mels: int = Field(40, ge=8, description="logmel, aligned: mel bands")
    fmin_hertz: float = Field(20.0, ge=0, description="lowest edge of the lowest mel band")
    fmax_hertz: float = Field(7_600.0, gt=0, description="highest edge of the highest mel band")
    n_frames: int = Field(48, ge=8, description="aligned: frames after stretching the loud part")
    smoothing_seconds: float = Field(
        0.13,
        ge=0,
        description="aligned: moving mean of levels over time; finer detail is the voice, not the word",
    )
    smoothing_bands: int = Field(
        3, ge=1, description="aligned: moving mean over mel bands, against differing voices"
    )
    loud_threshold: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="aligned: share of the way from a clip's noise to its peak where loud begins",
    )
    loud_noise_quantile: float = Field(
        0.1, ge=0, le=1, description="aligned: of frame loudness; taken as noise"
    )
    loud_smoothing_seconds: float = Field(
        0.05, ge=0, description="aligned: moving mean of loudness, a few frames"
    )
    loud_gap_seconds: float = Field(
        0.18, ge=0, description="aligned: quieter gaps inside a word are bridged, as in a long stop"
    )
    loud_least_seconds: float = Field(0.16, gt=0, description="aligned: a shorter loud part is widened")
    floor_decibel: float = Field(
        -80.0, lt=0, description="power below full scale where logarithms are floored"
    )
    vector_windows: int = Field(
        3,
        ge=1,
        le=5,
        description="aligned_vectors: windows of 0.76 s around a word's middle; five rank no better",
    )
    vector_step: int = Field(
        16,
        ge=8,
        le=32,
        multiple_of=8,
        description="aligned_vectors: frames of 10 ms between them; the network has a vector each 8",
    )
    vector_peak: float = Field(
        0.5,
        gt=0,
        le=1,
        description="aligned_vectors: full scale; the loud part's peak, whatever it was recorded at",
    )
    vector_noise_decibel: float = Field(
        -60.0,
        le=-20,
        description="aligned_vectors: full scale; noise under the clip: the network knows no zeros",
    )
    vector_copies: int = Field(
        1,
        ge=0,
        description="aligned_vectors: changed copies of a clip, for the background; each costs as much again",
    )
    n_workers: int = Field(0, ge=0, description="processes; 0 means one for each core")
    batch_size: int = Field(128, ge=1, description="clips a process handles at once; bounds memory")


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
    monitored_words: tuple[str, ...] = Field(
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


class EvaluationSettings(Section):
    """How scores become figures."""

    n_bootstrap: int = Field(1_000, ge=100, description="resamplings of speakers behind each interval")
    alpha: float = Field(0.05, gt=0, lt=1, description="false-alarm rate at which clips are flagged")
    n_explained: int = Field(
        100, ge=0, description="clips of each list of the report that get a map of where their score is from"
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
        0.1, gt=0, lt=1, description="of a model's clips, kept for stopping and p-values, speakers apart"
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


class Settings(Section):
    """One run."""

    target: str = Field("zero", min_length=1, description="the word that is normal")
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

    @property
    def protocol(self) -> str:
        """What the run's figures may be compared with, as ``metrics.json`` and every table say it.

        "pretrained": the features were trained on speech of others, whatever the detector learns from.
        """
        return f"{self.training.protocol}{', pretrained' * (self.features.kind in PRETRAINED_KINDS)}"
