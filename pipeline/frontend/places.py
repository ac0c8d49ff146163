"""At which pitch does each number of a recording's statistics lie?

Conventions: frequencies are in Hz; a band of a log bank reaches halfway to its neighbours' middles, on a
logarithmic scale. Numbers without a pitch (of the envelope as a whole, and of cepstra) are NaN.
"""

import numpy as np

from pipeline.frontend.statistics import (
    CEPSTRAL_LAGS,
    HIGHEST_SHARE,
    LAGS,
    LOWEST_HERTZ,
    LOWEST_SHARE,
    MODULATION_HERTZ,
    N_CEPSTRA,
    PERIODS,
    QUANTILES,
)

__all__ = ["band_borders", "recording_range", "statistics_places"]

# How many rows of how many log bands each view holds, in the order of ``STATISTICS_VIEWS``; see there.
_BANDED = {
    "quantiles": (len(QUANTILES), 40),
    "bands": (5, 64),
    "lines": (2, 192),
    "modulation": (len(MODULATION_HERTZ) - 1, 24),
    "period": (len(PERIODS), 0),
    "steps": (len(LAGS), 40),
    "covariance": (N_CEPSTRA * (N_CEPSTRA + 1) // 2, 0),
    "memory": (len(CEPSTRAL_LAGS) * N_CEPSTRA, 0),
}


def recording_range(sample_rate: int) -> tuple[float, float]:
    """Return the lowest and the highest frequency that statistics hear in a recording."""
    half = sample_rate / 2
    return max(LOWEST_HERTZ, half * LOWEST_SHARE), HIGHEST_SHARE * half


def band_borders(sample_rate: int, n_bands: int) -> np.ndarray:
    """Return where the log bands of a recording meet, in Hz [n_bands + 1], rising."""
    edges = np.geomspace(*recording_range(sample_rate), n_bands + 2)
    return np.asarray(np.sqrt(edges[:-1] * edges[1:]))


def statistics_places(sample_rate: int) -> np.ndarray:
    """Return the lowest and highest frequency of each number of ``statistics``, [n_numbers, 2].

    Args:
        sample_rate: that recordings are brought to.
    """
    places = []
    for n_rows, n_bands in _BANDED.values():
        if n_bands:
            borders = band_borders(sample_rate, n_bands)
            places += [np.stack([borders[:-1], borders[1:]], axis=1)] * n_rows
        else:
            places.append(np.full((n_rows, 2), np.nan))
    return np.concatenate(places)
