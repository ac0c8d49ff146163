"""How do the target's scores differ from those of other words, and how do they spread by themselves?

Conventions: scores are in nats, higher is stranger.
"""

import math

import numpy as np
from markupsafe import Markup

from pipeline.html import (
    Scale,
    count,
    drawing,
    element,
    isolated,
    line,
    number,
    path_through,
    ticks,
)
from pipeline.runs import Run

__all__ = ["draw_histograms", "draw_spread"]

MIN_HISTOGRAM = 30  # clips; a word with fewer is drawn as a line a clip, for bins would be noise

MIN_BINS, MAX_BINS = 6, 48
# A clip farther out than so many widths of the middle half stands in the last bin, and is counted there.
FARTHEST = 6.0


def draw_spread(run: Run, width: int, name: str) -> Markup:
    """Return the numbers of the target's test clips at each score, and a mark for each clip.

    Args:
        run: the run.
        width: pixels.
        name: unique on the page.
    """
    scores = run.target_scores
    if not np.isfinite(scores).any():
        return Markup("")
    wide = width >= 600
    height, left, bottom = (320.0, 34.0, 258.0) if wide else (270.0, 30.0, 194.0)
    edges = _spread_edges(scores, run.threshold)
    shown = np.clip(scores, edges[0], edges[-1])
    counts, _ = np.histogram(shown, edges)
    across = Scale(float(edges[0]), float(edges[-1]), left, width - 1.0)
    up = Scale(0.0, float(counts.max()), bottom, 40.0)
    grid = []
    for value in ticks(0.0, up.high, 4):
        if value and float(value).is_integer():
            y = up(value)
            grid.append(line(left, y, across.end, y, "grid"))
            label = number(value, 0)
            grid.append(element("text", label, x=left - 8, y=y + 4, class_="tick", text_anchor="end"))
    marks = "".join(f"M{across(score):.1f},{bottom + 1.5:.1f}v5" for score in shown.tolist())
    middle = number(float(np.median(scores)), 1)
    return drawing(
        name,
        width,
        height,
        "Histogram of scores",
        f"Scores of {count(scores.size, 'test clip')} of {isolated(run.target)}; "
        f"the median is {middle} nats.",
        *grid,
        element("text", "clips", x=0, y=14.0, class_="axis-title"),
        *_score_axis(edges, scores, across, bottom + 8, 7 if wide else 4),
        element("path", d=_steps(counts, edges, across, up), class_="hist target"),
        element("path", d=marks, class_="rug"),
        *_threshold_mark(run, across, bottom),
    )


