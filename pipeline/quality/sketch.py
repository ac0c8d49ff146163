"""What is a clip's sound in a few bytes, for comparing many clips with one another?

A sketch is uint8 [N_FRAMES, N_BANDS]: levels of bands in quarters of a decibel over ``FLOOR_DECIBEL``
below the clip's own loudest cell. Its frames stand around the clip's centre of energy, to the sample:
the same sound louder, fainter or later gives the same sketch but for rounding and for what was cut. It
serves every kind of features alike. A clip of zeros has a sketch of zeros.
"""

from functools import lru_cache

import numpy as np
import scipy.fft

from pipeline.frontend.bands import mel_centres
from pipeline.frontend.spectra import unit_sine_window

__all__ = [
    "BAND_EDGES_HERTZ",
    "FLOOR_DECIBEL",
    "N_BANDS",
    "N_FRAMES",
    "STEP_SECONDS",
    "band_edges",
    "sketch",
    "to_decibel",
]

N_FRAMES, N_BANDS = 48, 20
FRAME_SECONDS, STEP_SECONDS = 0.032, 0.02
BAND_EDGES_HERTZ = (100.0, 7_600.0)
FLOOR_DECIBEL = 50.0  # below the loudest cell; what is fainter is the room's noise rather than the clip
CENTRE_SAMPLES = 16
STEPS_A_DECIBEL = 4  # of 50 dB in 200 of 256 values


def sketch(window: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the sketch of a clip, about 0.1 ms for a second.

    Args:
        window: float32 [n_samples].
        sample_rate: Hz.
    """
    taper, edges = _analysis(sample_rate)
    step, length = round(STEP_SECONDS * sample_rate), len(taper)
    n_needed = step * (N_FRAMES - 1) + length
    first = _centre(window) - n_needed // 2
    padded = np.zeros(n_needed, np.float32)
    start, stop = max(0, first), min(len(window), first + n_needed)
    padded[start - first : stop - first] = window[start:stop]
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::step] * taper
    spectrum = scipy.fft.rfft(frames, axis=1, workers=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    cells = np.add.reduceat(power, edges, axis=1)[:, :N_BANDS]
    loudest = float(cells.max())
    if loudest == 0.0:
        return np.zeros((N_FRAMES, N_BANDS), np.uint8)
    level = 10 * np.log10(np.maximum(cells / loudest, np.float32(10 ** (-FLOOR_DECIBEL / 10))))
    return np.rint((level + FLOOR_DECIBEL) * STEPS_A_DECIBEL).astype(np.uint8)


def _centre(window: np.ndarray) -> int:
    """Return the sample around which the clip's energy lies; 0 for silence."""
    # Sums over blocks first: the place within a block of a millisecond does not matter.
    n_blocks = max(1, len(window) // CENTRE_SAMPLES)
    blocks = window[: n_blocks * CENTRE_SAMPLES].reshape(n_blocks, -1)
    energy = np.einsum("ij,ij->i", blocks, blocks).astype(np.float64)
    total = float(energy.sum())
    return round(float(energy @ np.arange(n_blocks)) / total * blocks.shape[1]) if total else 0


def to_decibel(sketches: np.ndarray) -> np.ndarray:
    """Return levels in decibel over the floor, float32 of the same shape."""
    return sketches.astype(np.float32) * np.float32(1 / STEPS_A_DECIBEL)


def band_edges() -> np.ndarray:
    """Return where bands begin, and the last one's end, in Hz: [N_BANDS + 1]."""
    return mel_centres(N_BANDS - 1, *BAND_EDGES_HERTZ)


@lru_cache(maxsize=2)
def _analysis(sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the window of a frame, and the bins at which bands begin, the last one's end after them."""
    n_fft = round(FRAME_SECONDS * sample_rate)
    edges = np.rint(band_edges() * n_fft / sample_rate).astype(np.intp)
    return unit_sine_window(n_fft), np.minimum(edges, n_fft // 2)
