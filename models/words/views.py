"""In which ways is one clip looked at?

Each view keeps something else of the levels of a clip, on the template's timing or its own, and drops what
may differ between two recordings of one word. A change that fools one view seldom fools all of them.
Conventions: clips are log-mel frames in decibel [N, T, M]; warped clips are [N, J, M]; every view is a
linear map of the warped frames, so that what it makes of a clip can be traced back to frames and bands.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy.fft

__all__ = ["VIEW_NAMES", "View", "ViewName"]

ViewName = Literal["levels", "timbre", "contour", "cepstra", "unwarped"]
VIEW_NAMES: tuple[ViewName, ...] = get_args(ViewName)
# Each frame's mean level is taken away.
LEVELLED = ("timbre", "unwarped")


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of a clip.

    ``levels``: smoothed band levels as they are. ``timbre``: the same without each frame's mean level, which
    stress and distance change. ``contour``: without each band's mean over time, which the microphone and
    the voice change. ``cepstra``: the leading cepstra of the levels as they are, not smoothed: sounds
    shorter than the smoothing. ``unwarped``: as ``timbre``, of the clip at its own pace.

    Args:
        name: which of these.
        smoothing_frames, smoothing_bands: widths of the moving mean before the warp.
        n_cepstra: leading coefficients that ``cepstra`` keeps.
    """

    name: ViewName
    smoothing_frames: int
    smoothing_bands: int
    n_cepstra: int

    @property
    def smoothing(self) -> tuple[int, int]:
        """Widths in frames and bands of the moving mean before the warp."""
        return (1, 1) if self.name == "cepstra" else (self.smoothing_frames, self.smoothing_bands)

    @property
    def is_warped(self) -> bool:
        """Whether clips are brought to the template's timing, or stay at their own."""
        return self.name != "unwarped"

    @property
    def timing(self) -> tuple[int, int, bool]:
        """What clips go through before they are looked at; views that share it share the work."""
        return (*self.smoothing, self.is_warped)

    def event_size(self, n_frames: int, n_bands: int) -> int:
        """Return the length of one clip's vector."""
        return n_frames * (self.n_cepstra if self.name == "cepstra" else n_bands)

    def vectors(self, warped: np.ndarray) -> np.ndarray:
        """Return the view of warped clips [N, J, M]: float32 [N, D]."""
        if self.name in LEVELLED:
            warped = warped - warped.mean(axis=2, keepdims=True)
        elif self.name == "contour":
            warped = warped - warped.mean(axis=1, keepdims=True)
        elif self.name == "cepstra":
            warped = scipy.fft.dct(warped, axis=2, norm="ortho")[..., : self.n_cepstra]
        return np.asarray(warped, np.float32).reshape(len(warped), -1)

    def back(self, vectors: np.ndarray, n_frames: int, n_bands: int) -> np.ndarray:
        """Apply the transpose of ``vectors``: from slopes by its entries to slopes by frames and bands.

        Each map is a projection, or one onto orthonormal coefficients: the transpose is its
        pseudo-inverse as well, and takes a mean vector back to mean frames.

        Args:
            vectors: [N, D].
            n_frames: J.
            n_bands: M.

        Returns:
            [N, J, M].
        """
        maps = vectors.reshape(len(vectors), n_frames, -1)
        if self.name in LEVELLED:
            return maps - maps.mean(axis=2, keepdims=True)
        if self.name == "contour":
            return maps - maps.mean(axis=1, keepdims=True)
        if self.name == "cepstra":
            padded = np.zeros((len(maps), n_frames, n_bands))
            padded[..., : self.n_cepstra] = maps
            return np.asarray(scipy.fft.idct(padded, axis=2, norm="ortho"))
        return maps
