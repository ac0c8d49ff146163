"""Where on the picture of a recording lies what its reason tells, and from which second on is it heard?

Conventions: as in ``pipeline.html.axes``; a mark without seconds reaches over all of the time, one without
frequencies over all of the picture's height. Numbers count reasons, from 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from pipeline.html.svg import element, group

__all__ = ["HeardReason", "HeardSpan", "heard_reasons", "picture_marks"]

BESIDE_BUTTON = 36  # pixels: a picture has its play button in that corner
LEAST_SHARE = 0.012  # of the picture; a click is shorter, and a tone thinner, than could be seen


@dataclass(frozen=True)
class HeardSpan:
    """A part of a recording that can be played."""

    start: float
    end: float

    @property
    def text(self) -> str:
        """Its seconds."""
        return f"{self.start:.2f} s" if self.end <= self.start else f"{self.start:.2f} to {self.end:.2f} s"


@dataclass(frozen=True)
class HeardReason:
    """A reason with the parts in which it is heard; none where it has no time, or all of it."""

    number: int
    name: str
    spans: tuple[HeardSpan, ...]


def picture_marks(
    marks: Sequence[Mapping[str, Any]], seconds: float, low_hertz: float, high_hertz: float
) -> Markup:
    """Return frames that lie over a picture.

    Args:
        marks: ``reason``, ``start``, ``end`` (seconds or None), ``low`` and ``high`` (Hz or None) each.
        seconds: length of the picture.
        low_hertz: its lower edge.
        high_hertz: its upper edge.
    """
    octaves = math.log(high_hertz / low_hertz)
    drawn = []
    for number, (_, own) in enumerate(_by_reason(marks), start=1):
        for place, mark in enumerate(own):
            left, right = _widened(*_shares(mark["start"], mark["end"], seconds))
            low, high = mark["low"], mark["high"]
            if low is None or high is None:
                top, bottom = 0.0, 1.0
            else:
                edges = (
                    1.0 - math.log(min(max(at, low_hertz), high_hertz) / low_hertz) / octaves
                    for at in (high, low)
                )
                top, bottom = _widened(*edges)
            box = element(
                "rect",
                x=_per_cent(left),
                y=_per_cent(top),
                width=_per_cent(right - left),
                height=_per_cent(bottom - top),
                rx=2,
            )
            below = 10 if top < 0.1 else -3
            label = element(
                "text",
                str(number),
                x=_per_cent(left),
                y=_per_cent(top),
                dx=3 if left > 0.1 else BESIDE_BUTTON,
                dy=below,
            )
            drawn.append(box if place else box + label)
    if not drawn:
        return Markup("")
    return element("svg", group(drawn), class_="marks", width="100%", height="100%", aria_hidden="true")


def heard_reasons(
    marks: Sequence[Mapping[str, Any]], seconds: float, played_seconds: float
) -> list[HeardReason]:
    """Return each reason with what can be played of it.

    Args:
        marks: as of ``picture_marks``.
        seconds: of the recording.
        played_seconds: of it that can be played, from its start.
    """
    return [
        HeardReason(
            number,
            name,
            tuple(
                HeardSpan(mark["start"], mark["end"])
                for mark in own
                if mark["start"] is not None
                and mark["end"] - mark["start"] < seconds
                and mark["start"] < played_seconds
            ),
        )
        for number, (name, own) in enumerate(_by_reason(marks), start=1)
    ]


def _by_reason(marks: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return [(name, list(own)) for name, own in groupby(marks, key=lambda mark: str(mark["reason"]))]


def _shares(start: float | None, end: float | None, seconds: float) -> tuple[float, float]:
    if start is None or end is None or seconds <= 0:
        return 0.0, 1.0
    return min(max(start / seconds, 0.0), 1.0), min(max(end / seconds, 0.0), 1.0)


def _widened(start: float, end: float) -> tuple[float, float]:
    """Return a span that can be seen, within the picture."""
    lack = max(0.0, LEAST_SHARE - (end - start))
    start = min(max(0.0, start - lack / 2), 1.0 - LEAST_SHARE)
    return start, max(end, start + LEAST_SHARE)


def _per_cent(share: float) -> str:
    return f"{100 * share:.2f}%"
