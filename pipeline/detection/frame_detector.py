"""How is the detector of clips of any length made from settings?

Its flows are those of ``models.frames``; numbers that do not go together are refused here, in the
words of the configuration.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.detection.checks import check_distortions
from pipeline.errors import ConfigurationError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from models.flows import FlowArchitecture
    from models.frames import FrameDetector

__all__ = ["make_frame_detector"]


def make_frame_detector(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "FrameDetector":
    """Return an unfitted detector of frames; TensorFlow must be imported already.

    Args:
        feature_shape: of one clip, (frames at most, bands and one).
        settings: of the run, with ``model.kind="frames"``.
        architecture: of the flows.

    Raises:
        ConfigurationError: features of another kind, or numbers that do not go together.
    """
    from models.frames import FrameDetector

    model = settings.model
    if settings.features.kind != "frames":
        raise ConfigurationError(
            f"model.kind='frames' needs features.kind='frames', got {settings.features.kind!r}; set either"
        )
    check_distortions(model.distortions)
    try:
        return FrameDetector(
            feature_shape[1] - 1,
            architecture=architecture,
            context=model.context,
            context_options={
                "n_positions": model.n_positions,
                "n_channels": model.context_channels,
                "n_layers": model.context_layers,
                "n_taps": model.context_taps,
                "n_heads": model.context_heads,
            },
            noise_scale=model.noise_scale,
            n_copies=model.n_copies,
            gain_decibel=model.gain_decibel,
            tract_range=model.tract_range,
            tempo_range=model.tempo_range,
            distortions=model.distortions if model.with_background else (),
            density_share=model.density_share,
            seed=settings.seed,
        )
    except ValueError as error:
        raise ConfigurationError(f"the model's numbers do not go together: {error}") from error
