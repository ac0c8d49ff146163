"""How far is a recording from the training clips in one view, by two measures?

In decibel as they are, where a loud change is far; and by the covariance of the training clips, where a
change that none of them makes is far. Each is over the local distance of the nearest training clip.

Conventions: vectors [N, D] of one view; logarithms of distances [2, M], in decibel first.
Source: Mahalanobis 1936, with the covariance of Ledoit and Wolf 2004 (``models.baselines.gaussian``).
"""

from collections.abc import Mapping

import numpy as np

from models.baselines import LocalDensity, ShrunkGaussian

__all__ = ["ViewDistances"]


class ViewDistances:
    """The training clips in one view, by both measures.

    Args:
        clips: training vectors [N, D], at least two.

    Attributes:
        density: of the vectors as they are.
    """

    def __init__(self, clips: np.ndarray) -> None:
        self.density = LocalDensity(clips)
        self._whitening = ShrunkGaussian(clips).whitening()
        self._whitened = LocalDensity(self._in_deviations(clips))

    def log_distances(self, x: np.ndarray) -> np.ndarray:
        """Return the log-distances of ``x`` [M, D], float64 [2, M], training clips without themselves."""
        return np.stack([self.density.log_distance(x), self._whitened.log_distance(self._in_deviations(x))])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what ``restored`` needs."""
        return {
            "clips": self.density.clips,
            "widths": self.density.widths,
            "whitening": self._whitening,
            "whitened_widths": self._whitened.widths,
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray], size: int) -> "ViewDistances":
        """Take over what ``arrays`` returned.

        Args:
            arrays: by name.
            size: numbers of the view, D.

        Raises:
            ValueError: an array is missing, or shapes do not go together.
        """
        names = ("clips", "widths", "whitening", "whitened_widths")
        absent = [name for name in names if name not in arrays]
        if absent:
            raise ValueError(f"{absent[0]} is missing")
        clips, widths, whitening, whitened_widths = (arrays[name] for name in names)
        n_clips = len(clips)
        shapes = {
            "clips": (clips.shape, (n_clips, size)),
            "widths": (widths.shape, (n_clips,)),
            "whitening": (whitening.shape, (size, size)),
            "whitened_widths": (whitened_widths.shape, (n_clips,)),
        }
        for name, (found, needed) in shapes.items():
            if found != needed:
                raise ValueError(f"{name} needs the shape {needed}, got {found}")
        own = cls.__new__(cls)
        own.density = LocalDensity(clips, widths)
        own._whitening = np.asarray(whitening, np.float64)
        own._whitened = LocalDensity(own._in_deviations(clips), whitened_widths)
        return own

    def _in_deviations(self, x: np.ndarray) -> np.ndarray:
        # A row at a time: a product of many rows is rounded otherwise for another number of rows.
        return np.stack([row @ self._whitening for row in np.asarray(x, np.float64)]).astype(np.float32)
