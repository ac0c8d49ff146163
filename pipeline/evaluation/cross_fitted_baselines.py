"""What do the baselines make of a cross-fitted run's clips, each judged without its own recording?

A baseline that was fitted to a clip finds it as normal as can be, and would beat every detector that was not.
So baselines are cross-fitted as the detector is: a clip of the target has the score of a baseline that was
fitted to other folds, a clip of another class the mean over all of these baselines. Folds are taken together,
so that at most ``N_FITS`` of each baseline are fitted, for some of them take long.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["N_FITS", "cross_fitted_scores"]

N_FITS = 5


def cross_fitted_scores(
    split: np.ndarray,
    train: np.ndarray,
    rows: np.ndarray,
    fit_and_score: Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Return each baseline's scores of ``rows``, higher for stranger.

    Args:
        split: of each clip of the run, ``fold_0`` and so on for the target's.
        train: rows of the target, in folds, that may be fitted to.
        rows: rows to score: of the same folds, and of other classes.
        fit_and_score: fits baselines to rows and gives the scores of others.
    """
    folds = sorted(set(split[train]), key=lambda name: int(name.rpartition("_")[2]))
    found: dict[str, np.ndarray] = {}
    n_fits = min(N_FITS, len(folds))
    is_own = np.isin(split[rows], folds)
    for number in range(n_fits):
        held_out = folds[number::n_fits]
        fitted = train[~np.isin(split[train], held_out)]
        scored = np.isin(split[rows], held_out) | ~is_own
        for name, values in fit_and_score(fitted, rows[scored]).items():
            weight = np.where(is_own[scored], 1.0, 1.0 / n_fits)
            found.setdefault(name, np.zeros(len(rows)))[scored] += weight * values
    return found
