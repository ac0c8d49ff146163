"""Which numbers does a run depend on?

Every number of the program stands on this page, with its unit and its reason. The settings are
frozen; an unknown key is an error that suggests the nearest known one. ``pipeline.presets`` names
whole pages; ``--set section.key=value`` changes one number of them.
"""

from typing import Literal

from pydantic import Field, PositiveInt

from pipeline.pages import Section

__all__ = [
    "CorpusSettings",
    "EvaluationSettings",
    "FeatureSettings",
    "ModelSettings",
    "ReportSettings",
    "Settings",
    "TrainingSettings",
]


class CorpusSettings(Section):
    """Where the clips come from."""

    name: str = Field(
        "embedded", description="embedded, speech_commands_v0.01, speech_commands_v0.02, or a path"
    )
    splits: str = Field(
        "", description="CSV with columns file,split; used where the corpus has no split lists"
    )
    name_pattern: str = Field("", description="regular expression with the group speaker and perhaps word")


class FeatureSettings(Section):
    """What is computed from one second of sound."""

    kind: Literal["legacy", "fft", "stft", "waveform", "logmel", "aligned"] = Field(
        "aligned", description="legacy is the published 32 ms defect, on purpose"
    )
    sample_rate: int = Field(16_000, ge=8_000, le=48_000, description="Hz; every clip is resampled to it")
    duration_seconds: float = Field(
        1.0, gt=0.1, le=10, description="shorter clips are padded, longer ones cut"
    )
    n_bands: int = Field(257, ge=8, description="fft: log-spaced bands over the whole window")
    band_fmin_hertz: float = Field(50.0, gt=0, description="fft: lower edge of the lowest band")
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
    loud_gap_seconds: float = Field(0.12, ge=0, description="aligned: quieter gaps inside a word are bridged")
    loud_least_seconds: float = Field(0.16, gt=0, description="aligned: a shorter loud part is widened")
    floor_decibel: float = Field(
        -80.0, lt=0, description="power below full scale where logarithms are floored"
    )
    n_workers: int = Field(0, ge=0, description="processes; 0 means one for each core")
    batch_size: int = Field(128, ge=1, description="clips a process handles at once; bounds memory")


class ModelSettings(Section):
    """The density model."""

    kind: Literal["flow", "template"] = Field(
        "flow",
        description="flow: one MAF over the features; template: warped clips, target and background flow",
    )
    family: Literal["maf", "iaf", "real_nvp", "spline_maf", "affine"] = Field(
        "maf", description="see models/architecture.py; maf gives a density in one pass a layer"
    )
    n_layers: int = Field(5, ge=1, description="layers of the family; affine has one")
    hidden_units: tuple[PositiveInt, ...] = Field(
        (256, 256), min_length=1, description="units of each hidden layer"
    )
    activation: Literal["tanh", "relu"] = Field(
        "tanh", description="tanh is bounded, as the likelihood must be"
    )
    permutation: Literal["none", "reversed", "random", "lu"] = Field(
        "reversed", description="of the features between layers; lu is a learned linear map"
    )
    order: Literal["given", "reversed", "random"] = Field(
        "given", description="of the features within a layer"
    )
    normalization: Literal["none", "activation", "batch"] = Field(
        "none", description="after each layer; batch as published, with statistics frozen for scoring"
    )
    base: Literal["normal", "mixture"] = Field(
        "normal", description="density of the noise; mixture is learned, and for kind='flow' only"
    )
    n_base_components: int = Field(10, ge=1, description="Gaussians of a mixture base")
    n_bins: int = Field(8, ge=2, le=64, description="spline_maf: bins a feature")
    tail_bound: float = Field(
        5.0, gt=0, description="spline_maf: deviations beyond which a feature is not transformed"
    )
    log_scale_bound: float = Field(
        3.0, ge=0, description="|log scale| stays below it, smoothly; 0 leaves it free"
    )
    n_template_frames: int = Field(24, ge=4, description="template: its frames; about 20 ms of a word each")
    n_cepstra: int = Field(20, ge=2, description="template: cepstra that the warp compares")
    warp_penalty: float = Field(0.3, ge=0, description="template: cost of a step off the diagonal")
    warp_diagonal_weight: float = Field(
        1.5, ge=1, description="template: 1 favours straight paths, 2 is neutral"
    )
    warp_rounds: int = Field(4, ge=1, description="template: times that clips are warped and averaged again")
    n_components: int = Field(32, ge=1, description="template: principal components under the flow")
    noise_scale: float = Field(
        1.75,
        ge=0,
        description="template: blur in deviations of a feature; without it small directions decide",
    )
    n_copies: int = Field(8, ge=1, description="template: augmented copies a clip, and distorted ones")
    gain_decibel: float = Field(
        3.0, ge=0, description="template: spread of the copies' smooth gain over bands"
    )
    tract_range: float = Field(
        0.1, ge=0, lt=0.5, description="template: vocal tracts longer or shorter by this share"
    )
    distortions: tuple[str, ...] = Field(
        ("reverse", "rotate", "shuffle", "crop", "formants", "patch", "field"),
        min_length=1,
        description="template: what stands in for other words, see models/distortions.py",
    )
    density_share: float = Field(
        0.3,
        ge=0,
        description="template: spread of the density term over that of the ratio, on validation clips",
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
    monitored_words: tuple[str, ...] = Field(
        ("cat", "bird", "wow"), description="words followed each epoch as published, never trained on"
    )


class EvaluationSettings(Section):
    """How scores become figures."""

    n_bootstrap: int = Field(1_000, ge=100, description="resamplings of speakers behind each interval")
    alpha: float = Field(0.05, gt=0, lt=1, description="false-alarm rate at which clips are flagged")


class ReportSettings(Section):
    """What the page shows."""

    n_strangest: int = Field(20, ge=1, description="strangest clips of the target that are listed")
    n_target_like: int = Field(20, ge=1, description="most target-like clips of other words that are listed")


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
    report: ReportSettings = ReportSettings()
