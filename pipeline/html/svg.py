"""How is a drawing written as SVG that inherits the page's colours?

Conventions: a drawing is made for one width in pixels and is never scaled far from it, so that its
text stays readable: the page holds a wide and a narrow one and shows the one that fits. Colours and
fonts come from classes of the page's style sheet. All text passes through ``markupsafe``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

__all__ = ["Scale", "drawing", "element", "group", "line", "path_through", "ticks", "title"]

Value = str | float | int


@dataclass(frozen=True)
class Scale:
    """A linear map from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; values outside the range stay at its ends."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def element(tag: str, content: Markup | str = "", **attributes: Value) -> Markup:
    """Return one element; a trailing underscore of an attribute falls away, others become hyphens."""
    written = Markup("").join(
        Markup(' {}="{}"').format(Markup(key.rstrip("_").replace("_", "-")), _value(value))
        for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, content)


def _value(value: Value) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def group(children: Iterable[Markup], **attributes: Value) -> Markup:
    """Return a group of elements."""
    return element("g", Markup("").join(children), **attributes)


def title(text: str) -> Markup:
    """Return the text that a pointer resting on its parent shows."""
    return element("title", text)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def path_through(points: Sequence[tuple[float, float]], close: bool = False) -> str:
    """Return path data through points, with one decimal: a tenth of a pixel is not seen."""
    joined = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"M{joined}{'Z' if close else ''}" if points else ""


def drawing(name: str, width: int, height: float, heading: str, text: str, *children: Markup) -> Markup:
    """Return a whole drawing with the title and description that a screen reader speaks.

    Args:
        name: unique on the page.
        width: pixels.
        height: pixels.
        heading: what it is, a few words.
        text: what it shows, a sentence.
        children: elements, the last on top.
    """
    return element(
        "svg",
        element("title", heading, id=f"{name}-title")
        + element("desc", text, id=f"{name}-desc")
        + Markup("").join(children),
        viewBox=f"0 0 {width} {math.ceil(height)}",
        width=width,
        height=math.ceil(height),
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def ticks(low: float, high: float, n: int) -> list[float]:
    """Return about ``n`` round values from ``low`` to ``high``, both included where they are round."""
    if not high > low:
        return [low]
    rough = (high - low) / max(n, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [float(np.round(index * step, 10)) for index in range(first, math.floor(high / step + 1e-9) + 1)]
