"""What do textbook detectors make of statistics of a recording, one view at a time and summed?

Conventions: vectors [N, D], not standardised: a decibel weighs the same everywhere; a score is a logarithm,
higher for stranger, so that the scores of several views add up.
Source: the sum takes local density normalisation from Wilkinghoff et al. 2025, arXiv 2509.10951, each
training clip's own distance bounded at 1.2 times their median.
"""

from collections.abc import Callable, Mapping

import numpy as np

from models.baselines.gaussian import ShrunkGaussian
from models.baselines.local_density import LocalDensity, distances

__all__ = ["LocalDensitySum", "Score", "gaussian_view_score", "neighbours_view_score"]

Score = Callable[[np.ndarray], np.ndarray]

N_NEIGHBOURS = 2
N_FOLDS = 3
LEAST = 1e-9  # below it a logarithm says nothing


def neighbours_view_score(train: np.ndarray) -> Score:
    """Return the log of the mean distance to the two nearest of ``train`` [N, D], as a function."""
    k = min(N_NEIGHBOURS, len(train))
    return lambda x: np.log(np.sort(distances(x, train), axis=1)[:, :k].mean(axis=1) + LEAST)


def gaussian_view_score(train: np.ndarray) -> Score:
    """Return the log of the squared distance under a Gaussian of ``train`` [N, D], as a function."""
    density = ShrunkGaussian(train)
    most = float(density.log_prob(density.mean[None])[0])
    return lambda x: np.log(np.maximum(2.0 * (most - density.log_prob(x)), LEAST))


def _local_score(train: np.ndarray) -> Score:
    return LocalDensity(train).log_distance


class LocalDensitySum:
    """The mean over views of two scores: distance over the local distance, and a shrunk Gaussian.

    Each score is centred and scaled by those of training clips under models that were fitted without them,
    three folds; see the module.

    Args:
        views: training vectors [N, D] of each view, at least six clips.
        seed: of the folds.

    Raises:
        ValueError: too few clips.
    """

    def __init__(self, views: Mapping[str, np.ndarray], *, seed: int) -> None:
        n_clips = len(next(iter(views.values())))
        if n_clips < 2 * N_FOLDS:
            raise ValueError(f"{N_FOLDS} folds need at least {2 * N_FOLDS} training clips, got {n_clips}")
        folds = np.random.default_rng(seed).permutation(n_clips) % N_FOLDS
        self._terms: list[tuple[str, Score, float, float]] = []
        for name, vectors in views.items():
            for make in (_local_score, gaussian_view_score):
                held_out = np.empty(n_clips)
                for fold in range(N_FOLDS):
                    held_out[folds == fold] = make(vectors[folds != fold])(vectors[folds == fold])
                scale = max(float(held_out.std()), 1e-6)
                self._terms.append((name, make(vectors), float(held_out.mean()), scale))

    def score(self, views: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the score of clips, float64 [M], higher for stranger."""
        return np.mean(
            [(score(views[name]) - centre) / scale for name, score, centre, scale in self._terms], axis=0
        )
