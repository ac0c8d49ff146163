"""Is this another machine, or the same one at another speed or load?

A machine that turns faster has the same tones at frequencies that are all higher by one factor; another
machine differs in most of its bands. Neither is a fault, and both look like many faults at once.
Conventions: tones are gathered into 48 bands an octave, so that a factor is a shift by so many bands; what
stands less than ``LEAST_TONE`` dB over what surrounds it counts as none.
"""

import numpy as np
from scipy.ndimage import maximum_filter1d

from pipeline.explanation.sounds.measures import Measured
from pipeline.explanation.sounds.usual import LIMIT, Deviation, Usual

__all__ = ["odd_bands_deviation", "shifted_tones_deviation"]

LOWEST_HERTZ, BANDS_AN_OCTAVE = 20.0, 48
MOST_SHIFTED = 36  # bands: a factor of 1.68
SAME_SPEED = 2  # bands to each side: 3 %
LEAST_TONE = 6.0
LEAST_ALIKE = 0.4  # correlation where shifted
MOST_UNSHIFTED = 0.35  # of that, where not shifted
MOST_APART = 1.1  # the middle half of the factors to each usual recording agrees within 10 %
ODD_DECIBEL = 1.0


def shifted_tones_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return by which factor all tones are higher or lower; the size is tenths of a correlation."""
    hertz = usual.axes.tone_hertz
    own = _by_octave(recording.vectors["tones"][None], hertz)[0]
    others = maximum_filter1d(_by_octave(usual.vectors["tones"], hertz), 3, axis=1)
    shifts = np.arange(-MOST_SHIFTED, MOST_SHIFTED + 1)
    alike = np.stack([_alike(own, others, int(shift)) for shift in shifts])  # [n_shifts, n_usual]
    best = alike.argmax(axis=0)
    factors = 2.0 ** (shifts[best] / BANDS_AN_OCTAVE)
    low, factor, high = np.quantile(factors, [0.25, 0.5, 0.75])
    same = np.abs(shifts) <= SAME_SPEED
    shifted, unshifted = np.median(alike.max(axis=0)), np.median(alike[same].max(axis=0))
    is_clear = shifted >= LEAST_ALIKE and unshifted <= MOST_UNSHIFTED * shifted and high <= MOST_APART * low
    return Deviation(
        kind="shifted tones", size=10.0 * float(shifted - unshifted) if is_clear else 0.0, value=float(factor)
    )


def _by_octave(tones: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Return how far tones stand out in bands of equal ratio, [n, n_bands]."""
    n_bands = int(BANDS_AN_OCTAVE * np.log2(hertz[-1] / LOWEST_HERTZ)) if hertz[-1] > LOWEST_HERTZ else 1
    edges = LOWEST_HERTZ * 2.0 ** (np.arange(n_bands + 1) / BANDS_AN_OCTAVE)
    band = np.searchsorted(edges, hertz, side="right") - 1
    inside = (band >= 0) & (band < n_bands)
    found = np.zeros((n_bands, len(tones)))
    np.maximum.at(found, band[inside], np.maximum(tones[:, inside] - LEAST_TONE, 0.0).T)
    return np.ascontiguousarray(found.T)


def _alike(own: np.ndarray, others: np.ndarray, shift: int) -> np.ndarray:
    """Return the correlation with each of some tones, [n], where these are shifted up by so many bands."""
    n = len(own)
    x, y = own[max(0, shift) : n + min(0, shift)], others[:, max(0, -shift) : n - max(0, shift)]
    scale = np.sqrt(np.sum(x**2) * np.sum(y**2, axis=1))
    return np.divide(y @ x, scale, out=np.zeros(len(y)), where=scale > 0)


def odd_bands_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return which share of the bands is louder or quieter than usual; the size is tenths of all bands."""
    own, others = recording.vectors["level"], usual.vectors["level"]
    middle = np.median(others, axis=0)
    own = own - np.median(own - middle)
    others = others - np.median(others - middle, axis=1)[:, None]
    low, high = np.quantile(others, [1 - LIMIT, LIMIT], axis=0)
    share = float(np.mean(np.maximum(own - high, low - own) > ODD_DECIBEL))
    return Deviation(kind="odd bands", size=10.0 * share, value=share)
