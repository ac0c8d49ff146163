"""How well do two reviewers agree, beyond what chance would give?

Conventions: what is compared is the kind of each reviewer's standing verdict on the clips that both
judged; which word is heard in a wrongly labelled clip is not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.verdicts.verdict import Verdict

__all__ = ["Agreement", "agreement_of", "agreements", "cohen_kappa", "disagreements"]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Two reviewers over the clips that both judged.

    Attributes:
        reviewers: their names, sorted.
        n: clips that both judged.
        share: of those on which they say the same.
        kappa: Cohen's, or ``None`` where it is undefined (both said one thing throughout).
    """

    reviewers: tuple[str, str]
    n: int
    share: float
    kappa: float | None


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Return ``(p_o - p_e) / (1 - p_e)`` of two equally long lists of categories, or ``None`` at p_e = 1.

    Source: J. Cohen, A coefficient of agreement for nominal scales, 1960, equation 1.

    Raises:
        ValueError: the lists are empty, or not equally long.
    """
    n = len(one)
    if n == 0 or n != len(other):
        raise ValueError(f"kappa needs two equally long lists, got {n} and {len(other)}; pair them by clip")
    first, second = Counter(one), Counter(other)
    n_same = sum(a == b for a, b in zip(one, other, strict=True))
    by_chance = sum(first[kind] * second[kind] for kind in first)  # n^2 p_e, in whole numbers
    return None if by_chance == n * n else (n * n_same - by_chance) / (n * n - by_chance)


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
    return Agreement(reviewers=pair, n=len(shared), share=n_same / len(shared), kappa=cohen_kappa(*kinds))


def disagreements(standing: Iterable[Verdict]) -> set[str]:
    """Return the clips (``Verdict.clip``) of which reviewers do not say the same, be it the word."""
    first: dict[str, tuple[str, str]] = {}
    split = set()
    for verdict in standing:
        said = (verdict.kind, verdict.word)
        if first.setdefault(verdict.clip, said) != said:
            split.add(verdict.clip)
    return split


def _by_reviewer(standing: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for verdict in standing:
        found.setdefault(verdict.reviewer, {})[verdict.clip] = verdict.kind
    return found
