"""How is the detector of sounds without a beginning made from settings?

Numbers that do not go together are refused here, in the words of the configuration.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.frontend import STATISTICS_VIEWS
from pipeline.settings import Settings

if TYPE_CHECKING:
    from models.flows import FlowArchitecture
    from models.sounds import SoundDetector

__all__ = ["make_sound_detector"]


def make_sound_detector(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "SoundDetector":
    """Return an unfitted detector of sounds; TensorFlow must be imported already.

    Args:
        feature_shape: of one clip, (numbers,), behind which those of its copy with noise may stand.
        settings: of the run, with ``model.kind="sounds"``.
        architecture: of flows, of which this detector has none.

    Raises:
        ConfigurationError: features of another kind.
    """
    from models.sounds import SoundDetector

    size = sum(STATISTICS_VIEWS.values()) * (2 if settings.features.noise_sha256 else 1)
    if settings.features.kind != "statistics" or tuple(feature_shape) != (size,):
        raise ConfigurationError(
            f"model.kind='sounds' needs features.kind='statistics' with {size} numbers a clip, got "
            f"{settings.features.kind!r} of shape {tuple(feature_shape)}; set either"
        )
    return SoundDetector(STATISTICS_VIEWS, n_folds=settings.model.n_folds, seed=settings.seed)
