"""What do the baselines make of a cross-fitted run's clips, each judged without its own recording?

A baseline that was fitted to a clip finds it as normal as can be, and would beat every detector that was not.
So baselines are cross-fitted as the detector is: a clip of the target has the score of a baseline that was
fitted to other folds, a clip of another class the mean over all of these baselines. Folds are taken together,
so that at most ``N_FITS`` of each baseline are fitted, for some of them take long.
"""

import numpy as np

from pipeline.evaluation.baselines import Vectors, baseline_scores
from pipeline.runs import ClipTable

__all__ = ["N_FITS", "cross_fitted_scores"]

N_FITS = 5


def cross_fitted_scores(
    table: ClipTable, train: np.ndarray, rows: np.ndarray, vectors: Vectors
) -> dict[str, np.ndarray]:
    """Return each baseline's scores of ``rows``, as ``baseline_scores`` does.

    Args:
        table: the clips.
        train: rows of the target, in folds, that may be fitted to.
        rows: rows to score: of the same folds, and of other classes.
        vectors: what the baselines see of clips [N, ...], as [N, D].
    """
    folds = sorted(set(table.split[train]), key=lambda name: int(name.rpartition("_")[2]))
    found: dict[str, np.ndarray] = {}
    n_fits = min(N_FITS, len(folds))
    is_own = np.isin(table.split[rows], folds)
    for number in range(n_fits):
        held_out = folds[number::n_fits]
        fitted = train[~np.isin(table.split[train], held_out)]
        scored = np.isin(table.split[rows], held_out) | ~is_own
        for name, values in baseline_scores(table, fitted, rows[scored], vectors).items():
            weight = np.where(is_own[scored], 1.0, 1.0 / n_fits)
            found.setdefault(name, np.zeros(len(rows)))[scored] += weight * values
    return found
