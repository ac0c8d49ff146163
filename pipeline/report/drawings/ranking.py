"""How far is each word from the target, drawn as one line a word?

Conventions: the strangest word stands on top, as in the table. A dot is a word's AUROC, the line
through it the 95 % interval, a tick its best baseline; a hollow dot rests on few clips. On wide
drawings a second panel shows the word's mean score, in nats, with the target's mean as a line. The axis
begins just below the lowest dot and the lowest interval of a word with many clips; the interval of one with
few ends at its edge. Where all that is far above chance, chance is left of it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from pipeline.html import (
    Scale,
    area,
    count,
    drawing,
    element,
    group,
    isolated,
    line,
    number,
    path_through,
    ticks,
    title,
    visible,
)
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["draw_ranking"]

ROW = 23.0
TOP = 30.0
CHARACTER = 7.4  # pixels that a character of a label takes, on the safe side
LABEL_MARGIN = 26.0
CHANCE = 0.5
CHANCE_CLEARANCE = 52.0  # pixels around the words "chance 0.5" that hold no other number
AXIS_STEP = 0.05  # the axis begins at a multiple of it
LONGEST_LABEL = {True: 18, False: 11}  # characters that fit before the panel, wide and narrow


def draw_ranking(run: Run, width: int, name: str) -> Markup:
    """Return the ranking of words.

    Args:
        run: the run.
        width: pixels; below 600 only the AUROC panel is drawn.
        name: unique on the page.
    """
    wide = width >= 600
    words = run.words
    bottom = TOP + ROW * len(words)
    longest = max(min(len(visible(word)), LONGEST_LABEL[wide]) for word in words)
    left = LABEL_MARGIN + CHARACTER * longest
    right = width * 0.66 if wide else width - 44.0
    lowest = min(_low(entry) for entry in words.values())  # a lower baseline is left out
    scale = Scale(_axis_start(lowest), 1.0, left, right)
    axis = "AUROC" if scale.low <= CHANCE else f"AUROC (chance is {CHANCE})"
    children = [*_frame(scale, bottom), _header(axis, left, "start"), _header("n", right + 44, "end")]
    means = _mean_scores(run, list(words))
    panel = _score_panel(means, right + 84, width - 10.0) if wide else None
    if panel is not None and run.target_scores.size:
        place = panel(float(run.target_scores.mean()))
        children += [
            _header("mean score", panel.start, "start"),
            line(place, TOP - 6, place, bottom, "target-line"),
            element("text", "target", x=place, y=bottom + 16, class_="accent-text", text_anchor="middle"),
        ]
    for row, (word, entry) in enumerate(words.items()):
        y = TOP + ROW * (row + 0.5)
        children.append(_word(word, entry, _best_baseline(run, word), y, scale, wide))
        if panel is not None and word in means:
            children.append(_mean_mark(means[word], y, panel))
    return drawing(
        name,
        width,
        bottom + 24,
        f"Ranking of {run.nouns}",
        f"AUROC with its 95 % interval for {count(len(words), run.noun, run.nouns)} "
        f"against {isolated(run.target)}, the strangest on top; the table below holds the same figures.",
        *children,
    )


def _low(entry: dict[str, Any]) -> float:
    interval = (entry.get("auroc_ci95") or []) if entry["n"] >= FEW_CLIPS else []
    bounds = [entry.get("auroc"), *interval]
    return min((float(bound) for bound in bounds if bound is not None), default=CHANCE)


def _axis_start(lowest: float) -> float:
    """Return where the axis begins, so that the lowest figure stands clear of its end."""
    return max(0.0, float(np.ceil(lowest / AXIS_STEP - 1e-9) - 1) * AXIS_STEP)


def _header(text: str, x: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=14.0, class_="axis-title", text_anchor=anchor)


def _frame(scale: Scale, bottom: float) -> list[Markup]:
    chance = scale(CHANCE) if scale.low <= CHANCE else -np.inf
    marks = []
    if np.isfinite(chance):
        anchor = "start" if chance < scale.start + CHANCE_CLEARANCE / 2 else "middle"
        told = f"chance {CHANCE}"
        marks = [
            line(chance, TOP - 6, chance, bottom, "chance-line"),
            element("text", told, x=chance, y=bottom + 16, class_="tick", text_anchor=anchor),
        ]
    for value in ticks(scale.low, scale.high, 5):
        x = scale(value)
        if abs(value - CHANCE) > 1e-9:
            marks.append(line(x, TOP - 6, x, bottom, "grid"))
        if abs(x - chance) > CHANCE_CLEARANCE:
            label = number(value, 1 if round(value * 10, 6).is_integer() else 2)
            marks.append(element("text", label, x=x, y=bottom + 16, class_="tick", text_anchor="middle"))
    return marks


def _best_baseline(run: Run, word: str) -> float | None:
    found = [((entry or {}).get("words") or {}).get(word) for entry in run.metrics["baselines"].values()]
    return max((float(value) for value in found if value is not None), default=None)


def _word(
    word: str, entry: dict[str, Any], baseline: float | None, y: float, scale: Scale, wide: bool
) -> Markup:
    n, auroc, interval = entry["n"], entry.get("auroc"), entry.get("auroc_ci95") or [None, None]
    few = n < FEW_CLIPS
    shown = visible(word)
    longest = LONGEST_LABEL[wide]
    label = shown if len(shown) <= longest else shown[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
    parts = [
        element("text", label, x=0, y=y + 4, class_="word-label isolate"),
        element("text", f"{n:,}", x=scale.end + 44, y=y + 4, class_="tick", text_anchor="end"),
    ]
    if None not in interval:
        parts.append(line(scale(interval[0]), y, scale(interval[1]), y, "whisker"))
    if baseline is not None and baseline >= scale.low:
        place = scale(baseline)
        parts.append(line(place, y - 6, place, y + 6, "baseline-mark"))
    if auroc is not None:
        parts.append(element("circle", cx=scale(auroc), cy=y, r=4.5, class_="dot"))
    bounds = f", 95 % interval {area(interval[0])} to {area(interval[1])}" if None not in interval else ""
    uncertain = ", uncertain" if few else ""
    told = f"{isolated(word)}: AUROC {area(auroc)}{bounds}, {count(n, 'clip')}{uncertain}"
    if baseline is not None:
        told += f"; best baseline {area(baseline)}"
    reach = element("rect", x=0, y=y - ROW / 2, width=scale.end + 50, height=ROW, class_="reach")
    return group([title(told), reach, *parts], class_="row few" if few else "row")


def _mean_scores(run: Run, words: Sequence[str]) -> dict[str, float]:
    scores = {word: run.scores.of(word) for word in words}
    return {word: float(values.mean()) for word, values in scores.items() if values.size}


def _score_panel(means: dict[str, float], start: float, end: float) -> Scale | None:
    """Return the scale of mean scores; one far word must not press the others together."""
    finite = np.array([value for value in means.values() if np.isfinite(value)])
    if not finite.size:
        return None
    low, middle = float(finite.min()), float(np.median(finite))
    high = min(float(finite.max()), middle + 4 * max(middle - low, 1e-9))
    margin = 0.12 * max(high - low, 1e-9)
    return Scale(low - margin, high, start, end)


def _mean_mark(mean: float, y: float, scale: Scale) -> Markup:
    place = scale(mean)
    told = title(f"mean score {number(mean, 1)} nats")
    if mean > scale.high:
        arrow = path_through([(place, y), (place - 7, y - 4), (place - 7, y + 4)], close=True)
        return element("path", told, d=arrow, class_="mean-mark")
    return element("circle", told, cx=place, cy=y, r=3.0, class_="mean-mark")
