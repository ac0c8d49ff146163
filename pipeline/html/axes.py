"""Where on a picture of time and frequency does a second stand, and where a hertz?

Conventions: time runs from left to right from 0 to the picture's whole length; frequencies are spaced
logarithmically, the lowest at the bottom. Lines and labels lie over the picture in per cent of its size, so
that they fit it at any width.
"""

import math

from markupsafe import Markup

from pipeline.html.svg import element, group, ticks

__all__ = ["picture_axes"]

N_TIMES, N_TIMES_SHORT = 5, 3
HERTZ = (50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0)
MARGIN = 0.06  # of the picture, where a label would be cut off
LEAST_APART = 0.12


def picture_axes(seconds: float, low_hertz: float, high_hertz: float) -> Markup:
    """Return lines and labels that lie over a picture.

    Args:
        seconds: length of the picture.
        low_hertz: its lower edge.
        high_hertz: its upper edge.
    """
    marks = []
    for at in ticks(0.0, seconds, N_TIMES):
        share = at / seconds if seconds > 0 else 0.0
        if share <= 1.0 - MARGIN:
            marks.append(_mark(x=share, text=f"{at:g} s"))
    octaves = math.log(high_hertz / low_hertz)
    last = 1.0
    for hertz in reversed([one for one in HERTZ if low_hertz < one < high_hertz]):
        share = 1.0 - math.log(hertz / low_hertz) / octaves
        if share <= 1.0 - 2 * MARGIN and (last == 1.0 or share - last >= LEAST_APART):
            # A label near the top stands below its line, where the next one would stand above its own.
            last = share + LEAST_APART if share < LEAST_APART else share
            marks.append(_mark(y=share, text=f"{hertz / 1_000:g} kHz" if hertz >= 1_000 else f"{hertz:g} Hz"))
    return element("svg", group(marks), class_="axes", width="100%", height="100%", aria_hidden="true")


def _mark(*, text: str, x: float | None = None, y: float | None = None) -> Markup:
    if x is not None:
        place = f"{100 * x:.2f}%"
        label = element("text", text, x=place, y="100%", dx=3, dy=-4)
        return element("line", x1=place, x2=place, y1="0", y2="100%") + label
    place = f"{100 * (y or 0.0):.2f}%"
    below = 11 if (y or 0.0) < LEAST_APART else -3
    label = element("text", text, x="100%", y=place, dx=-3, dy=below, text_anchor="end")
    return element("line", x1="0", x2="100%", y1=place, y2=place) + label
