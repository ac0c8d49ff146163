"""How do all clips come to the timing of one template, and where does each warped frame come from?

Levels are smoothed over frames and bands first, as the views that look at the result need it; views that
need the same share one warp. Conventions: clips are log-mel frames in decibel [N, T, M], warped ones
[N, J, M].
"""

from collections.abc import Mapping

import numpy as np
import scipy.ndimage

from models.words.template import Template
from models.words.uniform_timing import UniformTiming

__all__ = ["Warp"]


class Warp:
    """Smoothing, and dynamic time warping to a template of what is left.

    Args:
        smoothing: widths in frames and bands of a moving mean; (1, 1) leaves all as it is.
        template: unfitted, or the clips' own timing.
    """

    def __init__(self, smoothing: tuple[int, int], template: Template | UniformTiming) -> None:
        self.smoothing = smoothing
        self.template = template

    def fit(self, clips: np.ndarray) -> None:
        """Learn the template from clips."""
        self.template.fit(self.smooth(clips))

    def __call__(self, clips: np.ndarray) -> np.ndarray:
        """Return warped clips, float32."""
        return self.of_smooth(self.smooth(clips))

    def smooth(self, clips: np.ndarray) -> np.ndarray:
        """Return clips after the moving mean, float32 of the same shape."""
        if self.smoothing == (1, 1):
            return np.asarray(clips, np.float32)
        return np.asarray(
            scipy.ndimage.uniform_filter(clips, (1, *self.smoothing), mode="nearest"), np.float32
        )

    def of_smooth(self, smooth: np.ndarray) -> np.ndarray:
        """Return warped clips, float32, of clips that ``smooth`` returned: that of any with these widths."""
        return self.template.warp(smooth)

    def weights(self, clips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return warped clips, and the weights [N, J, T] of the clips' smoothed frames in theirs."""
        smooth = self.smooth(clips)
        weights = self.template.weights(smooth)
        return weights @ smooth, weights

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the template, each name led by the smoothing's widths."""
        return {f"{self._lead}{key}": array for key, array in self.template.arrays().items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        own = {key.removeprefix(self._lead): array for key, array in arrays.items()}
        self.template.restore(own)

    @property
    def _lead(self) -> str:
        return "warp_{}_{}/".format(*self.smoothing)
