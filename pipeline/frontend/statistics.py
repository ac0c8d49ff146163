"""What is the sound of a whole recording like, whatever its length and wherever it begins?

Eight views, each a handful of statistics over time of levels in log-spaced bands. Machines, hearts and rooms
have no beginning and no spelling: what repeats is their spectrum, its spread, its impacts and its rhythm. No
single view wins everywhere; docs/lab/sounds.md has the figures.

Conventions: a recording is float [n_samples] at any gain, for its mean and its level are taken away first;
levels are in decibel, floored 100 dB below the recording's own power. A recording shorter than a frame is
followed by zeros; what needs more frames than there are is 0. Bands end at 0.9 of half the rate, where
resampling begins to take away.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import scipy.fft

from pipeline.frontend.bands import log_bank

__all__ = ["STATISTICS_VIEWS", "band_levels", "levelled", "statistics"]

FLOOR = 1e-10  # power, of a recording of power 1
HIGHEST_SHARE = 0.9
LOWEST_HERTZ, LOWEST_SHARE = 20.0, 1 / 320  # of half the rate, whichever is higher
FRAMES_AT_ONCE = 256  # bounds memory: ten minutes are 75,000 frames

QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
LAGS = (1, 2, 4, 8, 16)
N_CEPSTRA = 16
CEPSTRAL_LAGS = (1, 2, 4, 8, 16, 32)
MODULATION_HERTZ = np.geomspace(0.4, 60.0, 7)
ENVELOPE_HERTZ = 125.0
PERIODS = np.unique(np.round(np.geomspace(2, 250, 60)).astype(int))  # frames of 8 ms: 16 ms to 2 s
N_TRANSFORM = 512  # of an envelope, at least: a modulation of 0.4 Hz needs as many frames
SCALE = 10.0  # of what lies within -1 and 1, so that it weighs as much as decibels do

# Numbers of each view, in the order in which they stand.
STATISTICS_VIEWS = {
    "quantiles": len(QUANTILES) * 40,
    "bands": 5 * 64,
    "lines": 2 * 192,
    "modulation": (len(MODULATION_HERTZ) - 1) * 24,
    "period": len(PERIODS),
    "steps": len(LAGS) * 40,
    "covariance": N_CEPSTRA * (N_CEPSTRA + 1) // 2,
    "memory": len(CEPSTRAL_LAGS) * N_CEPSTRA,
}


def statistics(recording: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return all views of a recording in one vector, float32 [sum of ``STATISTICS_VIEWS``].

    Costs about 10 ms for a second at 16 kHz.

    Args:
        recording: float [n_samples], at least one.
        sample_rate: Hz.
    """
    samples = levelled(recording)
    short = band_levels(samples, sample_rate, 0.032, 40)
    quick = band_levels(samples, sample_rate, 0.016, 24)
    views = {
        "quantiles": np.quantile(short, QUANTILES, axis=0),
        "bands": _spread(band_levels(samples, sample_rate, 0.064, 64)),
        "lines": _mean_and_deviation(band_levels(samples, sample_rate, 0.5, 192)),
        "modulation": _modulation(quick),
        "period": _periodicity(quick),
        "steps": np.stack([_mean_step(short, lag) for lag in LAGS]),
        **_cepstral(short),
    }
    return np.concatenate([views[name].ravel() for name in STATISTICS_VIEWS], dtype=np.float32)


def levelled(recording: np.ndarray) -> np.ndarray:
    """Return a recording without its mean, at power 1: float64 [n_samples]."""
    samples = recording - recording.mean(dtype=np.float64)
    samples /= max(float(np.sqrt(np.mean(samples**2))), 1e-30)
    return np.asarray(samples)


def band_levels(samples: np.ndarray, sample_rate: int, seconds: float, n_bands: int) -> np.ndarray:
    """Return levels in half-overlapping frames, their mean over all taken away: [n_frames, n_bands]."""
    length = max(round(seconds * sample_rate), 16)
    n_fft = 1 << (length - 1).bit_length()
    step, bank = length // 2, _bank(sample_rate, n_fft, n_bands)
    length = min(length, len(samples))
    window = np.hanning(length + 2)[1:-1]
    window /= np.sqrt(np.sum(window**2))
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[::step]
    powers = []
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        spectrum = scipy.fft.rfft(frames[start : start + FRAMES_AT_ONCE] * window, n_fft, axis=1, workers=1)
        powers.append((np.square(spectrum.real) + np.square(spectrum.imag)) @ bank)
    levels = 10.0 * np.log10(np.maximum(np.concatenate(powers), FLOOR))
    return np.asarray(levels - levels.mean())


