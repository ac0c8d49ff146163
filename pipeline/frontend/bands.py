"""Which bins of a spectrum does a band gather, and with which weights?

Conventions: a bank is float32 [n_bins, n_bands], to be multiplied from the right:
``power @ bank``. Bins are evenly spaced from 0 Hz to half the sample rate. Bands are triangles of
height 1 (no area normalisation), so that a sine in the middle of a band keeps its level.
"""

import numpy as np

__all__ = ["log_bank", "mel_bank", "mel_centres"]

# Slaney's Auditory Toolbox scale: linear below 1 kHz, then 27 logarithmic steps to 6.4 kHz.
_HERTZ_PER_MEL = 200 / 3
_BREAK_HERTZ = 1_000.0
_BREAK_MEL = _BREAK_HERTZ / _HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK_HERTZ:
        return hertz / _HERTZ_PER_MEL
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(mel: np.ndarray) -> np.ndarray:
    above = _BREAK_HERTZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _HERTZ_PER_MEL, above)


def _triangles(bins: np.ndarray, edges: np.ndarray, least_width: float) -> np.ndarray:
    """Return triangles over ``bins`` (Hz), the i-th from ``edges[i]`` over ``edges[i + 1]`` (its top)
    to ``edges[i + 2]``, each flank at least ``least_width`` Hz wide.
    """  # noqa: D205
    tops = edges[1:-1]
    rising = np.maximum(tops - edges[:-2], least_width)
    falling = np.maximum(edges[2:] - tops, least_width)
    distance = bins[:, None] - tops
    weights = 1 - np.where(distance < 0, -distance / rising, distance / falling)
    return np.maximum(weights, 0).astype(np.float32)


def mel_centres(n_mels: int, fmin_hertz: float, fmax_hertz: float) -> np.ndarray:
    """Return edges and centres of mel bands in Hz, [n_mels + 2], evenly spaced on Slaney's mel scale."""
    return _mel_to_hertz(np.linspace(_hertz_to_mel(fmin_hertz), _hertz_to_mel(fmax_hertz), n_mels + 2))


def mel_bank(sample_rate: int, n_fft: int, n_mels: int, fmin_hertz: float, fmax_hertz: float) -> np.ndarray:
    """Return a mel filter bank, float32 [n_fft // 2 + 1, n_mels].

    Equals ``librosa.filters.mel(..., htk=False, norm=None).T``, without librosa's second of import.

    Source: M. Slaney, Auditory Toolbox, 1998.
    """
    bins = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    return _triangles(bins, mel_centres(n_mels, fmin_hertz, fmax_hertz), least_width=0.0)


def log_bank(
    sample_rate: int, n_fft: int, n_bands: int, fmin_hertz: float, fmax_hertz: float | None = None
) -> np.ndarray:
    """Return bands evenly spaced in log frequency, [n_fft // 2 + 1, n_bands].

    They end at ``fmax_hertz``, or at half the sample rate where none is given.

    Each flank is at least one bin wide: the lowest bands would fall between two bins otherwise,
    and be empty. So each band weighs at least one bin with 0.5 or more.
    """
    bins = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    edges = np.geomspace(fmin_hertz, fmax_hertz or sample_rate / 2, n_bands + 2)
    return _triangles(bins, edges, least_width=sample_rate / n_fft)
