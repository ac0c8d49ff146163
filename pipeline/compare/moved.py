"""Which clips do two runs judge most differently?

Conventions: a clip's rank is its place among the common test clips, 1 being the strangest. Ranks are
compared, not scores: the nats of two models have no common scale.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.compare.runs import Pair

__all__ = ["MovedClip", "most_moved"]


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


def most_moved(pair: Pair, n: int) -> tuple[list[MovedClip], list[MovedClip]]:
    """Return the clips that B finds far stranger than A, and those that it finds far more usual.

    Args:
        pair: two runs.
        n: at most so many of each, the largest change first.
    """
    a, b = pair.a.run.scores, pair.b.run.scores
    rank_a, rank_b = _ranks(a.score[pair.rows_a]), _ranks(b.score[pair.rows_b])
    change = rank_a - rank_b  # positive: nearer to the top of B's list

    def clip(place: int) -> MovedClip:
        i, j = pair.rows_a[place], pair.rows_b[place]
        return MovedClip(
            path=str(a.path[i]),
            word=str(a.word[i]),
            speaker=str(a.speaker[i] or ""),
            rank_a=int(rank_a[place]),
            rank_b=int(rank_b[place]),
            p_a=float(a.p_value[i]),
            p_b=float(b.p_value[j]),
            flagged_a=bool(a.flagged[i]),
            flagged_b=bool(b.flagged[j]),
        )

    order = np.argsort(-change, kind="stable")
    stranger = [clip(place) for place in order[:n] if change[place] > 0]
    more_usual = [clip(place) for place in order[::-1][:n] if change[place] < 0]
    return stranger, more_usual


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return 1 for the highest score; equal scores share the best rank of them."""
    ordered = np.sort(-scores)
    return np.asarray(np.searchsorted(ordered, -scores, side="left") + 1)
