"""What do textbook detectors of machine sounds hear of a recording?

Three views of statistics over time beside those of ``pipeline.frontend.statistics``, and the log-mel frames
of the DCASE challenge's baselines. Conventions: a recording is float [n_samples]; statistics are in decibel,
with mean and level taken away first; the frames keep the level, as they do in the challenge.
Source: Harada et al. 2023, arXiv 2303.00455, section IV: frames of 64 ms every 32 ms, 128 mel bands.
"""

from functools import lru_cache

import numpy as np
import scipy.fft

from pipeline.frontend.bands import mel_bank
from pipeline.frontend.statistics import band_levels, levelled

__all__ = ["TEXTBOOK_VIEWS", "mel_frames", "textbook_views"]

MOMENT_BANDS, CLICK_BANDS = 64, 24
# Numbers of each view, in the order in which they stand.
TEXTBOOK_VIEWS = {"moments": 3 * MOMENT_BANDS, "statistics": 6 * MOMENT_BANDS, "click": 5 * CLICK_BANDS}

FRAME_SECONDS = 0.064
N_MELS = 128
LEAST_POWER = float(np.finfo(np.float64).eps)
FRAMES_AT_ONCE = 256


def textbook_views(recording: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return three views of a recording in one vector, float32 [sum of ``TEXTBOOK_VIEWS``].

    ``moments``: mean, deviation and skewness of 64 log bands, 64 ms windows. ``statistics``: these, the
    deviation of the step from frame to frame, 5 and 95 % quantiles. ``click``: deviation, skewness, 99 and
    99.9 % quantiles over the median, and the mean step of 24 log bands, 16 ms windows.

    Args:
        recording: [n_samples], at least one.
        sample_rate: Hz.
    """
    samples = levelled(recording)
    levels = band_levels(samples, sample_rate, FRAME_SECONDS, MOMENT_BANDS)
    quick = band_levels(samples, sample_rate, 0.016, CLICK_BANDS)
    moments = [levels.mean(axis=0), levels.std(axis=0), _skewness(levels)]
    ends = np.quantile(levels, (0.05, 0.95), axis=0)
    median, *peaks = np.quantile(quick, (0.5, 0.99, 0.999), axis=0)
    return np.concatenate(
        [
            *moments,
            *moments,
            _steps(levels).std(axis=0),
            *ends,
            quick.std(axis=0),
            _skewness(quick),
            *(peak - median for peak in peaks),
            np.abs(_steps(quick)).mean(axis=0),
        ],
        dtype=np.float32,
    )


def mel_frames(recording: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return log-mel levels in decibel of half-overlapping frames, float32 [n_frames, n_bands].

    At low rates as many bands as the transform resolves; each has height 1, not area 1 as in the challenge,
    which moves a band's level by a constant.

    Args:
        recording: [n_samples], at least one.
        sample_rate: Hz.
    """
    length = max(round(FRAME_SECONDS * sample_rate), 16)
    bank = _mel_bank(sample_rate, length)
    samples = np.pad(np.asarray(recording, np.float32), length // 2)
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[:: length // 2]
    window = np.hanning(length + 1)[:-1].astype(np.float32)
    levels = []
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        spectrum = scipy.fft.rfft(frames[start : start + FRAMES_AT_ONCE] * window, axis=1, workers=1)
        power = (np.square(spectrum.real) + np.square(spectrum.imag)) @ bank
        levels.append(10.0 * np.log10(np.maximum(power, LEAST_POWER)))
    return np.concatenate(levels, dtype=np.float32)


@lru_cache(maxsize=2)
def _mel_bank(sample_rate: int, length: int) -> np.ndarray:
    """Return the bank of the most bands, 128 at most, of which none is empty."""
    for n_mels in range(N_MELS, 1, -1):
        bank = mel_bank(sample_rate, length, n_mels, 0.0, sample_rate / 2)
        if bank.sum(axis=0).all():
            break
    return bank


def _skewness(levels: np.ndarray) -> np.ndarray:
    centred = levels - levels.mean(axis=0)
    return np.asarray((centred**3).mean(axis=0) / (centred.std(axis=0) + 1.0) ** 3)


def _steps(levels: np.ndarray) -> np.ndarray:
    return np.diff(levels, axis=0) if len(levels) > 1 else np.zeros_like(levels)
