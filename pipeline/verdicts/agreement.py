"""How well do two reviewers agree, beyond what chance would give?

Conventions: what is compared is the kind of each reviewer's standing verdict on the clips that both
judged; which word is heard in a wrongly labelled clip is not. Who is unsure has not judged, and who decides
between others has seen what they said: neither counts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.verdicts.verdict import UNSURE, Verdict

__all__ = ["Agreement", "agreement_of", "agreements", "cohen_kappa", "disagreements", "kappa_interval"]

Z95 = 1.959964  # of a normal distribution


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Two reviewers over the clips that both judged.

    Attributes:
        reviewers: their names, sorted.
        n: clips that both judged.
        share: of those on which they say the same.
        kappa: Cohen's, or ``None`` where it is undefined (both said one thing throughout).
        kappa_ci95: its 95 % interval, or ``None`` likewise.
    """

    reviewers: tuple[str, str]
    n: int
    share: float
    kappa: float | None
    kappa_ci95: tuple[float, float] | None = None


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Return ``(p_o - p_e) / (1 - p_e)`` of two equally long lists of categories, or ``None`` at p_e = 1.

    Source: J. Cohen, A coefficient of agreement for nominal scales, 1960, equation 1.

    Raises:
        ValueError: the lists are empty, or not equally long.
    """
    n = len(one)
    if n == 0 or n != len(other):
        raise ValueError(f"kappa needs two equally long lists, got {n} and {len(other)}; pair them by clip")
    n_same = sum(a == b for a, b in zip(one, other, strict=True))
    by_chance = _chance(one, other)
    return None if by_chance == n * n else (n * n_same - by_chance) / (n * n - by_chance)


def kappa_interval(one: Sequence[str], other: Sequence[str]) -> tuple[float, float] | None:
    """Return the 95 % interval of Cohen's kappa, or ``None`` where kappa is undefined.

    As in Cohen's own standard error the agreement by chance is taken as known, so that kappa is a line in the
    observed agreement; this one has Wilson's interval, which is no point where two agree throughout. Cheap.
    The large-sample error of Fleiss, Cohen and Everitt (1969) is too small for the few dozen clips of a
    review: where two agree well, it is nearly 0.

    Source: J. Cohen, A coefficient of agreement for nominal scales, 1960; E. B. Wilson, Probable inference,
    the law of succession, and statistical inference, 1927.

    Raises:
        ValueError: the lists are empty, or not equally long.
    """
    n, kappa = len(one), cohen_kappa(one, other)
    if kappa is None:
        return None
    share = sum(a == b for a, b in zip(one, other, strict=True)) / n
    chance = _chance(one, other) / n**2
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    low, high = ((p - chance) / (1 - chance) for p in (middle - half, middle + half))
    return max(low, -1.0), min(high, 1.0)


def _chance(one: Sequence[str], other: Sequence[str]) -> int:
    """Return n^2 times the agreement by chance, in whole numbers."""
    first, second = Counter(one), Counter(other)
    return sum(first[kind] * second[kind] for kind in first)


def agreements(standing: Iterable[Verdict]) -> list[Agreement]:
    """Return the agreement of each pair of reviewers with a clip in common, most clips first."""
    by_reviewer = _by_reviewer(standing)
    pairs = [agreement_of(by_reviewer, pair) for pair in combinations(sorted(by_reviewer), 2)]
    return sorted((pair for pair in pairs if pair is not None), key=lambda pair: -pair.n)


def agreement_of(by_reviewer: Mapping[str, Mapping[str, str]], pair: tuple[str, str]) -> Agreement | None:
    """Return the agreement of two reviewers, or ``None`` where they have no clip in common.

    Args:
        by_reviewer: for each reviewer, the kind of verdict on each clip.
        pair: their names.
    """
    one, other = (by_reviewer[name] for name in pair)
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return None
    kinds = [one[clip] for clip in shared], [other[clip] for clip in shared]
    n_same = sum(a == b for a, b in zip(*kinds, strict=True))
    return Agreement(
        reviewers=pair,
        n=len(shared),
        share=n_same / len(shared),
        kappa=cohen_kappa(*kinds),
        kappa_ci95=kappa_interval(*kinds),
    )


def disagreements(standing: Iterable[Verdict]) -> dict[str, bool]:
    """Return the clips (``Verdict.clip``) of which reviewers do not say the same, be it the word.

    With each clip stands whether somebody has decided between them since.
    """
    said: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    decided = set()
    for verdict in standing:
        if verdict.decides:
            decided.add(verdict.clip)
        elif verdict.kind != UNSURE:
            said[verdict.clip].add((verdict.kind, verdict.word))
    return {clip: clip in decided for clip, opinions in said.items() if len(opinions) > 1}


def _by_reviewer(standing: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for verdict in standing:
        if verdict.kind != UNSURE and not verdict.decides:
            found.setdefault(verdict.reviewer, {})[verdict.clip] = verdict.kind
    return found
