"""Which of two runs ranks better, in one sentence that names them?

Conventions: gains are told as seen from the better run, so that none has a sign; a difference that these
clips cannot show is told with its interval, B minus A.
"""

from collections.abc import Callable

from pipeline.compare.differences import Differences
from pipeline.compare.runs import Pair
from pipeline.html import AREA_DIGITS, area, count, signed

__all__ = ["verdict_of"]

Name = Callable[[str], str]


def verdict_of(pair: Pair, differences: Differences | None, name: Name) -> str:
    """Return which run ranks better, where the common clips can show it.

    Args:
        pair: two runs.
        differences: of their words, or ``None``.
        name: makes the name of a run what is shown; the sentence is of the type that it returns.
    """
    text = type(name(""))
    a, b = name(pair.a.name), name(pair.b.name)
    if differences is None:
        return text(
            "{} and {} share no test clip of another class, so there is no AUROC to compare, but only which "
            "clips they find strange."
        ).format(a, b)
    macro, n = differences.macro, count(len(differences.words), "word")
    gained = sum(one.is_sure and one.gain > 0 for one in differences.words)
    lost = sum(one.is_sure and one.gain < 0 for one in differences.words)
    if not macro.is_sure:
        bounds = f"{signed(macro.low, AREA_DIGITS)} to {signed(macro.high, AREA_DIGITS)}"
        return text(
            "These clips show no difference between {} and {}: the 95\N{NO-BREAK SPACE}% interval of the "
            "difference in mean AUROC is {}. Of {}, {} better in {} and {} in {}, by their own intervals."
        ).format(a, b, bounds, n, _are(gained), b, f"{lost:,}", a)
    if macro.gain > 0:
        best, other, gain, low, high = b, a, macro.gain, macro.low, macro.high
    else:
        best, other, gain, low, high = a, b, -macro.gain, -macro.high, -macro.low
        gained, lost = lost, gained
    return text(
        "{} ranks better than {}: its mean AUROC is higher by {} (95\N{NO-BREAK SPACE}% interval {} to {}). "
        "Of {}, {} better and {} worse, by their own intervals."
    ).format(best, other, area(gain), area(low), area(high), n, _are(gained), f"{lost:,}")


def _are(n: int) -> str:
    return f"{n:,} {'is' if n == 1 else 'are'}"
