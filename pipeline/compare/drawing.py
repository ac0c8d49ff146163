"""How far do two runs differ on each word, drawn as one line a word?

Conventions: right of zero B is better, left of it A. A dot is the difference of AUROC, the line through
it its 95 % interval; it is hollow where the interval holds zero.
"""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.compare.differences import Difference
from pipeline.html import (
    AREA_DIGITS,
    Scale,
    area,
    count,
    drawing,
    element,
    group,
    isolated,
    line,
    signed,
    ticks,
    title,
    visible,
)

__all__ = ["draw_differences"]

ROW = 23.0
TOP = 30.0
CHARACTER = 7.4  # pixels that a character of a label takes, on the safe side
LONGEST_LABEL = {True: 18, False: 11}


def draw_differences(words: Sequence[Difference], width: int, name: str) -> Markup:
    """Return the drawing.

    Args:
        words: the largest gain of B first.
        width: pixels.
        name: unique on the page.
    """
    wide = width >= 600
    longest = max(min(len(visible(one.word)), LONGEST_LABEL[wide]) for one in words)
    left, right = 26.0 + CHARACTER * longest, width - 62.0
    # One word of two clips can be uncertain by the whole scale: it must not press the others together.
    reach = min(max(abs(one.gain) for one in words) * 1.6 + 0.02, 1.0)
    across = Scale(-reach, reach, left, right)
    bottom = TOP + ROW * len(words)
    marks = [
        element("text", "A better", x=left, y=14.0, class_="axis-title", text_anchor="start"),
        element("text", "B better", x=right, y=14.0, class_="axis-title", text_anchor="end"),
    ]
    for value in ticks(-reach, reach, 8 if wide else 3):
        x = across(value)
        marks.append(line(x, TOP - 6, x, bottom, "chance-line" if abs(value) < 1e-9 else "grid"))
        label = signed(value, 2 if reach > 0.03 else 3)
        marks.append(element("text", label, x=x, y=bottom + 16, class_="tick", text_anchor="middle"))
    rows = [_row(one, TOP + ROW * (row + 0.5), across, wide) for row, one in enumerate(words)]
    return drawing(
        name,
        width,
        bottom + 24,
        "Differences of words",
        f"AUROC of B minus A with its 95 % interval for {count(len(words), 'word')}; the table below "
        "holds the same figures.",
        *marks,
        *rows,
    )


def _row(one: Difference, y: float, across: Scale, wide: bool) -> Markup:
    shown, longest = visible(one.word), LONGEST_LABEL[wide]
    label = shown if len(shown) <= longest else shown[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
    told = (
        f"{isolated(one.word)}: {signed(one.gain, AREA_DIGITS)}, 95 % interval {area(one.low)} to "
        f"{area(one.high)}, {count(one.n, 'clip')}"
    )
    parts = [
        title(told),
        element("rect", x=0, y=y - ROW / 2, width=across.end + 60, height=ROW, class_="reach"),
        element("text", label, x=0, y=y + 4, class_="word-label isolate"),
        line(across(one.low), y, across(one.high), y, "whisker"),
        element("circle", cx=across(one.gain), cy=y, r=4.5, class_="dot"),
        element("text", f"{one.n:,}", x=across.end + 50, y=y + 4, class_="tick", text_anchor="end"),
    ]
    return group(parts, class_="row" if one.is_sure else "row unsure")
