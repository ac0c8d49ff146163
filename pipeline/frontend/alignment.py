"""Which frames hold the word, and how do words of any length become comparable?

Conventions: frames are rows; levels are in decibel; a segment is ``(start, stop)`` in frames, stop
excluded. Two clips of one word differ in onset, length and level; all three are removed here.
Levels are smoothed over time and bands too: what is finer tells voices apart rather than words.
"""

import numpy as np

from pipeline.settings import FeatureSettings

__all__ = ["align", "crop", "loud_part", "loud_parts", "moving_mean", "stretch"]


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
    return loud_parts(levels.mean(axis=1)[:, None], settings)[0]


def loud_parts(loudness: np.ndarray, settings: FeatureSettings) -> list[tuple[int, int]]:
    """Return the loud part of each of several clips of one length, see ``loud_part``.

    Args:
        loudness: in decibel, [n_frames, n_clips].
        settings: the numbers named ``loud_*``.
    """
    n_frames = len(loudness)
    gap = _n_frames(settings.loud_gap_seconds, settings)
    least = min(_n_frames(settings.loud_least_seconds, settings), n_frames)
    smooth = moving_mean(loudness, _n_frames(settings.loud_smoothing_seconds, settings))
    noise = np.sort(smooth, axis=0)[int(settings.loud_noise_quantile * (n_frames - 1))]
    tops = smooth.argmax(axis=0)
    threshold = noise + settings.loud_threshold * (smooth.max(axis=0) - noise)
    # A byte a frame: searching bytes costs a tenth of the same search in arrays.
    rows = (smooth >= threshold).T
    return [
        _widen(*_around(row.tobytes(), top, gap), least, n_frames)
        for row, top in zip(rows, tops.tolist(), strict=True)
    ]


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
    repeated = np.empty((len(values) + width - 1, *values.shape[1:]), values.dtype)
    repeated[:before] = values[0]
    repeated[before : before + len(values)] = values
    repeated[before + len(values) :] = values[-1]
    total = np.cumsum(repeated, axis=0, dtype=np.float64)
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


def _around(is_loud: bytes, top: int, gap: int) -> tuple[int, int]:
    """Return the segment around ``top`` that no more than ``gap`` quiet frames in a row interrupt."""
    pause = bytes(gap + 1)
    before, after = is_loud.rfind(pause, 0, top), is_loud.find(pause, top)
    start = is_loud.find(1) if before < 0 else before + len(pause)
    stop = is_loud.rfind(1) + 1 if after < 0 else after
    return start, stop


def _n_frames(seconds: float, settings: FeatureSettings) -> int:
    return round(seconds * settings.sample_rate / settings.frame_step)


def _widen(start: int, stop: int, least: int, n_frames: int) -> tuple[int, int]:
    """Return the segment grown to ``least`` frames on both sides, and moved to lie within the clip."""
    lacking = max(0, least - (stop - start))
    start = max(0, start - lacking // 2)
    stop = min(n_frames, max(stop + lacking - lacking // 2, start + least))
    return max(0, min(start, stop - least)), stop
