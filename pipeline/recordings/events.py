"""From which score is a window an event, and which windows are one event?

With W windows an hour and a threshold that an ordinary window exceeds with probability q, W q ordinary
windows an hour exceed it on average, whatever windows have to do with one another: expectations add. Windows
above it that overlap or touch are one event, so there are at most as many false events.
A conformal p-value bounds q down to 1 / (n + 1) for n calibration clips. Where the rate that is asked for
needs less, the tail of the calibration scores is taken as exponential above its (k + 1)-th highest score u:

    P(score > s) = (k + 1) / (n + 1) * (1 + (s - u) / (sum of the k excesses over u)) ** -k

Where no rate is asked for, one false event is allowed in all windows that are scored together, or one an
hour where these last longer; with fewer than ``LEAST_FOR_A_TAIL`` calibration clips, five of which would be a
quarter of all and no tail, as many as the p-values bound.

The formula is exact for independent scores with such a tail: the first factor by exchangeability, the second
because the excess of a fresh score over the mean of k others has an F distribution with 2 and 2 k degrees of
freedom.
Source: Pickands 1975 and Coles 2001, "An Introduction to Statistical Modeling of Extreme Values", chapter 4
(excesses over a threshold; the exponential is the generalised Pareto with shape 0).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.detection import TrainedModel
from pipeline.errors import ConfigurationError

__all__ = ["EventRule", "join", "make_rule", "usual_rate"]

TAIL_SHARE = 0.2  # of the calibration scores, those whose excesses tell the tail
LEAST_EXCESSES = 5
LEAST_FOR_A_TAIL = 20  # calibration clips, where nobody asked for a rate
MOST_FALSE = 0.1  # of the windows, where nobody asked for a rate


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """When a window is part of an event.

    Attributes:
        model: whose calibration scores decide.
        windows_per_hour: W.
        events_per_hour: false events that are allowed on average.
        is_extrapolated: whether the tail is needed.
        promise: what holds, in a sentence.
    """

    model: TrainedModel
    windows_per_hour: float
    events_per_hour: float
    is_extrapolated: bool
    promise: str

    def is_event(self, score: float) -> bool:
        """Return whether a window of this score is part of one."""
        share = tail_probability(self.model, score) if self.is_extrapolated else self._p_value(score)
        return self.windows_per_hour * share <= self.events_per_hour * (1 + 1e-9)

    def false_per_hour(self, score: float) -> float:
        """Return how many ordinary windows an hour reach a score on average.

        Beyond all calibration scores p-values tell no more; the tail does, where these are enough for one.
        """
        if self.is_extrapolated:
            return self.windows_per_hour * tail_probability(self.model, score)
        share, n = self._p_value(score), self.model.n_calibrating
        if n >= LEAST_FOR_A_TAIL and share * (n + 1) <= 1 + 1e-9:
            share = min(share, tail_probability(self.model, score))
        return self.windows_per_hour * share

    def _p_value(self, score: float) -> float:
        return float(self.model.p_values(np.array([score]))[0])


def usual_rate(model: TrainedModel, every_seconds: float, n_windows: int) -> float:
    """Return how many false events an hour are allowed where no rate was asked for; see the module.

    Args:
        model: trained and calibrated.
        every_seconds: from the beginning of one window to that of the next.
        n_windows: that are scored together; 0 where that is not known.
    """
    per_hour = 3600 / every_seconds
    rate = max(1.0, per_hour * min(1 / n_windows, MOST_FALSE)) if n_windows else 1.0
    if model.n_calibrating < LEAST_FOR_A_TAIL:
        rate = max(rate, per_hour / (model.n_calibrating + 1))
    return min(rate, per_hour / 2)


def make_rule(model: TrainedModel, every_seconds: float, events_per_hour: float) -> EventRule:
    """Return the rule for a rate of false events.

    Args:
        model: trained and calibrated.
        every_seconds: from the beginning of one window to that of the next.
        events_per_hour: false events that are allowed on average.

    Raises:
        ConfigurationError: the rate is not below that of the windows, or there are too few calibration clips.
    """
    per_hour = 3600 / every_seconds
    if not 0 < events_per_hour < per_hour:
        raise ConfigurationError(
            f"--events-per-hour {events_per_hour:g} must be above 0 and below the {per_hour:g} windows "
            f"an hour of --every {every_seconds:g}; give another"
        )
    n = model.n_calibrating
    provable = per_hour / (n + 1)
    is_extrapolated = provable > events_per_hour * (1 + 1e-9)
    if not is_extrapolated:
        promise = (
            f"at most {events_per_hour:.4g} false events an hour on average, for {per_hour:g} windows an "
            f"hour and {n} calibration clips, where the recording is like these"
            + _spread(n, per_hour, events_per_hour)
        )
    else:
        k = _n_excesses(model)
        promise = (
            f"{events_per_hour:.4g} false events an hour rest on an exponential tail fitted to the highest "
            f"{k} of {len(model.calibration)} calibration scores, for {per_hour:g} windows an hour; without "
            f"that tail the lowest rate that {n} calibration clips can guarantee is {provable:.3g} an hour"
        )
    return EventRule(
        model=model,
        windows_per_hour=per_hour,
        events_per_hour=events_per_hour,
        is_extrapolated=is_extrapolated,
        promise=promise,
    )


def _spread(n: int, per_hour: float, events_per_hour: float) -> str:
    """Say how far the rate of one set of calibration clips may lie from that average.

    A window that is flagged is above the k-th highest of n scores; ordinary windows are with a share that is
    distributed as Beta(k, n + 1 - k).
    """
    import scipy.stats

    k = math.floor(events_per_hour / per_hour * (n + 1) + 1e-9)
    low, high = per_hour * scipy.stats.beta.ppf([0.025, 0.975], k, n + 1 - k)
    return f"; in 95 of 100 draws of such clips {low:.2g} to {high:.2g} windows an hour are flagged"


def tail_probability(model: TrainedModel, score: float) -> float:
    """Return the probability that an ordinary window has at least this score; 1.0 below the tail."""
    k = _n_excesses(model)
    highest = np.sort(model.calibration)[::-1][: k + 1]
    start, total = float(highest[-1]), float(np.sum(highest[:-1] - highest[-1]))
    if score <= start:
        return 1.0
    if total == 0.0:
        return float(model.p_values(np.array([score]))[0])
    # Just above the start, so that scores that tie with it are not counted.
    beyond = float(model.p_values(np.array([np.nextafter(start, math.inf)]))[0])
    return beyond * (1 + (score - start) / total) ** -k


def _n_excesses(model: TrainedModel) -> int:
    n = len(model.calibration)
    k = max(LEAST_EXCESSES, math.ceil(TAIL_SHARE * n))
    if n <= k:
        raise ConfigurationError(
            f"a tail of scores needs at least {k + 1} calibration clips, got {n}; raise --events-per-hour or "
            "learn from more recordings"
        )
    return k


def join(lines: Iterable[dict[str, Any]], rule: EventRule) -> Iterator[dict[str, Any]]:
    """Yield one line for each event, and each line of a window or file that could not be used.

    The windows at the ends of an event hold a part of it only, so ``told_seconds`` is the beginning of its
    strangest inner window, where it has one; else that of its strangest.

    Args:
        lines: of the windows of one recording after the other, in order.
        rule: when a window is part of an event.
    """
    event: dict[str, Any] | None = None
    last: dict[str, Any] = {}
    inner: dict[str, Any] | None = None
    for line in lines:
        if event is not None and (
            line["path"] != event["path"]
            or line["start_seconds"] is None
            or line["start_seconds"] > event["end_seconds"]
        ):
            yield event
            event = None
        if line["score"] is None:
            yield line
            continue
        if not rule.is_event(line["score"]):
            continue
        if event is None:
            event = {"start_seconds": line["start_seconds"], "score": -math.inf, "n_windows": 0}
            inner = None
        elif event["n_windows"] > 1 and (inner is None or last["score"] > inner["score"]):
            inner = last
        last = line
        n_windows, start = event["n_windows"] + 1, event["start_seconds"]
        if line["score"] > event["score"]:
            per_hour = rule.false_per_hour(line["score"])
            event = {**line, "peak_seconds": line["start_seconds"], "false_events_per_hour": per_hour}
        told = event["peak_seconds"] if inner is None else inner["start_seconds"]
        event |= {"start_seconds": start, "end_seconds": line["end_seconds"], "n_windows": n_windows}
        event["told_seconds"] = told
    if event is not None:
        yield event
