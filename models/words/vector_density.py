"""How unlikely is a clip by the vectors that a pretrained network makes of it?

    density    -log p(v), less its value at the centre      p: Gaussian of the target's vectors
    ratio      log q(v) - log p(v), likewise                q: Gaussian of those of changed copies

Vectors are brought to length one first: how strongly the network answers is loudness and clearness, in
which direction is the word. Both covariances are shrunk toward a multiple of the identity by the amount
that Ledoit and Wolf derive, so that 22 clips are enough for 288 numbers. What was tried in its place
stands in docs/lab/pretrained.md.
Conventions: vectors are [N, D]; both numbers are in nats, higher for stranger clips.
Source: Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices".
"""

from collections.abc import Mapping

import numpy as np

from models.baselines import ledoit_wolf_shrinkage

__all__ = ["VectorDensity", "unit_length"]

LEAST_LENGTH = 1e-6


class VectorDensity:
    """Two Gaussians of vectors of length one.

    Args:
        size: numbers of a vector, D.
        has_background: whether there is a second Gaussian, and so a ratio.
    """

    def __init__(self, size: int, *, has_background: bool) -> None:
        self.size = size
        sides = ("target", "background") if has_background else ("target",)
        self.gaussians = {side: (np.zeros(size), np.eye(size)) for side in sides}

    def fit(self, vectors: np.ndarray, background: np.ndarray) -> None:
        """Learn both Gaussians.

        Args:
            vectors: of the target's clips [N, D].
            background: of changed copies of them [K, D]; not looked at without a background.
        """
        for side, of_side in zip(self.gaussians, (vectors, background), strict=False):
            self.gaussians[side] = _fitted(unit_length(of_side))

    def surprisals(self, vectors: np.ndarray) -> dict[str, np.ndarray]:
        """Return ``density``, and ``ratio`` where there is a background, of each vector: float64 [N]."""
        distances = [_distance(unit_length(vectors), *gaussian) for gaussian in self.gaussians.values()]
        found = {"density": distances[0]}
        return found if len(distances) == 1 else {**found, "ratio": distances[0] - distances[1]}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {
            f"vectors/{side}/{name}": array
            for side, gaussian in self.gaussians.items()
            for name, array in zip(("mean", "precision"), gaussian, strict=True)
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        for key, current in self.arrays().items():
            if key not in arrays or arrays[key].shape != current.shape:
                raise ValueError(f"{key} needs shape {current.shape}")
        for side in self.gaussians:
            lead = f"vectors/{side}"
            self.gaussians[side] = (arrays[f"{lead}/mean"], arrays[f"{lead}/precision"])


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Return vectors [N, D] brought to length one, float64; zeros stay zeros."""
    vectors = np.asarray(vectors, np.float64)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), LEAST_LENGTH)


def _fitted(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the inverse of the shrunk covariance."""
    n, size = vectors.shape
    if n < 2:
        raise ValueError(f"a covariance needs at least 2 vectors, got {n}")
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    covariance = centred.T @ centred / n
    share = ledoit_wolf_shrinkage(np.einsum("nd,nd->n", centred, centred), float((covariance**2).sum()), size)
    # Equal clips have no covariance at all.
    even = max(float(np.trace(covariance)) / size, LEAST_LENGTH**2)
    shrunk = (1.0 - share) * covariance + max(share, LEAST_LENGTH) * even * np.eye(size)
    return mean, np.linalg.inv(shrunk)


def _distance(vectors: np.ndarray, mean: np.ndarray, precision: np.ndarray) -> np.ndarray:
    centred = vectors - mean
    return np.asarray(0.5 * np.einsum("nd,nd->n", centred @ precision, centred))
