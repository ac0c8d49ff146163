"""Which clips of other words are given the target's name, to see whether they are found?"""

from dataclasses import replace

import numpy as np

from pipeline.errors import PipelineError
from pipeline.runs.clip_table import ClipTable

__all__ = ["drawn_of_other_words", "under_the_name"]


def drawn_of_other_words(table: ClipTable, target: str, share: float, seed: int) -> np.ndarray:
    """Return the rows to plant, so that they are ``share`` of the clips that then bear the name.

    Raises:
        PipelineError: the other words have too few clips.
    """
    n_wanted = max(1, round(share / (1.0 - share) * len(table.rows(target))))
    generator = np.random.default_rng(seed)
    words = generator.permutation([str(word) for word in sorted(set(table.word)) if word != target])
    piles = [list(generator.permutation(table.rows(word))) for word in words]
    n_there = sum(len(pile) for pile in piles)
    if n_there < n_wanted:
        raise PipelineError(
            f"planting {share:.0%} takes {n_wanted} clips of words other than {target!r}, "
            f"and the corpus has {n_there}; give lower --shares"
        )
    drawn: list[int] = []
    while len(drawn) < n_wanted:
        piles = [pile for pile in piles if pile]
        drawn += [int(pile.pop()) for pile in piles[: n_wanted - len(drawn)]]
    return np.array(drawn)


def under_the_name(table: ClipTable, rows: np.ndarray, target: str) -> ClipTable:
    """Return the table with some rows' word replaced by the target."""
    word = table.word.copy()
    word[rows] = target
    return replace(table, word=word)
