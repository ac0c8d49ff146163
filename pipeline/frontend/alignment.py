"""Which frames hold the word, and how do words of any length become comparable?

Conventions: frames are rows; levels are in decibel; a segment is ``(start, stop)`` in frames, stop
excluded. Two clips of one word differ in onset, length and level; all three are removed here.
Levels are smoothed over time and bands too: what is finer tells voices apart rather than words.
"""

import numpy as np

from pipeline.settings import FeatureSettings

__all__ = ["align", "crop", "loud_part", "moving_mean", "stretch"]


def align(levels: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    """Return the loud part, smoothed, stretched to a fixed number of frames, its mean level removed.

    Args:
        levels: band levels in decibel, float32 [n_frames, n_bands].
        settings: length of the outcome, and what counts as loud.

    Returns:
        float32 [settings.n_frames, n_bands]; all zeros for silence.
    """
    stretched = stretch(_smooth_word(levels, settings), settings.n_frames)
    stretched -= stretched.mean()
    return stretched.astype(np.float32)


def crop(levels: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    """Return the loud part, smoothed, at its own length, its mean level removed, among padding.

    The last column is 1 where the clip has a frame, and 0 where there is padding: the length of a clip
    stands in it exactly, whatever its levels are.

    Args:
        levels: band levels in decibel, float32 [n_frames, n_bands].
        settings: what counts as loud.

    Returns:
        float32 [n_frames, n_bands + 1]; the clip's frames first, then rows of zeros.
    """
    word = _smooth_word(levels, settings)
    padded = np.zeros((len(levels), levels.shape[1] + 1), np.float32)
    padded[: len(word), :-1] = word - word.mean()
    padded[: len(word), -1] = 1.0
    return padded


def loud_part(levels: np.ndarray, settings: FeatureSettings) -> tuple[int, int]:
    """Return the segment in which a word is spoken, around the loudest frame.

    A frame's loudness is the mean of its bands' decibel, not its power: a weak hiss such as the "s" of
    "house" then counts, and a hum that fills one band does not. Loud is what rises above the clip's
    own noise by a share of the way to its own peak; short gaps (stops as in "happy") are bridged.

    Args:
        levels: band levels in decibel, [n_frames, n_bands].
        settings: the numbers named ``loud_*``.

    Returns:
        (start, stop), at least ``loud_least_seconds`` long where the clip is; the whole clip where
        nothing rises above anything.
    """
    n_frames = len(levels)
    gap = _n_frames(settings.loud_gap_seconds, settings)
    least = min(_n_frames(settings.loud_least_seconds, settings), n_frames)
    loudness = moving_mean(levels.mean(axis=1), _n_frames(settings.loud_smoothing_seconds, settings))
    noise = np.sort(loudness)[int(settings.loud_noise_quantile * (n_frames - 1))]
    top = int(loudness.argmax())
    loud = np.flatnonzero(loudness >= noise + settings.loud_threshold * (loudness[top] - noise))
    firsts = np.concatenate([[0], np.flatnonzero(np.diff(loud) > gap + 1) + 1])
    run = int(np.searchsorted(loud[firsts], top, side="right")) - 1
    start = int(loud[firsts[run]])
    stop = int(loud[firsts[run + 1] - 1] if run + 1 < len(firsts) else loud[-1]) + 1
    return _widen(start, stop, least, n_frames)


def stretch(frames: np.ndarray, n_frames: int) -> np.ndarray:
    """Bring frames to another number of frames by linear interpolation; first and last frame stay.

    Args:
        frames: [n, n_bands].
        n_frames: number of frames wanted.

    Returns:
        [n_frames, n_bands], of the type of ``frames``.
    """
    last = len(frames) - 1
    position = np.arange(n_frames) * (last / max(n_frames - 1, 1))
    below = np.minimum(position.astype(np.intp), last)
    above = np.minimum(below + 1, last)
    weight = (position - below).astype(frames.dtype)[:, None]
    lower = frames[below]
    stretched: np.ndarray = lower + weight * (frames[above] - lower)
    return stretched


def moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Return the mean of ``width`` rows around each row, the first and last row repeated at the ends.

    Args:
        values: [n, ...].
        width: rows; brought between 1 and n.

    Returns:
        float64 [n, ...]; a running sum in float32 would lose digits.
    """
    width = min(max(width, 1), len(values))
    before = width // 2
    repeats = np.ones(len(values), np.intp)
    repeats[0] += before
    repeats[-1] += width - 1 - before
    total = np.cumsum(np.repeat(values, repeats, axis=0), axis=0, dtype=np.float64)
    sums = total[width - 1 :].copy()
    sums[1:] -= total[:-width]
    return sums / width


def _smooth_word(levels: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    """Return the loud part of ``levels``, smoothed over time and bands: float64 [its frames, n_bands]."""
    start, stop = loud_part(levels, settings)
    # Equal levels become exact zeros here, and zeros stay zeros through all that follows.
    word = levels[start:stop] - np.float32(levels.mean(dtype=np.float64))
    # Cut first: the padding or noise around a word would leak into its ends otherwise.
    over_time = moving_mean(word, _n_frames(settings.smoothing_seconds, settings))
    return moving_mean(over_time.T, settings.smoothing_bands).T


def _n_frames(seconds: float, settings: FeatureSettings) -> int:
    return round(seconds * settings.sample_rate / settings.frame_step)


def _widen(start: int, stop: int, least: int, n_frames: int) -> tuple[int, int]:
    """Return the segment grown to ``least`` frames on both sides, and moved to lie within the clip."""
    lacking = max(0, least - (stop - start))
    start = max(0, start - lacking // 2)
    stop = min(n_frames, max(stop + lacking - lacking // 2, start + least))
    return max(0, min(start, stop - least)), stop
