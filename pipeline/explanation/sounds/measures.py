"""Which numbers of a recording tell a listener what is odd, and where does each of them lie?

A measure is a vector of numbers in decibel, or of seconds; it rises or falls with what it stands for,
whatever the recording's gain. Conventions: what lies at a time has the time in seconds from the recording's
start, what lies at a pitch its frequency or its band in Hz; rates are events a second.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d

from pipeline.explanation.sounds.hearing import FAST_STEP_SECONDS, STEP_SECONDS, Heard
from pipeline.explanation.sounds.rhythm import (
    ONSET_SECONDS,
    TURN,
    around,
    beats,
    echo,
    odd_cycle,
    onsets_of,
    period_of,
)

__all__ = ["N_STEPS", "Axes", "Measured", "measure_sound"]

N_STEPS = 160  # of a map, and columns of a picture
N_BANDS = 48  # of the mean spectrum
LEAST_QUIET = 6.0  # dB below the loud parts
SMOOTH_FRAMES = 5
STRIKE_FRAMES, N_STRIKES = 10, 200
FLOOR_BINS = (61, 241)  # of a running median under tones below and above 1 kHz; bins are 2 Hz


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Where measures lie: the same for all recordings brought to one rate.

    Attributes:
        tone_hertz: of each number of ``tones`` and its neighbours.
        mean_edges: of the bands of ``level``.
        edges: of the bands of ``quiet_level``, ``loud_level``, ``rough``, ``swing`` and ``peak``.
        fast_edges: of the bands of ``beats`` and ``crest``.
    """

    tone_hertz: np.ndarray
    mean_edges: np.ndarray
    edges: np.ndarray
    fast_edges: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A recording as numbers.

    Attributes:
        seconds: its length.
        vectors: float32 vectors by name; see ``measure_sound``.
        quiet: beginning and end of its longest quiet part.
        lacking: time and band of what one cycle lacks and the others have.
        extra: likewise of what one cycle has and the others lack.
        period: seconds of a cycle, 0 where it has none.
        strikes: times and heights over the median of the highest moments in each band of ``crest``, the
            highest first [n_bands, 2, at most 200].
        bursts: time of ``peak`` in each of its bands.
        highest, lowest: of the levels within each of ``N_STEPS`` equal steps of time, [N_STEPS, n_bands].
    """

    seconds: float
    vectors: dict[str, np.ndarray]
    quiet: tuple[float, float]
    lacking: tuple[float, float, float]
    extra: tuple[float, float, float]
    period: float
    strikes: np.ndarray
    bursts: np.ndarray
    highest: np.ndarray
    lowest: np.ndarray


def measure_sound(heard: Heard) -> tuple[Measured, Axes]:
    """Return the numbers of a recording.

    Vectors: ``pause`` (dB from the quiet to the loud parts), ``tones`` (level over what surrounds it),
    ``level`` (mean, 48 bands), ``quiet_level``, ``loud_level``, ``lowest_level`` and ``highest_level`` (10,
    90, 2 and 98 % quantile over time), ``rough`` (mean change in 8 ms, on a logarithmic scale), ``swing``
    (deviation of levels smoothed over 0.1 s, likewise), ``peak`` (highest over median), ``crest`` (highest
    thousandth over median, every millisecond), ``beats`` (of the envelope's spectrum, over what surrounds
    it), ``echo`` (correlation of onsets with those a moment later), ``onset`` (median level around onsets,
    over the loud level of its band), ``turn`` (likewise over a whole cycle from its onset on; both are NaN
    where there are too few onsets), ``quiet`` (seconds), ``lacking`` and ``extra`` (see ``Measured``), and
    ``period`` (seconds, and how like itself the recording is then).
    """
    edges = np.geomspace(heard.edges[0], heard.hertz[-1], N_BANDS + 1)
    levels = heard.levels
    middle = np.median(levels, axis=0)
    smooth = uniform_filter1d(levels, SMOOTH_FRAMES, axis=0, mode="nearest")
    loudness = smooth.mean(axis=1)
    slow = uniform_filter1d(levels, 13, axis=0, mode="nearest")
    quantiles = np.quantile(levels, (0.1, 0.9, 0.02, 0.98), axis=0)
    quiet = _longest_quiet(loudness)
    period, height = period_of(loudness)
    lacking, extra = odd_cycle(levels, period, heard.edges)
    fast = 10.0 * np.log10(heard.powers + 1e-10)
    steps = np.abs(np.diff(levels, axis=0)).mean(axis=0) if len(levels) > 1 else np.zeros(levels.shape[1])
    onsets = onsets_of(fast, period)
    starts = np.arange(N_STEPS) * len(levels) // N_STEPS
    stops = np.maximum((np.arange(N_STEPS) + 1) * len(levels) // N_STEPS, starts + 1)
    parts = [levels[start:stop] for start, stop in zip(starts, stops, strict=True)]
    vectors = {
        "pause": np.diff(np.quantile(loudness, (0.1, 0.9))),
        "tones": _prominence(heard.spectrum, heard.hertz),
        "level": _band_levels(heard.spectrum, heard.hertz, edges),
        "quiet_level": quantiles[0],
        "loud_level": quantiles[1],
        "lowest_level": quantiles[2],
        "highest_level": quantiles[3],
        "rough": 20.0 * np.log10(steps + 0.1),
        "swing": 20.0 * np.log10(slow.std(axis=0) + 0.2),
        "peak": smooth.max(axis=0) - middle,
        "crest": np.quantile(fast, 0.999, axis=0) - np.median(fast, axis=0),
        "beats": beats(heard.powers).ravel(),
        "echo": echo(fast),
        "onset": around(heard.powers, onsets, ONSET_SECONDS).ravel(),
        "turn": around(heard.powers, onsets if period else onsets[:0], TURN * period).ravel(),
        "quiet": np.array([quiet[1] - quiet[0]]),
        "lacking": np.array([lacking[0]]),
        "extra": np.array([extra[0]]),
        "period": np.array([period, height]),
    }
    axes = Axes(tone_hertz=heard.hertz, mean_edges=edges, edges=heard.edges, fast_edges=heard.fast_edges)
    measured = Measured(
        seconds=heard.seconds,
        vectors={name: np.asarray(values, np.float32) for name, values in vectors.items()},
        quiet=quiet,
        lacking=lacking[1:],
        extra=extra[1:],
        period=period,
        strikes=_strikes(fast),
        bursts=smooth.argmax(axis=0) * STEP_SECONDS,
        highest=np.stack([part.max(axis=0) for part in parts]).astype(np.float32),
        lowest=np.stack([part.min(axis=0) for part in parts]).astype(np.float32),
    )
    return measured, axes


def _prominence(spectrum: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Return how far each bin stands over what surrounds it; a broad hum needs a broad surrounding."""
    floors = [median_filter(spectrum, size, mode="nearest") for size in FLOOR_BINS]
    return np.asarray(spectrum - np.where(hertz < 1_000.0, *floors))


