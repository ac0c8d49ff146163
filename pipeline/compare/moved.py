"""Which clips do two runs judge most differently?

Conventions: a clip's rank is its place among the common test clips, 1 being the strangest. Ranks are
compared, not scores: the nats of two models have no common scale. A changed flag is a changed decision, so
clips that one run alone flags come before those whose place moved; among them the target's come first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.compare.runs import Pair

__all__ = ["MovedClip", "MovedClips", "most_moved"]


@dataclass(frozen=True, kw_only=True)
class MovedClip:
    """One clip and how strange each run finds it."""

    path: str
    word: str
    speaker: str
    rank_a: int
    rank_b: int
    p_a: float
    p_b: float
    flagged_a: bool
    flagged_b: bool


@dataclass(frozen=True, kw_only=True)
class MovedClips:
    """Clips that two runs judge differently; none stands in two lists of those that are shown.

    Attributes:
        flagged_b, flagged_a: that only B, or only A, flags: the target's first, the surest first.
        stranger: that B finds far stranger than A, the largest change first.
        more_usual: likewise far more usual.
    """

    flagged_b: list[MovedClip]
    flagged_a: list[MovedClip]
    stranger: list[MovedClip]
    more_usual: list[MovedClip]


def most_moved(pair: Pair, n: int) -> MovedClips:
    """Return all clips whose flag changed, and the others that moved most.

    Args:
        pair: two runs.
        n: at most so many of those that moved each way.
    """
    a, b = pair.a.run.scores, pair.b.run.scores
    rank_a, rank_b = _ranks(a.score[pair.rows_a]), _ranks(b.score[pair.rows_b])
    flagged_a, flagged_b = a.flagged[pair.rows_a].astype(bool), b.flagged[pair.rows_b].astype(bool)
    is_other = pair.word != pair.a.run.target
    change = rank_a - rank_b  # positive: nearer to the top of B's list

    def clips(places: Iterable[int]) -> list[MovedClip]:
        return [
            MovedClip(
                path=str(a.path[i]),
                word=str(a.word[i]),
                speaker=str(a.speaker[i] or ""),
                rank_a=int(rank_a[place]),
                rank_b=int(rank_b[place]),
                p_a=float(a.p_value[i]),
                p_b=float(b.p_value[j]),
                flagged_a=bool(flagged_a[place]),
                flagged_b=bool(flagged_b[place]),
            )
            for place in places
            for i, j in [(pair.rows_a[place], pair.rows_b[place])]
        ]

    def surest(places: np.ndarray, rank: np.ndarray) -> list[MovedClip]:
        return clips(sorted(places.tolist(), key=lambda place: (is_other[place], rank[place], place)))

    order = np.argsort(-change, kind="stable")
    moved = order[(flagged_a == flagged_b)[order]]
    return MovedClips(
        flagged_b=surest(np.flatnonzero(flagged_b & ~flagged_a), rank_b),
        flagged_a=surest(np.flatnonzero(flagged_a & ~flagged_b), rank_a),
        stranger=clips([place for place in moved[:n] if change[place] > 0]),
        more_usual=clips([place for place in moved[::-1][:n] if change[place] < 0]),
    )


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return 1 for the highest score; equal scores share the best rank of them."""
    ordered = np.sort(-scores)
    return np.asarray(np.searchsorted(ordered, -scores, side="left") + 1)
