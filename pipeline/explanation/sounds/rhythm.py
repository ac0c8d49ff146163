"""What recurs in a recording, how fast, and which of its cycles is not like the others?

Conventions: levels are in decibel, [n_frames, n_bands], a frame every ``STEP_SECONDS``; powers are linear,
one every ``FAST_STEP_SECONDS``; rates are events a second, times are in seconds from the recording's start.
"""

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from pipeline.explanation.sounds.hearing import FAST_STEP_SECONDS, STEP_SECONDS

__all__ = [
    "BEAT_HERTZ",
    "ECHO_SECONDS",
    "ONSET_SECONDS",
    "TURN",
    "around",
    "beats",
    "echo",
    "odd_cycle",
    "onsets_of",
    "period_of",
]

BEAT_SECONDS = 2.0  # of a window of the envelope: rates are told apart by half a hertz
BEAT_HERTZ = np.arange(8, 801) * 0.5
ECHO_SECONDS = np.arange(4, 51) * 0.004
ONSET_SECONDS = np.arange(-5, 40) * 0.004
TURN = np.arange(-1, 47) / 48  # of a cycle
LEAST_RISE, LEAST_ONSETS = 6.0, 3  # dB in 16 ms
CYCLE_SECONDS = (0.25, 5.0)
LEAST_CYCLE = 0.35  # correlation of a recording with itself a cycle later
MOST_OTHERS = 0.7  # of the other cycles have what one lacks
SLACK_FRAMES = 3  # a cycle is never quite like the next
EDGE_FRAMES = 12
BLOCK_FRAMES = 4_096  # bounds memory


def period_of(loudness: np.ndarray) -> tuple[float, float]:
    """Return the seconds of a cycle and how like itself the recording is a cycle later; 0 where it is not."""
    first = round(CYCLE_SECONDS[0] / STEP_SECONDS)
    last = min(round(CYCLE_SECONDS[1] / STEP_SECONDS), int(len(loudness) / 2.5))
    if last <= first + 2:
        return 0.0, 0.0
    centred = loudness - loudness.mean()
    power = np.abs(scipy.fft.rfft(centred, 2 * len(centred), workers=1)) ** 2
    correlation = scipy.fft.irfft(power, workers=1)[: last + 1]
    # Fewer frames overlap at a longer lag.
    correlation *= len(centred) / (len(centred) - np.arange(last + 1)) / (correlation[0] + 1e-9)
    inner = correlation[first:last]
    tops = np.flatnonzero((inner > correlation[first - 1 : last - 1]) & (inner >= correlation[first + 1 :]))
    if not len(tops) or inner[tops].max() <= 0.0:
        return 0.0, 0.0
    best = tops[inner[tops] >= 0.85 * inner[tops].max()][0]
    height = float(inner[best])
    return ((first + int(best)) * STEP_SECONDS, height) if height >= LEAST_CYCLE else (0.0, height)


def odd_cycle(
    levels: np.ndarray, period: float, edges: np.ndarray
) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
    """Return size, time and band of what one cycle lacks against the others, and of what it alone has."""
    lag = round(period / STEP_SECONDS)
    nothing = (0.0, 0.0, 0.0, 0.0)
    if lag == 0 or len(levels) < 3 * lag:
        return nothing, nothing
    n = len(levels)
    nearby = maximum_filter1d(levels, 2 * SLACK_FRAMES + 1, axis=0, mode="nearest")
    close = maximum_filter1d(levels, 3, axis=0, mode="nearest")
    shifts = np.array([-3, -2, -1, 1, 2, 3]) * lag
    lacking = extra = nothing
    # What lies across an end may be missing there without any fault.
    for start in range(EDGE_FRAMES, n - EDGE_FRAMES, BLOCK_FRAMES):
        frames = np.arange(start, min(start + BLOCK_FRAMES, n - EDGE_FRAMES))
        places = frames + shifts[:, None]
        is_there = (places >= 0) & (places < n)
        enough = is_there.sum(axis=0) >= 2
        frames, places, is_there = frames[enough], places[:, enough], is_there[:, enough]
        if not len(frames):
            continue
        places = np.clip(places, 0, n - 1)
        # What is not there comes last among the others, and is the highest of none.
        others = np.sort(np.where(is_there[..., None], close[places], np.inf), axis=0)
        tops = np.where(is_there[..., None], nearby[places], -np.inf).max(axis=0)
        # Not the median: half of the cycles may lack the same.
        rank = np.round(MOST_OTHERS * (is_there.sum(axis=0) - 1)).astype(np.intp)
        lack = others[rank, np.arange(len(frames))] - nearby[frames]
        lacking = max(lacking, _largest(lack, frames, edges))
        extra = max(extra, _largest(levels[frames] - tops, frames, edges))
    return lacking, extra