def _band_levels(spectrum: np.ndarray, hertz: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the mean power density of bands in dB; a band between two bins takes the nearest one."""
    power = np.concatenate([[0.0], np.cumsum(10.0 ** (spectrum / 10.0))])
    first = np.searchsorted(hertz, edges[:-1])
    last = np.maximum(np.searchsorted(hertz, edges[1:]), first + 1)
    last = np.minimum(last, len(hertz))
    first = np.minimum(first, last - 1)
    return np.asarray(10.0 * np.log10((power[last] - power[first]) / (last - first) + 1e-10))


def _longest_quiet(loudness: np.ndarray) -> tuple[float, float]:
    """Return beginning and end in seconds of the longest part that is far below the loud ones."""
    loud, low = np.quantile(loudness, (0.9, 0.02))
    below = loudness < loud - max(LEAST_QUIET, 0.5 * float(loud - low))
    ends = np.flatnonzero(np.diff(np.concatenate([[0], below.astype(np.int8), [0]])))
    if not len(ends):
        return 0.0, 0.0
    starts, stops = ends[::2], ends[1::2]
    longest = int((stops - starts).argmax())
    return float(starts[longest]) * STEP_SECONDS, float(stops[longest]) * STEP_SECONDS


def _strikes(fast: np.ndarray) -> np.ndarray:
    """Return when each band is highest, 10 ms apart at least, and how far over its median it is then."""
    found = np.zeros((fast.shape[1], 2, N_STRIKES), np.float32)
    n_parts = -(-len(fast) // STRIKE_FRAMES)
    padded = np.pad(fast, ((0, n_parts * STRIKE_FRAMES - len(fast)), (0, 0)), mode="edge")
    parts = padded.reshape(n_parts, STRIKE_FRAMES, -1)
    heights = parts.max(axis=1) - np.median(fast, axis=0)
    frames = parts.argmax(axis=1) + np.arange(n_parts)[:, None] * STRIKE_FRAMES
    for band in range(fast.shape[1]):
        highest = np.argsort(-heights[:, band], kind="stable")[:N_STRIKES]
        found[band, 0, : len(highest)] = frames[highest, band] * FAST_STEP_SECONDS
        found[band, 1, : len(highest)] = heights[highest, band]
    return found
