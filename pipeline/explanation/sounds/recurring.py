"""What recurs in a recording, and does not in usual ones: strikes, swells, pairs of clicks, parts of a cycle?

Conventions: rates are events a second; times of a cycle count from its onset; sizes are decibels, but for
pairs of clicks (tenths of a correlation) and the length of a cycle (per cent).
"""

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from pipeline.explanation.sounds.measures import Measured
from pipeline.explanation.sounds.rhythm import BEAT_HERTZ, ECHO_SECONDS, ONSET_SECONDS, TURN
from pipeline.explanation.sounds.usual import LIMIT, Deviation, Find, Usual, limit_of, spread

__all__ = ["beat_deviation", "cycle_deviation", "echo_deviation", "profile_deviation"]

SAME_RATE = 0.025  # of itself
LEAST_BEAT = 6.0  # dB over what surrounds it
LEAST_FALL = 6.0  # dB, of what has ceased


def beat_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return a rate at which the envelope beats: strikes where its multiples stand out as well."""
    n_rates = len(BEAT_HERTZ)
    own = recording.vectors["beats"].reshape(-1, n_rates)
    others = usual.vectors["beats"].reshape(-1, len(own), n_rates)
    nearby = spread(others.reshape(-1, n_rates), BEAT_HERTZ, SAME_RATE).reshape(others.shape)
    excess = np.where(own >= LEAST_BEAT, own - limit_of(nearby), 0.0)
    band, top = np.unravel_index(int(excess.argmax()), excess.shape)
    size, rate = float(excess[band, top]), _fundamental(excess[band], int(top))
    harmonics = [excess[band, _near(k * rate)].max(initial=0.0) for k in (2, 3)]
    sharp = max(harmonics) >= 0.4 * size
    edges = usual.axes.fast_edges
    together = np.flatnonzero(excess[:, top] >= 0.5 * size)
    return Deviation(
        kind="periodic impacts" if sharp else "periodic swelling",
        size=size,
        value=float(own[band, top]),
        usual=float(np.median(nearby[:, band, top])),
        low=float(edges[min(together, default=band)]),
        high=float(edges[max(together, default=band) + 1]),
        rate=rate,
    )


def _fundamental(excess: np.ndarray, top: int) -> float:
    """Return the rate whose multiple the highest one is: the lowest that is odd as well."""
    rate = float(BEAT_HERTZ[top])
    for divisor in (4, 3, 2):
        near = _near(rate / divisor)
        if rate / divisor >= BEAT_HERTZ[0] and excess[near].max(initial=0.0) >= 0.4 * excess[top]:
            return float(BEAT_HERTZ[near][excess[near].argmax()])
    return rate


def _near(rate: float) -> np.ndarray:
    return np.flatnonzero(np.abs(BEAT_HERTZ - rate) <= max(0.5, 0.01 * rate))


def echo_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return the time after which onsets are followed by others."""
    own = recording.vectors["echo"]
    excess = own - limit_of(maximum_filter1d(usual.vectors["echo"], 3, axis=1, mode="nearest"))
    top = int(excess.argmax())
    return Deviation(
        kind="double clicks",
        size=max(0.0, float(excess[top])) if own[top] >= 0.5 else 0.0,
        value=float(ECHO_SECONDS[top]),
    )


def profile_deviation(name: str, kind: str, sign: float) -> Find:
    """Return what finds a time after onsets, or in a cycle (``turn``), that is louder or quieter."""

    def find(recording: Measured, usual: Usual) -> Deviation:
        edges, values = usual.axes.fast_edges, usual.vectors[name]
        known = np.isfinite(values).all(axis=1)
        if known.sum() < 0.6 * len(values) or not np.isfinite(recording.vectors[name]).all():
            return Deviation(kind=kind, size=0.0)
        seconds = ONSET_SECONDS if name == "onset" else TURN * recording.period
        own = sign * recording.vectors[name].reshape(-1, len(seconds))
        # Half a step to each side: no two cycles take quite as long.
        others = maximum_filter1d(sign * values[known].reshape(-1, *own.shape), 3, axis=2, mode="nearest")
        excess = own - limit_of(others)
        positive = np.where(seconds >= 0.0, np.maximum(excess, 0.0), 0.0)
        sizes = uniform_filter1d(positive, 2, axis=1, mode="nearest").max(axis=0)
        top = int(sizes.argmax())
        held = np.flatnonzero(sizes < 0.3 * sizes[top])
        first = int(max(held[held < top], default=-1)) + 1
        last = int(min(held[held > top], default=len(sizes)))
        bands = np.flatnonzero(positive[:, top] >= 0.5 * positive[:, top].max())
        step = float(seconds[1] - seconds[0])
        profile, middle = own[bands].mean(axis=0), np.median(others[:, bands], axis=0).mean(axis=0)
        has_ceased = middle[max(0, first - 3)] - middle[last - 1] >= LEAST_FALL
        is_falling = profile[first] - profile[last - 1] >= 0.5 * LEAST_FALL
        return Deviation(
            kind="slower decay" if kind == "cycle louder" and has_ceased and is_falling else kind,
            size=float(sizes[top]),
            value=float(np.mean(own[bands, top] - np.median(others[:, bands, top], axis=0))),
            start=float(seconds[first]),
            end=float(seconds[last - 1]) + step,
            low=float(edges[bands[0]]),
            high=float(edges[bands[-1] + 1]),
        )

    return find


def cycle_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return a cycle that takes more or less time than usual ones, where there are cycles."""
    periods = usual.vectors["period"][:, 0]
    known = periods[periods > 0]
    if recording.period == 0.0 or len(known) < 0.8 * len(periods):
        return Deviation(kind="cycle", size=0.0)
    low, middle, high = np.quantile(known, (1 - LIMIT, 0.5, LIMIT))
    own = recording.period
    beyond = max(own / high, low / own, 1.0) - 1.0
    times = max(1.0, float(np.round(own / middle)))
    if times > 1.0 and abs(own / middle - times) <= 0.03 * times:
        beyond = 0.0  # what recurs with every cycle recurs with every second one
    return Deviation(
        kind="slower cycle" if own > middle else "faster cycle",
        size=100.0 * beyond,
        value=own,
        usual=float(middle),
    )