def _largest(excess: np.ndarray, frames: np.ndarray, edges: np.ndarray) -> tuple[float, float, float, float]:
    """Return size, time and band of the moment at which levels differ most over all bands."""
    positive = np.maximum(excess, 0.0)
    # A click fills a quarter of the bands, a stroke all.
    quarter = np.sort(positive, axis=1)[:, -(positive.shape[1] // 4) :].mean(axis=1)
    sizes = uniform_filter1d(quarter, 3, mode="nearest")
    top = int(sizes.argmax())
    profile = positive[max(0, top - 2) : top + 3].mean(axis=0)
    strong = np.flatnonzero(profile >= 0.5 * profile.max())
    return (
        float(sizes[top]),
        float(frames[top]) * STEP_SECONDS,
        float(edges[strong[0]]),
        float(edges[strong[-1] + 1]),
    )


def onsets_of(fast: np.ndarray, period: float) -> np.ndarray:
    """Return the frames at which the recording rises most, half a cycle apart at least, in their order."""
    loudness = uniform_filter1d(fast.mean(axis=1), 8, mode="nearest")
    rises = loudness[16:] - loudness[:-16]
    if not len(rises) or rises.max() < LEAST_RISE:
        return np.zeros(0, np.intp)
    apart = round((0.6 * period or CYCLE_SECONDS[0]) / FAST_STEP_SECONDS)
    least = max(LEAST_RISE, 0.5 * float(rises.max()))
    free, found = rises.copy(), []
    while (top := int(free.argmax())) >= 0 and free[top] >= least:
        found.append(top + 8)
        free[max(0, top - apart) : top + apart] = -np.inf
    return np.sort(np.array(found, np.intp))


def around(powers: np.ndarray, onsets: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the median level at some times after the onsets, in dB over the loud one, [n_bands, n_times]."""
    step = float(seconds[1] - seconds[0])
    width = max(1, round(step / FAST_STEP_SECONDS))
    first, last = (round(float(at) / FAST_STEP_SECONDS) for at in (seconds[0], seconds[-1] + step))
    whole = onsets[(onsets + first >= 0) & (onsets + last + width < len(powers))]
    if len(whole) < LEAST_ONSETS:
        return np.full((powers.shape[1], len(seconds)), np.nan)
    mean = uniform_filter1d(powers, width, axis=0, mode="nearest")
    frames = np.round(seconds / FAST_STEP_SECONDS).astype(np.intp) + width // 2
    profile = np.median(mean[whole[:, None] + frames], axis=0)
    return np.asarray(10.0 * np.log10((profile + 1e-10) / (np.quantile(mean, 0.9, axis=0) + 1e-10)).T)


def beats(powers: np.ndarray) -> np.ndarray:
    """Return the spectrum of each band's amplitude over its surroundings, in dB [n_bands, n_rates]."""
    amplitude = np.sqrt(powers)
    amplitude /= amplitude.mean(axis=0) + 1e-12
    n_fft = round(BEAT_SECONDS / FAST_STEP_SECONDS)
    length = min(n_fft, len(amplitude))
    window = np.hanning(length + 2)[1:-1, None]
    window /= np.sqrt(np.sum(window**2))
    total = np.zeros((n_fft // 2 + 1, powers.shape[1]))
    starts = range(0, len(amplitude) - length + 1, max(1, length // 2))
    for start in starts:
        part = amplitude[start : start + length]
        spectrum = scipy.fft.rfft((part - part.mean(axis=0)) * window, n_fft, axis=0, workers=1)
        total += np.square(spectrum.real) + np.square(spectrum.imag)
    decibel = 10.0 * np.log10(total / len(starts) + 1e-8)
    over = decibel - median_filter(decibel, (41, 1), mode="nearest")
    return np.asarray(over[8:801].T)


def echo(fast: np.ndarray) -> np.ndarray:
    """Return the correlation of onsets with those a moment later, times ten: [len(ECHO_SECONDS)]."""
    n = len(fast) // 4
    levels = fast[: 4 * n].reshape(n, 4, fast.shape[1]).mean(axis=1)
    onsets = np.maximum(np.diff(levels, axis=0), 0.0).sum(axis=1) if n > 1 else np.zeros(1)
    # The square: clicks count, the tremble of noise hardly does.
    onsets = onsets**2
    onsets -= onsets.mean()
    n_lags = round(ECHO_SECONDS[-1] / 0.004) + 1
    power = np.abs(scipy.fft.rfft(onsets, 2 * max(len(onsets), n_lags), workers=1)) ** 2
    correlation = scipy.fft.irfft(power, workers=1)
    lags = np.round(ECHO_SECONDS / 0.004).astype(int)
    return np.asarray(10.0 * correlation[lags] / (correlation[0] + 1e-9))
