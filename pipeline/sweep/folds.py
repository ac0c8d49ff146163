"""Which speakers do the models of each fold not hear, over a whole corpus?

Every speaker is in one fold for all classes alike, so that one set of models judges all that they say. Folds
are of nearly equal numbers of clips, and follow from the seed.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.errors import PipelineError

__all__ = ["fold_of_clips"]


def fold_of_clips(speakers: Sequence[str] | np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each clip, from 0: int [N].

    Raises:
        PipelineError: fewer speakers than folds.
    """
    sizes = Counter(str(name) for name in speakers)
    if len(sizes) < n_folds:
        raise PipelineError(
            f"a sweep with sweep.n_folds={n_folds} needs clips of at least {n_folds} speakers, got "
            f"{len(sizes)}; lower sweep.n_folds, add speakers, or tell them apart with --name-pattern"
        )
    names = [str(name) for name in np.random.default_rng(seed).permutation(sorted(sizes))]
    counts, fold = [0] * n_folds, dict[str, int]()
    # Those with most clips first, each to the fold with fewest so far.
    for name in sorted(names, key=lambda name: -sizes[name]):
        fold[name] = counts.index(min(counts))
        counts[fold[name]] += sizes[name]
    return np.array([fold[str(name)] for name in speakers])
