"""Which of the ways in which a recording deviates is its reason, and how is that told?

The strongest deviation beyond what usual recordings show among themselves; what another one explains is left
out. Conventions: seconds count from where the caller's recording begins, so that a window of hours of sound
is told in the time of these hours.
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, NamedTuple

import numpy as np

from pipeline.explanation.reasons import NO_REASON
from pipeline.explanation.sounds import OTHER_MACHINE, Deviation, Odd, reason_of, sentence_of

__all__ = ["PLACES", "Told", "as_sentence", "tell"]

MOST_SENTENCES = 3
# What strikes is rough, what hums is steady, and a part that is left out makes a cycle longer.
_STRIKES = ("double clicks", "irregular clicks", "rougher", "part of the cycle louder")
EXPLAINS = {
    "periodic impacts": (*_STRIKES, "steadier"),
    "periodic swelling": (*_STRIKES, "steadier"),
    "new tone": ("steadier",),
    "irregular clicks": ("rougher", "burst"),
    "quiet part": ("irregular clicks", "burst", "something missing", "something added", "cycle")
    + ("slower cycle", "part of the cycle louder", "part of the cycle quieter"),
    OTHER_MACHINE: ("new tone", "tone weaker", "periodic impacts", "periodic swelling", "steadier"),
    "pauses louder": ("part of the cycle louder", "double clicks"),
}
# One fault is heard in a few ways and some bands, another machine in many ways and most bands.
LEAST_WAYS, LEAST_ODD_BANDS = 6, 0.5
FAST_BEATS = 10.0  # a second
# Louder and quieter by so much within one cycle: its onsets are others than the usual ones'.
OTHER_ONSETS_DECIBEL = 10.0
PLACES = ("start_seconds", "end_seconds", "low_hertz", "high_hertz", "rate_hertz")


class Told(NamedTuple):
    """A reason, the sentence after it, and where it lies.

    Attributes:
        reason: a few words.
        evidence: a sentence.
        strength: of the reason; 0 where nothing deviates.
        places: seconds, Hz and events a second of the reason by the names of columns; None where it has none.
        marks: where what the sentence tells lies, ``reason``, ``start``, ``end`` (seconds or None), ``low``
            and ``high`` (Hz or None) each: the strongest reason first, single events of one kind one by one.
    """

    reason: str
    evidence: str
    strength: float = 0.0
    places: Mapping[str, float | None] = {}
    marks: tuple[dict[str, Any], ...] = ()


def tell(odd: Sequence[Odd], stands_out: float, seconds: float, start_seconds: float = 0.0) -> Told:
    """Return the reason among deviations, or the largest of them where none stands out.

    Args:
        odd: the strongest first.
        stands_out: the strength from which on one is a reason.
        seconds: of the recording that was heard.
        start_seconds: where that begins in the recording that is told of.
    """
    chosen = _telling(_standing_out(odd, stands_out))
    if not chosen:
        nothing = "it deviates from usual recordings no more than these among themselves"
        first = next(one for one in odd if one.deviation.kind != "odd bands")
        largest = sentence_of(first.deviation.later(start_seconds), seconds)
        most = f"; most in that {largest}" if first.strength > 0 else ""
        return Told(NO_REASON, as_sentence(nothing + most), first.strength)
    found = [one.deviation.later(start_seconds) for one in chosen[:MOST_SENTENCES]]
    return Told(
        reason_of(found[0]),
        as_sentence("; ".join(sentence_of(one, seconds) for one in found)),
        chosen[0].strength,
        _places(found[0]),
        tuple(mark for one in found for mark in _marks(one)),
    )


def _places(found: Deviation) -> dict[str, float | None]:
    """Return where a deviation lies; seconds only where they are of the recording."""
    start, end = (found.start, found.end) if found.has_time else (nan, nan)
    values = (start, end, found.low, found.high, found.rate)
    return dict(zip(PLACES, map(_finite, values), strict=True))


def _marks(found: Deviation) -> list[dict[str, Any]]:
    reason, places = reason_of(found), _places(found)
    span = {"low": places["low_hertz"], "high": places["high_hertz"]}
    if found.moments:
        return [{"reason": reason, "start": at, "end": at, **span} for at in sorted(found.moments)]
    if places["start_seconds"] is None and span["low"] is None:
        return []
    return [{"reason": reason, "start": places["start_seconds"], "end": places["end_seconds"], **span}]


def _standing_out(odd: Sequence[Odd], stands_out: float) -> list[Odd]:
    """Return what may be a reason, the strongest first; before all that it is no machine of these."""
    ways = [one for one in odd if one.strength >= stands_out and one.deviation.kind != "odd bands"]
    bands = [
        one for one in odd if one.deviation.kind == "odd bands" and one.deviation.value >= LEAST_ODD_BANDS
    ]
    if len(ways) >= LEAST_WAYS:
        ways = [*bands, *ways]
    return sorted(ways, key=lambda one: reason_of(one.deviation) != OTHER_MACHINE)


def _telling(odd: Sequence[Odd]) -> list[Odd]:
    """Leave out what another deviation explains, and what repeats a reason; the strongest first."""
    named = [(reason_of(one.deviation), one) for one in odd]
    explained = {reason for name, _ in named for reason in EXPLAINS.get(name, ())}
    # What strikes for a part of the time wavers too; a slow swelling and a wavering are the same.
    if any(name.startswith("periodic") and one.deviation.rate >= FAST_BEATS for name, one in named):
        explained.add("level wavers")
    parts = [(name, one) for name, one in named if name.startswith("part of the cycle")]
    if len(parts) == 2 and all(abs(one.deviation.value) >= OTHER_ONSETS_DECIBEL for _, one in parts):
        explained.update(name for name, _ in parts)
    kept: dict[str, Odd] = {}
    for name, one in named:
        if name not in explained:
            kept.setdefault(name, one)
    return list(kept.values())


def as_sentence(text: str) -> str:
    """Return words with a capital and a full stop."""
    return text[:1].upper() + text[1:] + "."


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
