"""How is a figure written that was measured several times?

Conventions: a figure over seeds is a mean, one over rounds of a clock a median, for a round can be
disturbed; behind either stand the least and the greatest value: so few are too few for any narrower claim.
"""

from collections.abc import Sequence
from statistics import median

import numpy as np

__all__ = ["mean_and_range", "median_and_range", "over_seeds"]


def mean_and_range(
    values: Sequence[float | None], *, digits: int = 3, between: str = " to ", always: bool = False
) -> str:
    """Return the mean, and the range in brackets where its ends differ as they are written.

    Args:
        values: one a seed; ``None`` where a seed has no such figure, and ``""`` where none has.
        digits: after the decimal point.
        between: what stands between the ends of the range.
        always: write the range even where its ends are alike.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    mean, low, high = (f"{value:.{digits}f}" for value in (np.mean(known), min(known), max(known)))
    return mean + (f" ({low}{between}{high})" if always or low != high else "")


def over_seeds(values: Sequence[float | None], digits: int = 2) -> str:
    """Return the same as a narrow cell of a table holds it: 0.94 (0.92-0.97)."""
    return mean_and_range(values, digits=digits, between="-")


def median_and_range(values: Sequence[float]) -> str:
    """Return the median and the range of rates, without a fraction from 100 on."""
    return f"{_short(median(values))} ({_short(min(values))} to {_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
