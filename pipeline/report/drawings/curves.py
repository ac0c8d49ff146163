"""How did training go: the mean log-likelihood of each followed set of clips, epoch by epoch?

Conventions: log-likelihoods are in nats a clip, higher is better. The best epoch is the one with the
highest validation value; without that column none is marked, because test clips choose nothing.
"""

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
    title,
    visible,
)
from pipeline.runs import Run

__all__ = ["best_epoch", "draw_training"]

_ROLES = {"batch": "training", "validation": "validation", "test": "test"}
LABEL_HEIGHT = 15.0


def best_epoch(history: dict[str, np.ndarray]) -> float | None:
    """Return the epoch with the highest validation log-likelihood, or ``None`` where it is unknown."""
    values = history.get("validation")
    if values is None or not np.isfinite(values).any():
        return None
    return float(history["epoch"][np.nanargmax(np.where(np.isfinite(values), values, np.nan))])


def draw_training(run: Run, width: int, name: str) -> Markup:
    """Return the curves of ``history.csv``.

    Nothing is drawn of a single epoch.

    Args:
        run: the run.
        width: pixels.
        name: unique on the page.
    """
    history = run.history
    series = {key: values for key, values in history.items() if key != "epoch" and np.isfinite(values).any()}
    if "epoch" not in history or not series or history["epoch"].size < 2:
        return Markup("")
    wide = width >= 600
    epochs = history["epoch"]
    left, right = (44.0, width - 110.0) if wide else (38.0, width - 84.0)
    across = Scale(float(epochs.min()), float(max(epochs.max(), epochs.min() + 1)), left, right)
    up = _vertical(series, 250.0 if wide else 210.0)
    cut = any(bool((values < up.low).any()) for values in series.values())
    children = _frame(across, up, 8 if wide else 4, cut)
    best = best_epoch(history)
    if best is not None:
        flip = across(best) > (left + right) / 2
        children += [
            line(across(best), up.end - 4, across(best), up.start, "threshold"),
            element(
                "text",
                f"best epoch {number(best, 0)}",
                x=across(best) + (-6 if flip else 6),
                y=up.end + 2,
                class_="tick strong",
                text_anchor="end" if flip else "start",
            ),
        ]
    for key, values in series.items():
        role = f"curve {_role(key)}"
        drawn = _line(epochs, values, across, up)
        children.append(element("path", title(_label(key)), d=drawn, class_=role))
    children += _end_labels(series, up, right + 8, 14 if wide else 10)
    last = ", ".join(f"{_label(key)} {number(_last(values), 1)}" for key, values in series.items())
    return drawing(
        name,
        width,
        up.start + 48,
        "Training curves",
        f"Mean log-likelihood over {count(epochs.size, 'epoch')}; at the end, in nats: {last}.",
        *children,
    )


def _role(key: str) -> str:
    return _ROLES.get(key, "monitored")


def _label(key: str) -> str:
    return _ROLES.get(key) or isolated(key)


def _last(values: np.ndarray) -> float:
    return float(values[np.isfinite(values)][-1])


def _vertical(series: dict[str, np.ndarray], bottom: float) -> Scale:
    """Return the scale of log-likelihoods, cut below so that first epochs do not flatten the rest."""
    values = np.concatenate([column[np.isfinite(column)] for column in series.values()])
    settled = np.concatenate([column[len(column) // 5 :] for column in series.values()])
    settled = settled[np.isfinite(settled)] if np.isfinite(settled).any() else values
    low, high = float(np.quantile(settled, 0.01)), float(values.max())
    low = max(float(values.min()), low - 0.25 * (high - low))
    return Scale(low, high + 0.06 * (high - low or 1.0), bottom, 30.0)


def _line(epochs: np.ndarray, values: np.ndarray, across: Scale, up: Scale) -> str:
    """Return a path that breaks where a value is undefined or lies below the drawing."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for epoch, value in zip(epochs.tolist(), values.tolist(), strict=True):
        if np.isfinite(value) and value >= up.low:
            pieces[-1].append((across(epoch), up(value)))
        elif pieces[-1]:
            pieces.append([])
    return "".join(map(path_through, pieces))


def _frame(across: Scale, up: Scale, n: int, cut: bool) -> list[Markup]:
    marks = []
    for value in ticks(up.low, up.high, 5):
        digits = 0 if up.high - up.low > 5 else 1
        marks.append(line(across.start, up(value), across.end, up(value), "grid"))
        label = number(value, digits)
        marks.append(
            element("text", label, x=across.start - 8, y=up(value) + 4, class_="tick", text_anchor="end")
        )
    for value in ticks(across.low, across.high, n):
        if float(value).is_integer():
            label = number(value, 0)
            marks.append(
                element("text", label, x=across(value), y=up.start + 20, class_="tick", text_anchor="middle")
            )
    marks.append(line(across.start, up.start, across.end, up.start, "axis"))
    marks.append(
        element("text", "epoch", x=across.end, y=up.start + 40, class_="axis-title", text_anchor="end")
    )
    if cut:
        note = "the first epochs lie lower"
        marks.append(element("text", note, x=across.start, y=up.start + 40, class_="tick"))
    marks.append(element("text", "log-likelihood, nats", x=0, y=12.0, class_="axis-title"))
    return marks


def _end_labels(series: dict[str, np.ndarray], up: Scale, x: float, longest: int) -> list[Markup]:
    """Return the names of the curves at their ends, moved apart where they would overlap."""
    wanted = sorted((up(_last(values)), key) for key, values in series.items())
    places: list[float] = []
    for y, _ in wanted:
        places.append(max(y, places[-1] + LABEL_HEIGHT) if places else y)
    overflow = max(0.0, places[-1] - up.start)
    labels = []
    for place, (_, key) in zip(places, wanted, strict=True):
        text = _ROLES.get(key) or visible(key)
        text = text if len(text) <= longest else text[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
        labels.append(
            element(
                "text", text, x=x, y=place - overflow + 4, class_=f"curve-label isolate {_role(key)}-label"
            )
        )
    return labels
