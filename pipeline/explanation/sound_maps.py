"""Where in a recording, and at which pitch, is what makes its score, where the features are statistics?

A statistic over a whole recording has a pitch and no time. So the detector's share of each number goes to the
number's band; and a band's share goes to the moments at which its level lies outside what usual recordings
reach, as far as it does. A band that is nowhere outside is odd as a whole, and its share is spread over all
of the time; so is a negative share. Numbers without a pitch (the envelope's period, cepstra) stay in the
remainder.

Conventions: as in ``pipeline.explanation.maps``; ``N_STEPS`` equal steps over the whole recording, however
long, and ``N_ROWS`` log bands over the range that the features hear.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.explanation.sounds import N_STEPS, Measured, Usual
from pipeline.frontend import band_borders, recording_range, statistics_places

__all__ = ["N_ROWS", "map_edges", "pitches", "place_in_time"]

N_ROWS = 48


def map_edges(sample_rate: int) -> np.ndarray:
    """Return where the rows of a map meet, in Hz [N_ROWS + 1], rising."""
    edges = band_borders(sample_rate, N_ROWS)
    edges[0], edges[-1] = recording_range(sample_rate)
    return edges


def pitches(shares: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the shares of each row of a map, [N, N_ROWS]; what has no pitch is left out.

    Args:
        shares: of each number of the features, in nats [N, n_numbers].
        sample_rate: that recordings are brought to.
    """
    edges = np.log2(map_edges(sample_rate))
    low, high = np.log2(statistics_places(sample_rate)).T[:, :, None]
    overlap = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    overlap = np.where(np.isfinite(overlap), np.maximum(overlap, 0.0), 0.0)
    total = overlap.sum(axis=1, keepdims=True)
    return np.asarray(shares @ np.divide(overlap, total, out=np.zeros_like(overlap), where=total > 0))


def place_in_time(rows: np.ndarray, recording: Measured, usual: Usual) -> np.ndarray:
    """Return a map of shares, [N_STEPS, N_ROWS]; its sum over time is ``rows``.

    Args:
        rows: share of each row [N_ROWS].
        recording: its levels over time.
        usual: recordings that it is compared with.
    """
    middle = np.median(usual.vectors["level"], axis=0)
    gain = float(np.median(recording.vectors["level"] - middle))
    gains = np.median(usual.vectors["level"] - middle, axis=1)[:, None]
    highest = np.median(usual.vectors["highest_level"] - gains, axis=0) + gain
    lowest = np.median(usual.vectors["lowest_level"] - gains, axis=0) + gain
    outside = np.maximum(np.maximum(recording.highest - highest, lowest - recording.lowest), 0.0).astype(
        np.float64
    )
    total = outside.sum(axis=0)
    even = np.full_like(outside, 1.0 / N_STEPS)
    over_time = np.divide(outside, total, out=even.copy(), where=total > 0)
    band = _bands_of_rows(len(rows), usual.axes.edges)
    return np.where(rows > 0, over_time[:, band], even[:, band]) * rows


def _bands_of_rows(n_rows: int, edges: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the band of the levels in which each row's middle lies."""
    middles = (np.arange(n_rows) + 0.5) / n_rows * (len(edges) - 1)
    return np.asarray(np.minimum(middles.astype(np.intp), len(edges) - 2))
