"""How likely is a clip under each class, when no model heard its speaker?

Each class has a Gaussian: a mean of its own, and the covariance within classes, which all share and which is
drawn towards a multiple of the identity. One factor of it serves every class, so that thirty cost little more
than one.
A first fit is to all clips that may be learned from; those that it takes for another class are left out of
the second. This happens among the learned clips alone: what is judged has no say in it.
Conventions: log-likelihoods in nats, up to a constant that all clips and classes share.
Source: Friedman 1989, "Regularized Discriminant Analysis".
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

__all__ = ["log_likelihoods"]

# Clips that a class keeps at least.
LEAST_KEPT = 2
LEAST_RIDGE = 1e-9


def log_likelihoods(
    clips: np.ndarray, classes: np.ndarray, learned: np.ndarray, n_classes: int, ridge: float
) -> np.ndarray:
    """Return the log-likelihood of every clip that is not learned from, under each class.

    Args:
        clips: a view [N, D].
        classes: number of the class of each clip, -1 for classes that are not learned [N].
        learned: bool [N]; clips of number -1 are not learned from either way.
        n_classes: C.
        ridge: share of the mean variance that is added to each direction's.

    Returns:
        float64 [n not learned, C].
    """
    rows = np.flatnonzero(learned & (classes >= 0))
    models = _fit(clips[rows], classes[rows], n_classes, ridge)
    right = models.log_prob(clips[rows]).argmax(axis=1) == classes[rows]
    counts = np.bincount(classes[rows[right]], minlength=n_classes)
    # A class that the first fit never hears keeps its clips: without them it would have no mean.
    kept = rows[right | (counts < LEAST_KEPT)[classes[rows]]]
    models = _fit(clips[kept], classes[kept], n_classes, ridge)
    return models.log_prob(clips[~learned])


@dataclass(frozen=True, kw_only=True)
class _ClassModels:
    """Means [C, D] in the space in which the covariance within classes is the identity."""

    centre: np.ndarray
    factor: np.ndarray
    means: np.ndarray

    def log_prob(self, clips: np.ndarray) -> np.ndarray:
        """Return the log-likelihoods of clips [n, D]: float64 [n, C]."""
        white = solve_triangular(self.factor, (clips - self.centre).T, lower=True).T
        found = white @ self.means.T - 0.5 * (self.means**2).sum(axis=1)
        found -= 0.5 * (white**2).sum(axis=1)[:, None]
        return np.asarray(found, np.float64)


def _fit(clips: np.ndarray, classes: np.ndarray, n_classes: int, ridge: float) -> _ClassModels:
    clips = clips.astype(np.float64)
    counts = np.bincount(classes, minlength=n_classes)
    means = np.zeros((n_classes, clips.shape[1]))
    np.add.at(means, classes, clips)
    centre = clips.mean(axis=0)
    # A class with no clip to learn from here is at the centre of all, and seldom a clip's likeliest.
    means = np.where(counts[:, None] > 0, means / np.maximum(counts, 1)[:, None], centre)
    within = clips - means[classes]
    covariance = within.T @ within / max(len(clips) - n_classes, 1)
    added = ridge * float(np.trace(covariance)) / len(covariance)
    covariance += max(added, LEAST_RIDGE) * np.eye(len(covariance))
    factor = np.linalg.cholesky(covariance)
    white = solve_triangular(factor, (means - centre).T, lower=True).T
    return _ClassModels(centre=centre, factor=factor, means=white)
