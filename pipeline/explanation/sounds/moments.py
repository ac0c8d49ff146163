"""At which moments does a recording do what usual ones do not: clicks, bursts, silence, an odd cycle?

Conventions: times are seconds from the recording's start; sizes are decibels, that of a quiet part is
doublings of what is usual.
"""

from math import nan

import numpy as np

from pipeline.explanation.sounds.measures import Measured
from pipeline.explanation.sounds.usual import Deviation, Find, Usual, limit_of

__all__ = ["burst_deviation", "click_deviation", "odd_cycle_deviation", "quiet_deviation"]

MOST_MOMENTS = 8  # that are told one by one
HAVE_CYCLES = 0.6  # of the usual recordings


def click_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return moments that stand out of a band by more than usual, and how many there are."""
    own, limit = recording.vectors["crest"], limit_of(usual.vectors["crest"])
    excess = own - limit
    band = int(excess.argmax())
    times, heights = recording.strikes[band]
    # The highest come first.
    strongest = times[heights > limit[band]]
    counted = np.sort(strongest)
    edges = usual.axes.fast_edges
    return Deviation(
        kind="irregular clicks",
        size=max(0.0, float(excess[band])),
        value=float(own[band]),
        usual=float(np.median(usual.vectors["crest"][:, band])),
        start=float(counted[0]) if len(counted) else nan,
        end=float(counted[-1]) if len(counted) else nan,
        moments=tuple(strongest[:MOST_MOMENTS].tolist()),
        low=float(edges[band]),
        high=float(edges[band + 1]),
        rate=len(counted) / recording.seconds,
    )


def burst_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return the moment at which bands are furthest over their median level."""
    excess = recording.vectors["peak"] - limit_of(usual.vectors["peak"])
    band = int(excess.argmax())
    at = float(recording.bursts[band])
    together = np.flatnonzero((excess >= 0.5 * excess[band]) & (np.abs(recording.bursts - at) < 0.1))
    return Deviation(
        kind="burst",
        size=max(0.0, float(excess[band])),
        value=float(recording.vectors["peak"][band]),
        usual=float(np.median(usual.vectors["peak"][:, band])),
        start=at,
        end=at,
        low=float(usual.axes.edges[min(together, default=band)]),
        high=float(usual.axes.edges[max(together, default=band) + 1]),
    )


def quiet_deviation(recording: Measured, usual: Usual) -> Deviation:
    """Return the longest quiet part."""
    own, others = float(recording.vectors["quiet"][0]), usual.vectors["quiet"][:, 0]
    limit = max(float(limit_of(others)), 0.05)
    start, end = recording.quiet
    return Deviation(
        kind="quiet part",
        size=max(0.0, float(np.log2(max(own, 1e-3) / limit))),
        value=own,
        usual=float(np.median(others)),
        start=start,
        end=end,
    )


def odd_cycle_deviation(name: str, kind: str) -> Find:
    """Return what finds a moment of a cycle that lacks or adds something (``lacking``, ``extra``)."""

    def find(recording: Measured, usual: Usual) -> Deviation:
        own, others = float(recording.vectors[name][0]), usual.vectors[name][:, 0]
        time, low, high = getattr(recording, name)
        if np.mean(usual.vectors["period"][:, 0] > 0) < HAVE_CYCLES:
            return Deviation(kind=kind, size=0.0)
        return Deviation(
            kind=kind,
            size=max(0.0, own - float(limit_of(others))),
            value=own,
            usual=float(np.median(others)),
            start=time,
            end=time,
            low=low,
            high=high,
        )

    return find
