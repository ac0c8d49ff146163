"""How is a detector made from settings that has learned nothing yet?

Each kind of detector is a function from the shape of a clip's features, the settings and the architecture of
its flows. Here the stages meet ``models``; numbers that do not go together are refused in the words of the
configuration.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from math import prod
from typing import TYPE_CHECKING, Any

from pipeline.detection.frame_detector import make_frame_detector
from pipeline.detection.sound_detector import make_sound_detector
from pipeline.detection.word_detector import make_word_detector
from pipeline.errors import ConfigurationError, nearest
from pipeline.processes import import_tensorflow
from pipeline.settings import ModelSettings, Section, Settings

if TYPE_CHECKING:
    from models.clips import FlowDetector
    from models.detector import Detector
    from models.flows import FitOptions, FlowArchitecture
    from models.words import RecordedDuration

__all__ = [
    "DETECTORS",
    "check_cross_fitting",
    "check_detector",
    "fit_options",
    "is_fitted_by_steps",
    "make_detector",
    "make_recorded_duration",
]

# Learned linear maps hold matrices of D x D numbers, with gradients and moments: 64 MB each at D = 4,096.
MOST_FEATURES_OF_A_MATRIX = 4_096
# A fit for each recording takes seconds in all, and no clip is needed to stop one.
FITTED_AT_ONCE = ("sounds",)


def fit_options(training: Section, seed: int) -> "FitOptions":
    """Return the numbers of a fit from a section of settings that has them."""
    import_tensorflow()
    from models.flows import FitOptions

    own = {field.name for field in fields(FitOptions)} - {"seed"}
    return FitOptions(**training.model_dump(include=own), seed=seed)


def check_detector(model: ModelSettings) -> None:
    """Refuse a kind of detector that there is not.

    Raises:
        ConfigurationError: with the known kinds.
    """
    if model.kind not in DETECTORS:
        raise ConfigurationError(
            f"model.kind={model.kind!r} is unknown{nearest(model.kind, DETECTORS)}; "
            f"use one of {', '.join(DETECTORS)}"
        )


def is_fitted_by_steps(model: ModelSettings) -> bool:
    """Return whether clips must stop the fit of this kind of detector."""
    return model.kind not in FITTED_AT_ONCE


def check_cross_fitting(settings: Settings) -> None:
    """Refuse to cross-fit a detector whose fit takes long, or needs clips to stop by.

    Raises:
        ConfigurationError: with the kinds that can.
    """
    below, kind = settings.training.cross_fit_below, settings.model.kind
    if below and is_fitted_by_steps(settings.model):
        raise ConfigurationError(
            f"training.cross_fit_below={below} is for model.kind={FITTED_AT_ONCE[0]!r}, and "
            f"model.kind={kind!r} is fitted by steps, with clips to stop by; set training.cross_fit_below=0"
        )


def make_detector(feature_shape: Sequence[int], settings: Settings) -> "Detector":
    """Return an unfitted detector for features of this shape.

    Raises:
        ConfigurationError: an unknown kind, or numbers that do not go together.
    """
    check_detector(settings.model)
    import_tensorflow()
    from models.flows import FlowArchitecture

    own = {field.name for field in fields(FlowArchitecture)}
    try:
        architecture = FlowArchitecture(**settings.model.model_dump(include=own))
    except ValueError as error:
        raise ConfigurationError(f"the model's numbers do not go together: {error}") from error
    detector: Detector = DETECTORS[settings.model.kind](feature_shape, settings, architecture)
    return detector


def make_recorded_duration(settings: Settings) -> "RecordedDuration":
    """Return what has not learned yet how long the target's recordings are."""
    import_tensorflow()
    from models.words import RecordedDuration

    return RecordedDuration(settings.model.duration_weight)


def _make_flow_detector(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "FlowDetector":
    from models.clips import FlowDetector

    n_features = prod(feature_shape)
    for name, value, other in (
        ("family", "affine", "another family"),
        ("permutation", "lu", "model.permutation none, reversed or random"),
    ):
        if getattr(architecture, name) == value and n_features > MOST_FEATURES_OF_A_MATRIX:
            raise ConfigurationError(
                f"model.{name}={value!r} learns matrices of D x D numbers, and features.kind="
                f"{settings.features.kind!r} has D={n_features:,} ({4 * n_features**2 / 1e9:.1f} GB each), "
                f"above the {MOST_FEATURES_OF_A_MATRIX:,} that it is for; use {other}, or other features"
            )
    return FlowDetector(
        feature_shape,
        architecture=architecture,
        seed=settings.seed,
        is_coarse=settings.model.scoring_products == "bfloat16",
    )


# Another detector is another line here.
DETECTORS: dict[str, Callable[..., Any]] = {
    "flow": _make_flow_detector,
    "template": make_word_detector,
    "frames": make_frame_detector,
    "sounds": make_sound_detector,
}
