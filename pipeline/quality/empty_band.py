"""Above which frequency does a recording hold nothing, although its rate leaves room?

A file that was brought to a higher rate keeps the band of the lower one: what lies above is empty, but for
what rounding and the resampler leave. The spectrum then ends like a cliff at half of a usual rate.
Frequencies and rates are in Hz.
"""

from functools import lru_cache

import numpy as np
import scipy.fft

from pipeline.frontend import overlapping_frames, power_of, unit_sine_window

__all__ = ["empty_above"]

USUAL_RATES = (2_000, 4_000, 8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
N_FFT = 1_024
MOST_FRAMES = 8  # spread over the recording
# Simple resamplers leak up to a quarter above the edge, and leave 1/5,000 of the power beyond.
BELOW, ABOVE = (0.6, 0.85), 1.25
HIGHEST_SHARE = 0.75  # of the file's rate, that a usual rate may be
DROP_DECIBEL = 35.0  # from below the edge to above it: no source falls as steeply by itself
ROUNDING_POWER = (2.0**-15) ** 2 / 12  # of samples rounded to 16 bits
ROUNDING_MARGIN = 8.0  # dither triples it, and a mean of frames swings


def empty_above(samples: np.ndarray, sample_rate: int, full_scale: float) -> float:
    """Return the lowest of half of the usual rates above which there is nothing; 0.0 where there is none.

    Costs about 0.1 ms at any length.

    Args:
        samples: float32 [n].
        sample_rate: Hz.
        full_scale: amplitude that 16 bits would round relative to; 0.0 where it is unknown.
    """
    if len(samples) < N_FFT:
        return 0.0
    window, edges = _analysis(sample_rate)
    step = max(1, (len(samples) - N_FFT) // (MOST_FRAMES - 1))
    n_frames = 1 + min(MOST_FRAMES - 1, (len(samples) - N_FFT) // step)
    frames = overlapping_frames(np.ascontiguousarray(samples), n_frames, N_FFT, step)
    power = power_of(scipy.fft.rfft(frames * window, axis=1, workers=1)).mean(axis=0)
    rounding = ROUNDING_MARGIN * ROUNDING_POWER * full_scale**2 * float(window @ window)
    # A recording without any sound has no band that could end.
    if power.max() <= rounding:
        return 0.0
    # The highest of all bins above each: an edge needs one comparison.
    above = np.maximum.accumulate(power[::-1])[::-1]
    for edge, first, last, beyond in edges:
        level = float(power[first:last].mean())
        if above[beyond] <= max(rounding, level * 10 ** (-DROP_DECIBEL / 10)):
            return edge
    return 0.0


@lru_cache(maxsize=8)
def _analysis(sample_rate: int) -> tuple[np.ndarray, list[tuple[float, int, int, int]]]:
    """Return the window, and of each edge that may be found its bins: from, to and beyond where they lie."""
    hertz = np.arange(N_FFT // 2 + 1) * sample_rate / N_FFT
    edges = []
    for edge in (rate / 2 for rate in USUAL_RATES if rate < HIGHEST_SHARE * sample_rate):
        first, last, beyond = np.searchsorted(hertz, (BELOW[0] * edge, BELOW[1] * edge, ABOVE * edge))
        if last > first:
            edges.append((edge, int(first), int(last), int(beyond)))
    return unit_sine_window(N_FFT), edges