def _spread_edges(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Return bin edges that show the threshold, and the clips as long as they are not very far out."""
    finite = scores[np.isfinite(scores)]
    low_quarter, high_quarter = np.quantile(finite, [0.25, 0.75])
    reach = FARTHEST * float(high_quarter - low_quarter) or float(np.ptp(finite)) or 1.0
    low = max(float(finite.min()), float(low_quarter) - reach)
    high = min(float(finite.max()), float(high_quarter) + reach)
    if math.isfinite(threshold):
        low, high = min(low, threshold), max(high, threshold)
    margin = 0.03 * (high - low) or 0.5
    n = int(np.clip(round(2 * math.sqrt(len(finite))), MIN_BINS, MAX_BINS))
    return np.linspace(low - margin, high + margin, n + 1)


def draw_histograms(run: Run, width: int, name: str) -> Markup:
    """Return densities of the scores: target's test clips, all others, and each word hidden in its place.

    The page's script shows one word by the number in ``data-word``, its rank in ``run.words``.

    Args:
        run: the run.
        width: pixels.
        name: unique on the page.
    """
    target, others = run.target_scores, run.other_scores
    if not target.size or not others.size:
        return Markup("")
    wide = width >= 600
    height, left, bottom = (320.0, 1.0, 268.0) if wide else (270.0, 1.0, 204.0)
    edges = _edges(target, others, 48 if wide else 30)
    across = Scale(float(edges[0]), float(edges[-1]), left, width - left)
    shapes = {"target": _density(target, edges), "others": _density(others, edges)}
    words = [run.scores.of(word) for word in run.words]
    of_words = [_density(scores, edges) for scores in words if scores.size >= MIN_HISTOGRAM]
    up = Scale(0.0, float(max(shape.max() for shape in (*shapes.values(), *of_words))), bottom, 40.0)
    drawn = [
        element("path", d=_steps(shapes["others"], edges, across, up), class_="hist others", data_word="all"),
        *(_one_word(rank, scores, edges, across, up) for rank, scores in enumerate(words)),
        element("path", d=_steps(shapes["target"], edges, across, up), class_="hist target"),
    ]
    return drawing(
        name,
        width,
        height,
        "Histogram of scores",
        f"Density of the scores of {count(target.size, 'test clip')} of {isolated(run.target)} and of "
        f"{count(others.size, 'test clip')} of other {run.nouns}. "
        f"Medians: {number(float(np.median(target)), 1)} and {number(float(np.median(others)), 1)} nats.",
        *_score_axis(edges, others, across, bottom, 7 if wide else 4),
        *drawn,
        *_threshold_mark(run, across, bottom),
    )


def _one_word(rank: int, scores: np.ndarray, edges: np.ndarray, across: Scale, up: Scale) -> Markup:
    """Return a word's shape, or a line a clip where there are too few clips for a shape."""
    if scores.size >= MIN_HISTOGRAM:
        shape = _steps(_density(scores, edges), edges, across, up)
        return element("path", d=shape, class_="hist others is-off", data_word=rank)
    lines = "".join(f"M{across(score):.1f},{up.start:.1f}v-36" for score in scores.tolist())
    return element("path", d=lines, class_="rug is-off", data_word=rank)


def _edges(target: np.ndarray, others: np.ndarray, n: int) -> np.ndarray:
    """Return bin edges that keep the target's shape visible where other words lie far away."""
    finite = others[np.isfinite(others)]
    usual = target[np.isfinite(target)]
    if not usual.size or not finite.size:
        return np.linspace(0, 1, n + 1)
    low = float(min(np.quantile(usual, 0.002), np.quantile(finite, 0.005)))
    spread = float(np.quantile(usual, 0.95) - low)
    high = min(float(np.quantile(finite, 0.98)), float(np.quantile(usual, 0.99)) + 5 * spread)
    high = max(high, float(np.quantile(usual, 0.99)))
    margin = 0.03 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, n + 1)


def _density(scores: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of clips in each bin; clips beyond the ends count in the outermost bins."""
    if not scores.size:
        return np.zeros(0)
    counts, _ = np.histogram(np.clip(scores, edges[0], edges[-1]), edges)
    return np.asarray(counts / scores.size)


def _steps(shape: np.ndarray, edges: np.ndarray, across: Scale, up: Scale) -> str:
    corners = np.repeat(np.arange(len(edges)), 2)[1:-1]
    points = [
        (across(float(edges[corner])), up(float(shape[index // 2]))) for index, corner in enumerate(corners)
    ]
    return path_through([(points[0][0], up(0.0)), *points, (points[-1][0], up(0.0))], close=True)


def _score_axis(edges: np.ndarray, others: np.ndarray, across: Scale, bottom: float, n: int) -> list[Markup]:
    marks = [line(across.start, bottom, across.end, bottom, "axis")]
    values = ticks(across.low, across.high, n)
    digits = 0 if all(float(value).is_integer() for value in values) else 1
    digits = digits if len(values) < 2 or values[1] - values[0] >= 0.1 else 2
    for value in values:
        marks.append(
            element(
                "text",
                number(value, digits),
                x=across(value),
                y=bottom + 18,
                class_="tick",
                text_anchor="middle",
            )
        )
    marks.append(
        element(
            "text",
            "score, nats \N{RIGHTWARDS ARROW} stranger",
            x=across.end,
            y=bottom + 38,
            class_="axis-title",
            text_anchor="end",
        )
    )
    beyond = int((others > edges[-1]).sum())
    if beyond:
        note = f"the last bin holds {count(beyond, 'clip')} farther out"
        marks.append(
            element("text", note, x=across.start, y=bottom + (38 if across.end > 500 else 58), class_="tick")
        )
    return marks


def _threshold_mark(run: Run, across: Scale, bottom: float) -> list[Markup]:
    if not math.isfinite(run.threshold) or not across.low <= run.threshold <= across.high:
        return []
    x = across(run.threshold)
    label = "flagged from here \N{RIGHTWARDS ARROW}"
    flip = x > across.end - 140
    place = x - 6 if flip else x + 6
    text = element(
        "text", label, x=place, y=24.0, class_="tick strong", text_anchor="end" if flip else "start"
    )
    return [line(x, 14.0, x, bottom, "threshold"), text]
