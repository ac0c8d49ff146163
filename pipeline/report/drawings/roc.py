"""What does each threshold cost?

Conventions: a receiver operating characteristic has the share of the target's clips flagged (false alarms)
on x and of other words' clips on y; both from 0 to 1.
"""

import numpy as np
from markupsafe import Markup

from pipeline.html import (
    Scale,
    drawing,
    element,
    group,
    isolated,
    line,
    number,
    path_through,
    title,
)
from pipeline.runs import Run

__all__ = ["draw_roc", "extreme_words", "roc_curve"]

PARTIAL_FPR = 0.1  # the false-alarm rate up to which the partial area is taken
N_ROC_POINTS = 240  # more would not be seen


def roc_curve(normal: np.ndarray, strange: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return false-alarm and hit rates at every threshold, from the strictest to the loosest.

    Args:
        normal: scores of the target's clips, ``(n,)``.
        strange: scores of other clips, ``(m,)``.

    Returns:
        False-alarm rates and hit rates, each from 0 to 1.
    """
    thresholds = np.unique(np.concatenate([normal, strange]))[::-1]
    false_alarms = 1 - np.searchsorted(np.sort(normal), thresholds, side="left") / normal.size
    hits = 1 - np.searchsorted(np.sort(strange), thresholds, side="left") / strange.size
    return np.concatenate([[0.0], false_alarms]), np.concatenate([[0.0], hits])


def draw_roc(run: Run, width: int, name: str) -> Markup:
    """Return the pooled ROC, those of the easiest and the hardest word, and the partial area up to 0.1.

    Args:
        run: the run.
        width: pixels; the drawing is about square.
        name: unique on the page.
    """
    if not run.target_scores.size or not run.other_scores.size:
        return Markup("")
    across, up = Scale(0, 1, 36.0, width - 10.0), Scale(0, 1, width - 24.0, 30.0)
    pooled = roc_curve(run.target_scores, run.other_scores)
    children = [*_roc_frame(across, up)]
    shaded = _partial_region(*pooled)
    region = path_through([(across(x), up(y)) for x, y in shaded], close=True)
    children.append(
        element("path", title("area up to a false-alarm rate of 0.1"), d=region, class_="partial")
    )
    for role, word in extreme_words(run).items():
        curve = roc_curve(run.target_scores, run.scores.of(word))
        children.append(_roc_line(curve, across, up, role, f"{role} {run.noun}, {isolated(word)}"))
    children.append(_roc_line(pooled, across, up, "pooled", f"all other {run.nouns} together"))
    return drawing(
        name,
        width,
        width + 20.0,
        "Receiver operating characteristic",
        f"Share of other {run.nouns}' clips that are flagged, against the target's share, at every "
        "threshold.",
        *children,
    )


def extreme_words(run: Run) -> dict[str, str]:
    """Return the easiest and the hardest word, of those with clips enough for a curve where there are any."""
    words = run.well_tested_words or list(run.words)
    drawn = [word for word in words if run.scores.of(word).size]
    return (
        dict(zip(("hardest", "easiest"), dict.fromkeys([drawn[-1], drawn[0]]), strict=False)) if drawn else {}
    )


def _partial_region(false_alarms: np.ndarray, hits: np.ndarray) -> list[tuple[float, float]]:
    at_limit = float(np.interp(PARTIAL_FPR, false_alarms, hits))
    inside = [(float(x), float(y)) for x, y in zip(false_alarms, hits, strict=True) if x <= PARTIAL_FPR]
    return [(0.0, 0.0), *_thinned(inside), (PARTIAL_FPR, at_limit), (PARTIAL_FPR, 0.0)]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= N_ROC_POINTS:
        return points
    chosen = np.unique(np.linspace(0, len(points) - 1, N_ROC_POINTS).round().astype(int))
    return [points[index] for index in chosen]


def _roc_line(curve: tuple[np.ndarray, np.ndarray], across: Scale, up: Scale, role: str, told: str) -> Markup:
    points = _thinned([(float(x), float(y)) for x, y in zip(*curve, strict=True)])
    drawn = path_through([(across(x), up(y)) for x, y in points])
    return element("path", title(told), d=drawn, class_=f"curve {role}")


def _roc_frame(across: Scale, up: Scale) -> list[Markup]:
    marks = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y, label = across(value), up(value), number(value, 2).rstrip("0").rstrip(".") or "0"
        marks += [
            line(x, up.start, x, up.end, "grid"),
            line(across.start, y, across.end, y, "grid"),
            element("text", label, x=x, y=up.start + 18, class_="tick", text_anchor="middle"),
            element("text", label, x=across.start - 8, y=y + 4, class_="tick", text_anchor="end"),
        ]
    marks.append(line(across(0), up(0), across(1), up(1), "chance-line"))
    x_title = element(
        "text",
        "target clips flagged",
        x=across.end,
        y=up.start + 38,
        class_="axis-title",
        text_anchor="end",
    )
    y_title = element("text", "other clips flagged", x=0, y=14.0, class_="axis-title")
    return [group(marks), x_title, y_title]
