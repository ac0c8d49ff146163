"""What is a deviation, and what are the usual recordings that it is measured against?

Conventions: a limit is what 95 % of the usual recordings reach; what they do at a neighbouring pitch or rate
counts as done, for no machine turns at quite the same speed each time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np
from scipy.ndimage import maximum_filter1d

from pipeline.explanation.sounds.measures import Axes, Measured

__all__ = ["LIMIT", "Deviation", "Find", "Usual", "limit_of", "spread"]

LIMIT = 0.95  # of usual recordings
# Kinds whose seconds count from an onset and not from the recording's start.
_FROM_ONSET = frozenset({"double clicks", "after onsets", "cycle louder", "cycle quieter", "slower decay"})


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One way in which a recording differs.

    Attributes:
        kind: a key of ``KINDS``.
        size: in the kind's unit.
        value, usual: what is told of the recording, and of usual ones beside it.
        start, end: seconds, from the recording's start or, of some kinds, from an onset.
        moments: seconds of single events of the kind, the strongest first.
        low, high: Hz.
        rate: events a second.
        tone: Hz of the strongest tone there, where it may be the cause.
    """

    kind: str
    size: float
    value: float = nan
    usual: float = nan
    start: float = nan
    end: float = nan
    moments: tuple[float, ...] = ()
    low: float = nan
    high: float = nan
    rate: float = nan
    tone: float = nan

    @property
    def has_time(self) -> bool:
        """Whether it lies at a time of the recording."""
        return isfinite(self.start) and self.kind not in _FROM_ONSET

    def later(self, seconds: float) -> "Deviation":
        """Return it in the time of a longer recording, in which this one begins at a second."""
        if not self.has_time:
            return self
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            moments=tuple(at + seconds for at in self.moments),
        )


@dataclass(frozen=True, kw_only=True)
class Usual:
    """Usual recordings as numbers.

    Attributes:
        vectors: of each, [n, ...] by name.
        axes: where they lie.
    """

    vectors: Mapping[str, np.ndarray]
    axes: Axes

    @classmethod
    def of(cls, recordings: Sequence[Measured], axes: Axes) -> "Usual":
        """Return the numbers of some recordings."""
        names = recordings[0].vectors
        return cls(
            vectors={name: np.stack([one.vectors[name] for one in recordings]) for name in names}, axes=axes
        )


Find = Callable[[Measured, Usual], Deviation]


def limit_of(values: np.ndarray) -> np.ndarray:
    """Return what usual recordings [n, ...] reach."""
    return np.asarray(np.quantile(values, LIMIT, axis=0))


def spread(values: np.ndarray, hertz: np.ndarray, share: float) -> np.ndarray:
    """Return the highest value within a share of each frequency, octave by octave: [n, n_frequencies]."""
    spread = values.copy()
    step = float(hertz[1] - hertz[0])
    lowest = max(float(hertz[-1]) / 1_024, step)
    low = 0.0
    high = lowest
    while low < hertz[-1]:
        inside = np.flatnonzero((hertz >= low) & (hertz < high))
        if len(inside):
            reach = max(1, int(np.ceil(share * min(high, hertz[-1]) / step)))
            first, last = max(0, inside[0] - reach), min(len(hertz), inside[-1] + reach + 1)
            filtered = maximum_filter1d(values[:, first:last], 2 * reach + 1, axis=1, mode="nearest")
            spread[:, inside] = filtered[:, inside - first]
        low, high = high, 2 * high
    return spread
