"""From which size on is a deviation more than usual recordings show?

Every training recording is compared with its own nearest ones, itself left out, just as a recording to
explain is compared with its nearest training recordings. So the training recordings tell how large each kind
of deviation is by chance. A *strength* is a size over what 95 % of them stay below, or over the least that a
listener would notice where that is more. Of sums over bands the strength is taken as 1 + log2, for they grow
with the width of the band and would outweigh decibels. A deviation stands out where its strength is above the
strongest of any kind in 95 % of the training recordings.

Conventions: features [N, D], the views' numbers one after another; a distance is the mean logarithm over
views.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from pipeline.explanation.sounds.deviations import KINDS, deviations
from pipeline.explanation.sounds.measures import Axes, Measured
from pipeline.explanation.sounds.usual import Deviation, Usual

__all__ = ["N_USUAL", "Calibrated", "Odd", "view_distances"]

N_USUAL = 12  # nearest recordings that one is compared with
SHARE = 0.95
# Sums over bands, and per cents: their sizes multiply.
_WIDE = frozenset(
    {"louder", "quieter", "pauses louder", "pauses quieter", "rougher", "steadier", "wavering", "cycle"}
)


@dataclass(frozen=True)
class Odd:
    """A deviation and its strength."""

    deviation: Deviation
    strength: float


class Calibrated:
    """Training recordings, and what they show by chance.

    Args:
        recordings: their numbers, at least three.
        axes: where they lie.
        features: theirs [N, D].
        views: sizes of the views in the features, by name.
    """

    def __init__(
        self, recordings: Sequence[Measured], axes: Axes, features: np.ndarray, views: Mapping[str, int]
    ) -> None:
        self._recordings, self._axes = recordings, axes
        self._features, self._views = features, dict(views)
        apart = view_distances(features, features, views)
        np.fill_diagonal(apart, np.inf)
        sizes = np.array(
            [
                [found.size for found in deviations(recording, self._usual(row))]
                for recording, row in zip(recordings, apart, strict=True)
            ]
        )
        least = np.array([least for least, _ in KINDS.values()])
        self._scales = np.maximum(np.quantile(sizes, SHARE, axis=0), least)
        self.stands_out = max(1.0, float(np.quantile(self._strengths(sizes).max(axis=1), SHARE)))

    def judge(
        self, recording: Measured, features: np.ndarray, *, own: int | None = None
    ) -> tuple[list[Odd], Usual]:
        """Return a recording's deviations of each kind, the strongest first, and what it was compared with.

        Args:
            recording: its numbers.
            features: its features [D].
            own: its number among the training recordings, where it is one: it is not compared with itself.
        """
        apart = view_distances(features[None], self._features, self._views)[0]
        if own is not None:
            apart[own] = np.inf
        usual = self._usual(apart)
        found = deviations(recording, usual)
        strengths = self._strengths(np.array([[one.size for one in found]]))[0]
        order = np.argsort(-strengths, kind="stable")
        return [Odd(found[place], float(strengths[place])) for place in order], usual

    def _usual(self, apart: np.ndarray) -> Usual:
        n = min(N_USUAL, int(np.isfinite(apart).sum()))
        nearest = np.argsort(apart, kind="stable")[:n]
        return Usual.of([self._recordings[row] for row in nearest], self._axes)

    def _strengths(self, sizes: np.ndarray) -> np.ndarray:
        ratios = sizes / self._scales
        wide = np.array([kind in _WIDE for kind in KINDS])
        return np.asarray(np.where(wide & (ratios > 1.0), 1.0 + np.log2(np.maximum(ratios, 1.0)), ratios))


def view_distances(x: np.ndarray, y: np.ndarray, views: Mapping[str, int]) -> np.ndarray:
    """Return the mean over views of the logarithm of the distance, float64 [M, N].

    Exactly equal features are -inf apart in no view: the least distance is a millionth.
    """
    total = np.zeros((len(x), len(y)))
    first = 0
    for size in views.values():
        columns = slice(first, first + size)
        apart = cdist(np.asarray(x[:, columns], np.float64), np.asarray(y[:, columns], np.float64))
        total += np.log(np.maximum(apart, 1e-6))
        first += size
    return total / len(views)
