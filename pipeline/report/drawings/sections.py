"""How strange are the recordings of each domain of each section, side by side on one scale?

Conventions: a dot is a test recording, normal ones above and anomalous ones below the middle of their line; a
tick is the threshold of that domain. Scores rise to the right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from pipeline.html import Scale, drawing, element, group, line, number, ticks, title, visible

__all__ = ["ScoredGroup", "draw_sections"]

ROW, TOP = 46.0, 26.0
LEFT = {True: 130.0, False: 96.0}  # pixels for names, on wide and narrow drawings
FAR = 4.0  # times the spread of the middle half: one far recording must not press the others together


@dataclass(frozen=True, kw_only=True)
class ScoredGroup:
    """Scores of the normal and the anomalous recordings of a domain of a section, and its threshold."""

    name: str
    normal: np.ndarray
    anomalous: np.ndarray
    threshold: float | None


def draw_sections(groups: Sequence[ScoredGroup], width: int, name: str) -> Markup:
    """Return the scores of each group as dots, or ``""`` where there are none.

    Args:
        groups: one line each.
        width: pixels.
        name: unique on the page.
    """
    every = np.concatenate([np.zeros(0), *(np.concatenate([one.normal, one.anomalous]) for one in groups)])
    every = every[np.isfinite(every)]
    if not every.size:
        return Markup("")
    low, high = float(every.min()), _high(every)
    scale = Scale(low, high, LEFT[width >= 600], width - 14.0)
    bottom = TOP + ROW * len(groups)
    children = []
    for at in ticks(low, high, 6 if width >= 600 else 3):
        x = scale(at)
        children.append(line(x, TOP - 6, x, bottom, "grid"))
        children.append(
            element("text", number(at, 1), x=x, y=bottom + 16, class_="tick", text_anchor="middle")
        )
    children.append(element("text", "score", x=scale.start, y=14.0, class_="axis-title"))
    for number_, one in enumerate(groups):
        children.append(_line_of(one, TOP + ROW * (number_ + 0.5), scale))
    return drawing(
        name,
        width,
        bottom + 24,
        "Scores of sections and domains",
        "A dot for each test recording, normal above and anomalous below, a line each section and domain; "
        "the table below holds the figures.",
        *children,
    )


def _high(scores: np.ndarray) -> float:
    low, high = np.quantile(scores, [0.25, 0.75])
    return float(min(scores.max(), high + FAR * max(high - low, 1e-9)))


def _line_of(one: ScoredGroup, y: float, scale: Scale) -> Markup:
    parts = [element("text", visible(one.name), x=0, y=y + 4, class_="word-label isolate")]
    for scores, offset, class_ in (
        (one.normal, -9.0, "section-normal"),
        (one.anomalous, 9.0, "section-anomaly"),
    ):
        parts += [
            element("circle", cx=scale(float(score)), cy=y + offset, r=3.5, class_=class_)
            for score in scores[np.isfinite(scores)]
        ]
    if one.threshold is not None:
        place = scale(one.threshold)
        parts.append(line(place, y - 18, place, y + 18, "section-threshold"))
    told = f"{visible(one.name)}: {len(one.normal)} normal, {len(one.anomalous)} anomalous"
    return group([title(told), *parts])