@lru_cache(maxsize=8)
def _bank(sample_rate: int, n_fft: int, n_bands: int) -> np.ndarray:
    half = sample_rate / 2
    lowest = max(LOWEST_HERTZ, half * LOWEST_SHARE)
    bank = log_bank(sample_rate, n_fft, n_bands, lowest, HIGHEST_SHARE * half)
    return bank.astype(np.float64)


def _mean_step(levels: np.ndarray, lag: int) -> np.ndarray:
    """Return the mean distance of each band from itself ``lag`` frames later."""
    if len(levels) <= lag:
        return np.zeros(levels.shape[1])
    return np.asarray(np.abs(levels[lag:] - levels[:-lag]).mean(axis=0))


def _mean_and_deviation(levels: np.ndarray) -> np.ndarray:
    return np.stack([levels.mean(axis=0), levels.std(axis=0)])


def _spread(levels: np.ndarray) -> np.ndarray:
    """Return mean, deviation, mean step, and both ends of each band about its mean."""
    mean = levels.mean(axis=0)
    ends = np.quantile(levels, (0.05, 0.95), axis=0) - mean
    return np.concatenate([_mean_and_deviation(levels), _mean_step(levels, 1)[None], ends])


def _modulation(levels: np.ndarray) -> np.ndarray:
    """Return how much each band's level swings at six rates from 0.4 to 60 Hz, in decibel."""
    n_frames = len(levels)
    window = np.hanning(n_frames + 2)[1:-1, None]
    n_fft = max(N_TRANSFORM, 1 << (n_frames - 1).bit_length())
    swings = (levels - levels.mean(axis=0)) * window
    power = np.abs(scipy.fft.rfft(swings, n_fft, axis=0, workers=1)) ** 2 / np.sum(window**2)
    hertz = np.arange(len(power)) * ENVELOPE_HERTZ / n_fft
    edges = pairwise(MODULATION_HERTZ)
    means = [power[(hertz >= low) & (hertz < high)].mean(axis=0) for low, high in edges]
    return 10.0 * np.log10(np.stack(means) + 1e-2)


def _periodicity(levels: np.ndarray) -> np.ndarray:
    """Return the autocorrelation of the envelope, from 16 ms to 2 s."""
    envelope = 10.0 * np.log10(np.sum(10.0 ** (levels / 10.0), axis=1))
    envelope -= envelope.mean()
    n_lags = max(len(envelope), int(PERIODS[-1]) + 1)
    power = np.abs(scipy.fft.rfft(envelope, 2 * n_lags, workers=1)) ** 2
    correlation = scipy.fft.irfft(power, 2 * n_lags, workers=1)
    return np.asarray(SCALE * correlation[PERIODS] / (correlation[0] + 1e-9))


def _cepstral(levels: np.ndarray) -> dict[str, np.ndarray]:
    """Return how cepstra move together, and how long each remembers itself."""
    cepstra = scipy.fft.dct(levels, axis=1, norm="ortho", workers=1)[:, :N_CEPSTRA]
    cepstra -= cepstra.mean(axis=0)
    covariance = cepstra.T @ cepstra / len(cepstra)
    # One decibel more: what hardly moves has no direction.
    deviation = np.sqrt(np.diag(covariance)) + 1.0
    related = covariance / np.outer(deviation, deviation)

    def remembered(lag: int) -> np.ndarray:
        if len(cepstra) <= lag:
            return np.zeros(N_CEPSTRA)
        return np.asarray((cepstra[lag:] * cepstra[:-lag]).mean(axis=0) / deviation**2)

    return {
        "covariance": SCALE * related[np.triu_indices(N_CEPSTRA)],
        "memory": SCALE * np.stack([remembered(lag) for lag in CEPSTRAL_LAGS]),
    }
