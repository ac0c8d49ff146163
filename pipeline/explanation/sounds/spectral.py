"""Which tones and bands of a recording are louder, weaker, rougher or steadier than usual?

Conventions: levels are compared with their gains evened out, by the median over bands; sizes of bands are
sums of decibels times octaves, those of tones are decibels.
"""

from dataclasses import replace

import numpy as np

from pipeline.explanation.sounds.measures import Measured
from pipeline.explanation.sounds.usual import LIMIT, Deviation, Find, Usual, limit_of, spread

__all__ = ["level_deviation", "lost_tone", "new_tone", "texture_deviation"]

SAME_TONE = 0.02  # of its frequency
LEAST_TONE = 6.0  # dB over what surrounds it
STRONG_TONE = 12.0
MOST_OF_IT = 0.6  # of the time
WITH_PAUSES = 6.0  # dB from the quiet to the loud parts


def new_tone(recording: Measured, usual: Usual) -> Deviation:
    """Return a tone where usual recordings have none."""
    hertz, tones = usual.axes.tone_hertz, recording.vectors["tones"]
    others = spread(usual.vectors["tones"], hertz, SAME_TONE)
    excess = np.where(tones >= LEAST_TONE, tones - limit_of(others), 0.0)
    top = int(excess.argmax())
    return Deviation(
        kind="new tone",
        size=max(0.0, float(excess[top])),
        value=float(tones[top]),
        usual=float(np.median(others[:, top])),
        low=float(hertz[top]),
        high=float(hertz[top]),
    )


def lost_tone(recording: Measured, usual: Usual) -> Deviation:
    """Return a tone of usual recordings that is weaker or smeared."""
    hertz = usual.axes.tone_hertz
    own = spread(recording.vectors["tones"][None], hertz, 2 * SAME_TONE)[0]
    others = spread(usual.vectors["tones"], hertz, 2 * SAME_TONE)
    least = np.quantile(others, 1 - LIMIT, axis=0)
    lack = np.where(least >= LEAST_TONE, least - own, 0.0)
    top = int(lack.argmax())
    middle = np.median(usual.vectors["tones"], axis=0)
    near = np.abs(hertz - hertz[top]) <= 2 * SAME_TONE * hertz[top] + 2.0
    place = float(hertz[near][middle[near].argmax()])
    return Deviation(
        kind="tone weaker",
        size=max(0.0, float(lack[top])),
        value=float(own[top]),
        usual=float(np.median(others[:, top])),
        low=place,
        high=place,
    )


def level_deviation(name: str, kind: str, sign: float) -> Find:
    """Return what finds louder bands (``sign`` 1) or quieter ones (-1) by one measure of their level."""

    def find(recording: Measured, usual: Usual) -> Deviation:
        middle = np.median(usual.vectors["level"], axis=0)
        own_gain = np.median(recording.vectors["level"] - middle)
        gains = np.median(usual.vectors["level"] - middle, axis=1)
        own, others = recording.vectors[name] - own_gain, usual.vectors[name] - gains[:, None]
        edges = usual.axes.mean_edges if name == "level" else usual.axes.edges
        if name != "level" and _pause(usual) < WITH_PAUSES:
            return Deviation(kind=kind, size=0.0)
        found = _run(kind, sign * own, sign * others, edges)
        if name == "level" and _pause(usual) < WITH_PAUSES:
            start, end = _when(recording, usual, float(own_gain), sign, found)
            found = replace(found, start=start, end=end)
        return found

    return find


def _when(
    recording: Measured, usual: Usual, gain: float, sign: float, found: Deviation
) -> tuple[float, float]:
    """Return the longest part in which bands differ as told; the whole recording where most of it does."""
    edges = usual.axes.edges
    inside = (edges[1:] > found.low) & (edges[:-1] < found.high)
    level = (recording.highest + recording.lowest)[:, inside].mean(axis=1) / 2.0 - gain
    middle = (usual.vectors["quiet_level"] + usual.vectors["loud_level"])[:, inside].mean(axis=1) / 2.0
    held = sign * (level - float(np.median(middle))) >= 0.5 * found.value
    if not held.any() or held.mean() >= MOST_OF_IT:
        return 0.0, recording.seconds
    ends = np.flatnonzero(np.diff(np.concatenate([[0], held.astype(np.int8), [0]])))
    longest = int((ends[1::2] - ends[::2]).argmax())
    step = recording.seconds / len(held)
    return float(ends[::2][longest]) * step, float(ends[1::2][longest]) * step


def _pause(usual: Usual) -> float:
    return float(np.median(usual.vectors["pause"]))


def texture_deviation(name: str, kind: str, sign: float) -> Find:
    """Return what finds bands that change more (``sign`` 1) or less (-1) than usual by one measure."""

    def find(recording: Measured, usual: Usual) -> Deviation:
        found = _run(kind, sign * recording.vectors[name], sign * usual.vectors[name], usual.axes.edges)
        hertz, tones = usual.axes.tone_hertz, recording.vectors["tones"]
        inside = np.flatnonzero((hertz >= found.low) & (hertz <= found.high))
        # What hums is steady: of noise in the same bands the tone leaves little to hear.
        if sign < 0 and len(inside) and tones[inside].max() >= STRONG_TONE:
            found = replace(found, tone=float(hertz[inside[tones[inside].argmax()]]))
        return found

    return find


def _run(kind: str, own: np.ndarray, others: np.ndarray, edges: np.ndarray) -> Deviation:
    """Return the neighbouring bands that exceed what others reach by most, in decibels times octaves."""
    octaves = np.diff(np.log2(edges))
    excess = own - limit_of(others)
    best, first, last, total, begun = 0.0, 0, 0, 0.0, 0
    for band in range(len(excess)):
        total += float(excess[band] * octaves[band])
        if total <= 0.0:
            total, begun = 0.0, band + 1
        elif total > best:
            best, first, last = total, begun, band + 1
    inside = slice(first, max(last, first + 1))
    difference = own[inside] - np.median(others[:, inside], axis=0)
    return Deviation(
        kind=kind,
        size=best,
        value=float(np.average(difference, weights=octaves[inside])),
        low=float(edges[first]),
        high=float(edges[inside.stop]),
    )
