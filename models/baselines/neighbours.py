"""How far is a clip from the training clips, and what do two baselines without a density make of it?

Both baselines see nothing but squared distances to the training clips, so one matrix product serves
both, whatever the number of features: 25,186 features cost no more memory than the clips themselves.
Conventions: vectors [N, D]; each feature is divided by its deviation over the training clips first, as
the flows and the Gaussian do; a score is higher for stranger clips and is no density.
Source: Ramaswamy et al. 2000, "Efficient Algorithms for Mining Outliers from Large Data Sets" (distance
to the k-th neighbour); Schoelkopf et al. 2001, "Estimating the Support of a High-Dimensional
Distribution" (one-class SVM).
"""

import numpy as np

__all__ = ["RadialSupport", "TrainingClips", "neighbour_score"]

BLOCK = 64  # clips that are standardised in float64 at once


class TrainingClips:
    """Training vectors, standardised, to which distances are taken.

    Args:
        x: training vectors [N, D], any real dtype.

    Raises:
        ValueError: fewer than two vectors.
    """

    def __init__(self, x: np.ndarray) -> None:
        n, self.size = x.shape
        if n < 2:
            raise ValueError(f"distances to training clips need at least 2 of them, got {n}")
        self.mean = x.mean(axis=0, dtype=np.float64)
        deviation = x.std(axis=0, dtype=np.float64)
        # A feature that is constant but for rounding: as in models.flows.flow.
        self.scale = np.maximum(deviation, max(float(deviation.max()), 1e-6) * 1e-6)
        self.vectors = self._standardised(x)
        self._squares = _squares(self.vectors)

    def squared_distances(self, x: np.ndarray) -> np.ndarray:
        """Return squared distances of ``x`` [M, D] to every training vector, float64 [M, N].

        One float32 product: a distance is exact to about 1e-6 of the vectors' squared lengths.
        """
        return self._distances(self._standardised(x))

    def mutual_squared_distances(self) -> np.ndarray:
        """Return the training vectors' squared distances to one another, float64 [N, N]."""
        return self._distances(self.vectors)

    def _distances(self, z: np.ndarray) -> np.ndarray:
        distances = _squares(z)[:, None] + self._squares
        products = z @ self.vectors.T
        products *= 2.0
        distances -= products
        return np.maximum(distances, 0.0, out=distances)

    def _standardised(self, x: np.ndarray) -> np.ndarray:
        z = np.empty(x.shape, np.float32)
        for start in range(0, len(x), BLOCK):
            rows = slice(start, start + BLOCK)
            z[rows] = (x[rows] - self.mean) / self.scale
        return z


def neighbour_score(squared_distances: np.ndarray, k: int) -> np.ndarray:
    """Return each clip's distance to its k-th nearest training clip, float64 [M].

    Args:
        squared_distances: of ``TrainingClips``, [M, N].
        k: neighbours; where there are fewer training clips, the farthest counts.
    """
    k = min(k, squared_distances.shape[1])
    return np.sqrt(np.partition(squared_distances, k - 1, axis=1)[:, k - 1])


class RadialSupport:
    """A one-class support vector machine with a radial kernel exp(-d^2 / D).

    Args:
        clips: training vectors.
        nu: upper bound on the share of training clips outside, lower bound on that of support vectors.
    """

    def __init__(self, clips: TrainingClips, nu: float) -> None:
        from sklearn.svm import OneClassSVM

        self.n_features = clips.size
        self.machine = OneClassSVM(kernel="precomputed", nu=nu)
        self.machine.fit(self._kernel(clips.mutual_squared_distances()))

    def score(self, squared_distances: np.ndarray) -> np.ndarray:
        """Return minus the signed distance to the boundary, float64 [M]: above 0 is outside."""
        return -self.machine.decision_function(self._kernel(squared_distances))

    def _kernel(self, squared_distances: np.ndarray) -> np.ndarray:
        kernel = squared_distances / -self.n_features
        return np.exp(kernel, out=kernel)


def _squares(z: np.ndarray) -> np.ndarray:
    """Return each row's squared length, float64, without a float64 copy of the rows."""
    return np.einsum("nd,nd->n", z, z, dtype=np.float64)
