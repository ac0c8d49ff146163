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
        densities: of the vectors as they are, and of the whitened ones.
    """

    def __init__(self, clips: np.ndarray) -> None:
        self._whitening = ShrunkGaussian(clips).whitening()
        self.densities = (LocalDensity(clips), LocalDensity(self._whitened(clips)))

    @property
    def density(self) -> LocalDensity:
        """The density of the vectors as they are."""
        return self.densities[0]

    def log_distances(self, x: np.ndarray) -> np.ndarray:
        """Return the log-distances of ``x`` [M, D], float64 [2, M], training clips without themselves."""
        return np.stack(
            [density.log_distance(self.points(x, number)) for number, density in enumerate(self.densities)]
        )

    def points(self, x: np.ndarray, measure: int) -> np.ndarray:
        """Return where ``x`` [M, D] lies for a measure, 0 in decibel or 1 by the covariance: [M, D]."""
        return self._whitened(x) if measure else np.asarray(x, np.float32)

    def parts(self, difference: np.ndarray, measure: int) -> np.ndarray:
        """Return each number's part of squared distances, [M, D]; they sum to these.

        Args:
            difference: of two vectors as they are [M, D].
            measure: 0 in decibel, 1 by the covariance.
        """
        if not measure:
            return np.asarray(difference**2)
        return np.asarray(difference * (difference @ self._whitening @ self._whitening.T))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what ``restored`` needs."""
        return {
            "clips": self.density.clips,
            "widths": self.density.widths,
            "whitening": self._whitening,
            "whitened_widths": self.densities[1].widths,
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
        own._whitening = np.asarray(whitening, np.float64)
        own.densities = (
            LocalDensity(clips, widths),
            LocalDensity(own._whitened(clips), whitened_widths),
        )
        return own

    def _whitened(self, x: np.ndarray) -> np.ndarray:
        # A row at a time: a product of many rows is rounded otherwise for another number of rows.
        return np.stack([row @ self._whitening for row in np.asarray(x, np.float64)]).astype(np.float32)
