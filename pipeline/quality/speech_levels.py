"""How loud is a recording over time, at its edges, and beside what it lost?

Frames of speech are found in the differences of neighbouring samples, which hum and a constant offset
hardly reach. Levels are in decibel, times in seconds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.frontend import loud_parts
from pipeline.quality.equal_runs import EqualRuns
from pipeline.settings import FeatureSettings

__all__ = ["LOWEST_DECIBEL", "speech_levels", "to_decibel"]

FRAME_SECONDS = 0.01
LEVEL_FRAMES = 3  # a level is a mean over 30 ms, longer than a period of the lowest voice
EDGE_FRAMES = 2  # the first and last 20 ms, in which a complete word is no longer or not yet spoken
LOWEST_DECIBEL = -120.0  # below the last bit of 16 (-98) and above the end of float32
BESIDE_SECONDS = 0.005  # of sound looked at on either side of a dropout, a period of a low voice
# What a dropout interrupts must reach this close to the clip's loudest 30 ms: a gate closes in pauses.
INTERRUPTED_DECIBEL = 20.0
# Frames of 10 ms at any rate, and the pauses within a word that the thresholds of tags were chosen with.
_LOUD = FeatureSettings(sample_rate=16_000, frame_step=160, loud_gap_seconds=0.12)
_DECIBELS = ("loud_decibel", "contrast_decibel", "start_drop_decibel", "end_drop_decibel")
_SECONDS = ("start_gap_seconds", "end_gap_seconds", "loud_seconds", "dropout_seconds", "recorded_seconds")


def speech_levels(clips: Sequence[np.ndarray], rate: int, lost: EqualRuns) -> dict[str, np.ndarray]:
    """Return the measures of clips that need levels over time.

    Args:
        clips: float32 [n_samples] each, of any lengths, none all zeros.
        rate: Hz.
        lost: runs of equal samples that may be dropouts.

    Returns:
        float64 [n_clips] each; a clip shorter than three frames has the level of all of it, and zeros.
    """
    n_frame = max(1, round(FRAME_SECONDS * rate))
    framed = [_framed(samples, n_frame) for samples in clips]
    found = {name: np.zeros(len(clips)) for name in (*_DECIBELS, *_SECONDS)}
    found["loud_decibel"][:] = to_decibel(np.array([2 * frames.whole_power for frames in framed]))
    found["recorded_seconds"][:] = [frames.n_recorded / rate for frames in framed]
    for n_frames in sorted({len(frames.power) for frames in framed} - set(range(LEVEL_FRAMES))):
        rows = [row for row, frames in enumerate(framed) if len(frames.power) == n_frames]
        level = 10 * np.log10(_mean_of_three([framed[row].power for row in rows]) + 1e-12)
        loudest = level.max(axis=1).astype(np.float64)
        n_levels = level.shape[1]
        found["contrast_decibel"][rows] = loudest - np.sort(level, axis=1)[:, (n_levels - 1) // 10]
        edges = to_decibel(np.array([framed[row].edge_power for row in rows]))
        found["start_drop_decibel"][rows], found["end_drop_decibel"][rows] = loudest - edges.T
        starts, stops = np.array(loud_parts(level.T, _LOUD)).T
        found["start_gap_seconds"][rows] = starts * FRAME_SECONDS
        found["end_gap_seconds"][rows] = (n_levels - stops) * FRAME_SECONDS
        found["loud_seconds"][rows] = (stops - starts) * FRAME_SECONDS
        power = _mean_of_three([framed[row].raw_power for row in rows]).max(axis=1).astype(np.float64)
        found["loud_decibel"][rows] = to_decibel(2 * power)
        for row, loudest_power in zip(rows, power.tolist(), strict=True):
            own = lost.take(lost.clips == row)
            if len(own.starts):
                found["dropout_seconds"][row] = _dropouts(clips[row], rate, own, loudest_power)
    return found


class _Framed(NamedTuple):
    """Mean squares of a clip: of its differences, frame by frame and at either edge, and of its samples.

    ``n_recorded`` counts the samples between the zeros at either end, and ``whole_power`` is their mean
    square, where they are shorter than three frames.
    """

    power: np.ndarray
    edge_power: tuple[float, float]
    raw_power: np.ndarray
    n_recorded: int
    whole_power: float = 0.0


def _framed(samples: np.ndarray, n_frame: int) -> _Framed:
    # Padding with zeros is no part of the sound: a word that was cut and padded was cut.
    first, last = _without_padding(samples)
    n_frames = (last - first - 1) // n_frame
    if n_frames < LEVEL_FRAMES:
        recorded = samples[first:last].astype(np.float64)
        power = float(recorded @ recorded) / len(recorded)
        return _Framed(samples[:0], (0.0, 0.0), samples[:0], last - first, power)
    difference = samples[first + 1 : last] - samples[first : last - 1]
    n_edge = EDGE_FRAMES * n_frame
    start, end = difference[:n_edge], difference[-n_edge:]
    return _Framed(
        power=_frame_power(difference, n_frames, n_frame),
        edge_power=(float(start @ start) / n_edge, float(end @ end) / n_edge),
        raw_power=_frame_power(samples[:last], n_frames, n_frame),
        n_recorded=last - first,
    )


def to_decibel(power: np.ndarray) -> np.ndarray:
    """Return 10 log10(power), never below ``LOWEST_DECIBEL``."""
    levels: np.ndarray = np.maximum(LOWEST_DECIBEL, 10 * np.log10(power + 1e-30))
    return levels


def _without_padding(samples: np.ndarray) -> tuple[int, int]:
    first, last = 0, len(samples)
    if samples[0] == 0.0:
        first = int(np.argmax(samples != 0))
    if samples[-1] == 0.0:
        last -= int(np.argmax(samples[::-1] != 0))
    return first, last


def _frame_power(samples: np.ndarray, n_frames: int, n_frame: int) -> np.ndarray:
    """Return the mean square of the last ``n_frames`` whole frames."""
    # A last part of a frame stays out at the start, where most words are still to come.
    frames = samples[len(samples) - n_frames * n_frame :].reshape(n_frames, n_frame)
    power: np.ndarray = np.einsum("ij,ij->i", frames, frames) / n_frame
    return power


def _mean_of_three(powers: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of ``LEVEL_FRAMES`` frames around each inner frame; none reaches over an end."""
    power = np.stack(powers)
    mean: np.ndarray = (power[:, :-2] + power[:, 1:-1] + power[:, 2:]) / np.float32(LEVEL_FRAMES)
    return mean


def _dropouts(samples: np.ndarray, rate: int, lost: EqualRuns, loudest_power: float) -> float:
    """Return the seconds of those runs of one clip that have sound right before and right after."""
    beside = max(2, round(BESIDE_SECONDS * rate))
    least = loudest_power * 10 ** (-INTERRUPTED_DECIBEL / 10)
    sums, squares = (
        np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)]) for values in (samples, samples**2)
    )

    def has_sound(first: np.ndarray, last: np.ndarray) -> np.ndarray:
        first, last = np.maximum(first, 0), np.minimum(last, len(samples))
        n = np.maximum(last - first, 1)
        variance = (squares[last] - squares[first]) / n - np.square((sums[last] - sums[first]) / n)
        sounds: np.ndarray = (last > first) & (variance >= least)
        return sounds

    stops = lost.starts + lost.lengths
    is_lost = has_sound(lost.starts - beside, lost.starts) & has_sound(stops, stops + beside)
    return float(lost.lengths[is_lost].sum()) / rate
