"""Which numbers does the tabular experiment depend on?

Every number of the experiment stands on this page, with its unit and its reason, frozen, and an unknown
key is an error. ``pipeline.density.presets`` names whole pages.
Source of the published numbers: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density
Estimation" (arXiv:1705.07057), section 4.2 and its code.
"""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.settings import Section

__all__ = ["DensitySettings", "FlowSettings", "LookAlikeSettings", "RowSettings", "TrainingSettings"]

N_SENSORS = 16


class RowSettings(Section):
    """From a file's rows to the rows that a flow is fitted to and tested on."""

    published: Literal["", "power", "hepmass", "miniboone", "bsds300"] = Field(
        "",
        description="a set of the MAF paper, which has rows and split of its own: of this section only "
        "max_rows counts then, for the training rows",
    )
    drop: tuple[str, ...] = Field((), description="columns that are left out")
    max_correlation: float = Field(
        0.98,
        gt=0,
        le=1,
        description="while a pair correlates above it, the first such column goes; 1 keeps all",
    )
    share: float = Field(0.25, gt=0, le=1, description="of the file's rows, drawn at random")
    max_rows: int = Field(0, ge=0, description="at most so many rows of that share; 0 sets no bound")
    test_share: float = Field(0.1, gt=0, lt=1, description="the last of the drawn rows; they decide nothing")
    validation_share: float = Field(
        0.1, gt=0, lt=1, description="the last of the rest; they decide when training stops"
    )
    min_rows: int = Field(100, ge=10, description="with fewer drawn rows no mean says anything")
    memory_limit_mb: PositiveInt = Field(
        800, description="MB of drawn rows; with TensorFlow the whole stays below 2 GB"
    )


class FlowSettings(Section):
    """The density model."""

    family: Literal["maf", "iaf", "real_nvp", "spline_maf", "affine"] = Field(
        "maf", description="masked autoregressive flow, as published"
    )
    n_layers: int = Field(10, ge=1, description="MAFs, as published for 8 sensors")
    hidden_units: tuple[PositiveInt, ...] = Field(
        (100, 100), min_length=1, description="units of each hidden layer, as published"
    )
    activation: Literal["tanh", "relu"] = Field("tanh", description="as published")
    log_scale_bound: float = Field(
        0.0, ge=0, description="|log scale| stays below it, smoothly; 0 leaves it free, as published"
    )
    normalization: Literal["none", "activation", "batch"] = Field(
        "batch", description="after each layer, as published; statistics are frozen for every value reported"
    )
    permutation: Literal["none", "reversed", "random", "lu"] = Field(
        "reversed", description="of the features between layers, as published"
    )
    base: Literal["normal", "mixture"] = Field("normal", description="what the features are mapped to")
    n_base_components: int = Field(10, ge=1, description="mixture: Gaussians, as published for MAF MoG")
    n_bins: int = Field(8, ge=2, description="spline_maf: pieces of each spline")
    tail_bound: PositiveFloat = Field(5.0, description="spline_maf: deviations beyond which it is linear")


class TrainingSettings(Section):
    """How the model is fitted; validation rows decide when to stop, test rows decide nothing."""

    batch_size: int = Field(100, ge=2, description="rows a step, as published")
    learning_rate: PositiveFloat = Field(1e-4, description="Adam's step size, as published")
    max_epochs: int = Field(1_000, ge=1, description="upper bound; early stopping ends far sooner")
    patience: int = Field(
        30, ge=0, description="epochs without a better validation value, as published; 0 never stops early"
    )
    clip_norm: float = Field(0.0, ge=0, description="bound of the gradient's norm; 0 leaves it, as published")
    report_every: int = Field(1_000, ge=0, description="batches between two lines of progress; 0 for none")
    n_followed: int = Field(
        10_000, ge=1, description="test rows behind the test value of each such line; the same ones each time"
    )


class LookAlikeSettings(Section):
    """A stand-in for the recording of a gas sensor array, where the real file is absent.

    The sensors stand in four types, in the order of the recording's columns: two of each type, and
    all of that twice, at two voltages of the heater.
    """

    n_rows: int = Field(400_000, ge=1, description="rows; the recording has 4,208,261, at 100 Hz")
    duration_seconds: PositiveFloat = Field(42_082.61, description="of the recording, however many rows")
    co_ppm: PositiveFloat = Field(533.33, description="highest concentration of carbon monoxide")
    ethylene_ppm: PositiveFloat = Field(20.0, description="highest concentration of ethylene")
    off_share: float = Field(
        0.4, ge=0, le=1, description="of the settings of each gas that are no gas at all"
    )
    dwell_seconds: tuple[PositiveFloat, PositiveFloat] = Field(
        (80.0, 220.0), description="shortest and longest time between two switches of the gases"
    )
    co_gain: tuple[float, float, float, float] = Field(
        (0.9, 1.3, 0.6, 0.75), description="response of each type to the highest carbon monoxide"
    )
    ethylene_gain: tuple[float, float, float, float] = Field(
        (1.6, 0.5, 1.0, 0.8), description="response of each type to the highest ethylene"
    )
    saturation: tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat] = Field(
        (6.0, 12.0, 2.0, 4.0), description="how far a response bends, r(c) = log(1 + s c) / log(1 + s)"
    )
    lag_seconds: tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat] = Field(
        (45.0, 14.0, 25.0, 8.0), description="time constant of each type's response at the first voltage"
    )
    second_lag_ratio: PositiveFloat = Field(
        2.5, description="lag at the second voltage, times; a colder sensor answers later"
    )
    second_co_ratio: PositiveFloat = Field(0.35, description="response to carbon monoxide there, times")
    twin_spread: float = Field(
        0.03,
        ge=0,
        lt=1,
        description="greatest relative deviation of gains and lags among sensors that should be alike",
    )
    drift_scale: float = Field(0.02, ge=0, description="deviation of a sensor's slow drift, in responses")
    drift_seconds: PositiveFloat = Field(3_000.0, description="time constant of that drift")
    noise_scale: float = Field(0.01, ge=0, description="deviation of a reading's noise, in responses")
    reading_gain: tuple[PositiveFloat, PositiveFloat] = Field(
        (800.0, 3_000.0), description="lowest and highest reading for a response of 1"
    )
    decimals: int = Field(2, ge=0, le=6, description="digits after the point, as in the recording")


class DensitySettings(Section):
    """One experiment."""

    experiment: Literal["density"] = Field("density", description="tells its folders from those of a run")
    preset: str = Field("gas", description="the page that it started from")
    seed: int = Field(0, ge=0, lt=2**31, description="behind every random choice")
    rows: RowSettings = RowSettings()
    flow: FlowSettings = FlowSettings()
    training: TrainingSettings = TrainingSettings()
    look_alike: LookAlikeSettings = LookAlikeSettings()
