"""Which changes to a clip leave the word the same?

Another microphone (a smooth gain over frequency), another vocal tract (frequencies stretched) and another
cut (the loud part begins and ends a little sooner or later). Copies changed so teach a density that none
of them is strange. Clips are log-mel frames in decibel,
[N, T, M], with their level removed.
Source: Jaitly and Hinton 2013, "Vocal tract length perturbation improves speech recognition".
"""

import numpy as np
import scipy.fft

__all__ = ["augment", "move_ends"]

N_GAIN_COEFFICIENTS = 5
BLOCK = 256  # clips whose float64 is held at once


def augment(
    clips: np.ndarray, generator: np.random.Generator, *, gain_decibel: float, tract_range: float
) -> np.ndarray:
    """Return one changed copy of each clip.

    Args:
        clips: log-mel frames in decibel [N, T, M].
        generator: of the random choices.
        gain_decibel: standard deviation over bands of the smooth gain, dB.
        tract_range: frequencies are stretched by a factor from 1 - r to 1 + r.

    Returns:
        float32 [N, T, M], level removed again.
    """
    n_clips, _, n_mels = clips.shape
    factors = np.asarray(generator.uniform(1.0 - tract_range, 1.0 + tract_range, size=n_clips))
    # The zeroth coefficient would be a change of level, which is removed below.
    coefficients = np.zeros((n_clips, n_mels))
    coefficients[:, 1 : 1 + N_GAIN_COEFFICIENTS] = generator.standard_normal((n_clips, N_GAIN_COEFFICIENTS))
    coefficients *= gain_decibel * np.sqrt(n_mels / N_GAIN_COEFFICIENTS)
    gains = scipy.fft.idct(coefficients, axis=1, norm="ortho")[:, None, :]
    copies = np.empty(clips.shape, np.float32)
    for start in range(0, n_clips, BLOCK):
        block = slice(start, start + BLOCK)
        changed = _stretch_bands(clips[block], factors[block]) + gains[block]
        changed -= changed.mean(axis=(1, 2), keepdims=True)
        copies[block] = changed
    return copies


def move_ends(clips: np.ndarray, generator: np.random.Generator, edge_range: float) -> np.ndarray:
    """Return each clip as if it had been cut sooner or later, at both ends on its own.

    Args:
        clips: log-mel frames in decibel [N, T, M].
        generator: of the random choices.
        edge_range: an end moves by up to this share of the clip; beyond the clip its end frame stands still.

    Returns:
        float32 [N, T, M]; between frames linearly.
    """
    n_clips, n_frames, _ = clips.shape
    first, last = generator.uniform(-edge_range, edge_range, (2, n_clips, 1)) + [[[0.0]], [[1.0]]]
    places = (n_frames - 1) * (first + (last - first) * np.linspace(0.0, 1.0, n_frames))
    places = np.clip(places, 0.0, n_frames - 1)
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, n_frames - 1)
    share = (places - below).astype(np.float32)[:, :, None]
    moved = np.empty(clips.shape, np.float32)
    for start in range(0, n_clips, BLOCK):
        block = slice(start, start + BLOCK)
        lower, upper = (
            np.take_along_axis(clips[block], rows[block, :, None], axis=1) for rows in (below, above)
        )
        moved[block] = (1 - share[block]) * lower + share[block] * upper
    return moved


def _stretch_bands(clips: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Read band k at place k * factor, between bands linearly; beyond the last band the last one."""
    n_mels = clips.shape[2]
    places = np.clip(np.arange(n_mels)[None, :] * factors[:, None], 0, n_mels - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, n_mels - 1)
    share = (places - below)[:, None, :]
    lower = np.take_along_axis(clips, below[:, None, :], axis=2)
    upper = np.take_along_axis(clips, above[:, None, :], axis=2)
    return (1.0 - share) * lower + share * upper
