"""What do the scores of one run say of each word, and of all words together?

Conventions: a score is higher for stranger clips; a word *outranks* the target where its mean score over
test clips is below the target's. Words are first told from the target one by one, so that words which
were tested by different runs (protocol "auxiliary") can be put together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.errors import PipelineError
from pipeline.evaluation.metrics import auroc

__all__ = ["WELL_TESTED", "WordFigures", "of_words", "summary"]

# An AUROC over fewer clips of a word is a matter of one or two of them.
WELL_TESTED = 10


@dataclass(frozen=True, kw_only=True)
class WordFigures:
    """One word against the target: test clips, AUROC, and whether it looks more normal than the target."""

    n: int
    auroc: float
    outranks: bool


def of_words(
    word: Sequence[str],
    score: np.ndarray,
    target: str,
    *,
    is_finite: np.ndarray | None = None,
) -> dict[str, WordFigures]:
    """Return the figures of every word but the target.

    Args:
        word: of each test clip [N].
        score: of each [N].
        target: the word that is normal.
        is_finite: clips whose score counts in a mean; a floor value would be all that is left of it.

    Raises:
        PipelineError: no clip of the target, or of any other word.
    """
    words = np.array(word, dtype=object)
    normal = words == target
    if not normal.any() or normal.all():
        raise PipelineError(
            f"{int(normal.sum())} of {len(words)} test clips are of {target!r}; both are needed"
        )
    finite = np.ones(len(words), bool) if is_finite is None else is_finite

    def mean(chosen: np.ndarray) -> float:
        return float(np.mean(score[chosen & finite] if (chosen & finite).any() else score[chosen]))

    usual = mean(normal)
    figures = {}
    for name in sorted(set(words) - {target}):
        chosen = words == name
        figures[name] = WordFigures(
            n=int(chosen.sum()), auroc=auroc(score[normal], score[chosen]), outranks=mean(chosen) < usual
        )
    return figures


def summary(words: Mapping[str, WordFigures]) -> dict[str, Any]:
    """Return the figures of one row: means and extremes over words, and the words themselves."""
    worst = min(words, key=lambda name: (words[name].auroc, name))
    tested = [figures.auroc for figures in words.values() if figures.n >= WELL_TESTED]
    return {
        "macro_auroc": float(np.mean([figures.auroc for figures in words.values()])),
        "worst_auroc": words[worst].auroc,
        "worst_word": worst,
        "worst_well_tested_auroc": min(tested) if tested else None,
        "words_outranking_target": sum(figures.outranks for figures in words.values()),
        "n_words": len(words),
        "n_well_tested": len(tested),
        "words": {name: asdict(figures) for name, figures in words.items()},
    }
