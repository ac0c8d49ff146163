"""How do the target's scores differ from those of other words, and what does a threshold cost?

Conventions: scores are in nats, higher is stranger. A receiver operating characteristic has the
share of the target's clips flagged (false alarms) on x and of other words' clips on y.
"""

import math

import numpy as np
from markupsafe import Markup

from pipeline.finished_run import Run
from pipeline.html.svg import Scale, drawing, element, group, line, path_through, ticks, title
from pipeline.html.text import count, isolated, number

__all__ = ["draw_histograms", "draw_roc", "extreme_words", "roc_curve"]

MIN_HISTOGRAM = 30  # clips; a word with fewer is drawn as a line a clip, for bins would be noise
PARTIAL_FPR = 0.1  # the false-alarm rate up to which the partial area is taken
N_ROC_POINTS = 240  # more would not be seen


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
        f"{count(others.size, 'test clip')} of other words. "
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
        children.append(_roc_line(curve, across, up, role, f"{role} word, {isolated(word)}"))
    children.append(_roc_line(pooled, across, up, "pooled", "all other words together"))
    return drawing(
        name,
        width,
        width + 20.0,
        "Receiver operating characteristic",
        "Share of other words' clips that are flagged, against the target's share, at every threshold.",
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
