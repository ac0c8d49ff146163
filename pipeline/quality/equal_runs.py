"""Where does one sample after the other have the same value?

A waveform that a converter cut off stands still at its peak, and one that lost a packet stands still
anywhere. Two equal samples come of rounding; a run is three or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["EqualRuns", "find_equal_runs"]

LEAST_EQUAL_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class EqualRuns:
    """Runs of equal samples, by clip and time: int [n_runs] each.

    Attributes:
        clips: the clip that each is in.
        starts: its first sample.
        lengths: in samples.
        values: of its samples, float32.
    """

    clips: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    values: np.ndarray

    def take(self, chosen: np.ndarray) -> "EqualRuns":
        """Return the runs that ``chosen``, bool [n_runs] or indices, names."""
        return EqualRuns(
            clips=self.clips[chosen],
            starts=self.starts[chosen],
            lengths=self.lengths[chosen],
            values=self.values[chosen],
        )


def find_equal_runs(clips: Sequence[np.ndarray]) -> EqualRuns:
    """Return every run of at least three equal samples of clips [n_samples], of any lengths."""
    begins, values = [], []
    for samples in clips:
        equal = samples[1:] == samples[:-1]
        begins.append(np.flatnonzero(equal[1:] & equal[:-1]))
        values.append(samples[begins[-1]])
    places = np.concatenate(begins)
    rows = np.repeat(np.arange(len(clips)), [len(found) for found in begins])
    is_apart = (places[1:] - places[:-1] > 1) | (rows[1:] != rows[:-1])
    is_first, is_last = np.ones((2, len(places)), bool)
    is_first[1:] = is_last[:-1] = is_apart
    starts = places[is_first]
    return EqualRuns(
        clips=rows[is_first],
        starts=starts,
        lengths=places[is_last] - starts + LEAST_EQUAL_SAMPLES,
        values=np.concatenate(values)[is_first],
    )
