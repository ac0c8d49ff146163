"""Of the first k clips of a list, how many did reviewers find to be bad?

Conventions: the list is ranked, the strangest clip first. Precision is over the clips that were
judged; ``coverage`` says how many of the first k those are, and ``at_least`` counts every clip that
was not as good, so that a precision over few clips cannot mislead. Disputed clips are not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.verdicts.decisions import DISPUTED, Decision

__all__ = ["PrecisionAt", "precision_at"]


@dataclass(frozen=True, kw_only=True)
class PrecisionAt:
    """What verdicts say of the first clips of a list.

    Attributes:
        k: clips looked at: as asked, or as many as the list has.
        n_judged: of them, those with a settled verdict.
        n_bad: of those, the bad ones.
        precision: ``n_bad / n_judged``, or ``None`` where none was judged.
        coverage: ``n_judged / k``.
        at_least: ``n_bad / k``: the precision if every other clip were good.
    """

    k: int
    n_judged: int
    n_bad: int
    precision: float | None
    coverage: float
    at_least: float


def precision_at(ranked: Sequence[str], verdicts: Mapping[str, Decision], k: int) -> PrecisionAt:
    """Return the precision among the first ``k`` clips of a list.

    Args:
        ranked: each clip as verdicts name it (``Verdict.clip``), the strangest first.
        verdicts: what is settled, by ``Verdict.clip``.
        k: at least 1.

    Raises:
        ValueError: k is below 1, or the list is empty.
    """
    if k < 1 or not ranked:
        raise ValueError(f"precision needs k of at least 1 and a list, got k={k} and {len(ranked)} clips")
    first = ranked[:k]
    found = [verdicts[clip] for clip in first if clip in verdicts]
    judged = [decision for decision in found if decision.kind != DISPUTED]
    n_bad = sum(decision.is_bad for decision in judged)
    return PrecisionAt(
        k=len(first),
        n_judged=len(judged),
        n_bad=n_bad,
        precision=n_bad / len(judged) if judged else None,
        coverage=len(judged) / len(first),
        at_least=n_bad / len(first),
    )
