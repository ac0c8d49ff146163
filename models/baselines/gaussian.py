"""What does the simplest density, one Gaussian with a full covariance, say of a clip?

The baseline that every flow has to beat, and an oracle for tests. The covariance is shrunk toward a
multiple of the identity by the amount that Ledoit and Wolf derive, so it can be inverted with fewer
clips than features. Only an N x N decomposition is needed: 25,186 features cost no more memory than
the features themselves.
Source: Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices".
"""

import numpy as np

__all__ = ["ShrunkGaussian"]


class ShrunkGaussian:
    """A full-covariance Gaussian over standardised features.

    Args:
        x: training vectors [N, D], any real dtype.

    Raises:
        ValueError: fewer than two vectors.
    """

    def __init__(self, x: np.ndarray) -> None:
        n, size = x.shape
        if n < 2:
            raise ValueError(f"a covariance needs at least 2 vectors, got {n}")
        self.mean = x.mean(axis=0, dtype=np.float64)
        deviation = x.std(axis=0, dtype=np.float64)
        self.scale = np.maximum(deviation, max(float(deviation.max()), 1e-6) * 1e-6)
        z = (x - self.mean) / self.scale
        gram = z @ z.T / n
        self.shrinkage = _ledoit_wolf(z, gram)
        self.variance = float(np.trace(gram)) / size
        values, vectors = np.linalg.eigh(gram)
        kept = values > max(values[-1], 1e-300) * 1e-10
        self.values = values[kept]
        self.directions = z.T @ (vectors[:, kept] / np.sqrt(n * self.values))

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the log-density of ``x`` [M, D] in nats, float64 [M]."""
        z = (x - self.mean) / self.scale
        floor = max(self.shrinkage * self.variance, 1e-12)
        along = (1.0 - self.shrinkage) * self.values + floor
        projected = z @ self.directions
        outside = np.maximum((z**2).sum(axis=1) - (projected**2).sum(axis=1), 0.0)
        distance = (projected**2 / along).sum(axis=1) + outside / floor
        size = len(self.mean)
        log_det = np.log(along).sum() + (size - len(along)) * np.log(floor) + 2.0 * np.log(self.scale).sum()
        return -0.5 * (distance + log_det + size * np.log(2.0 * np.pi))


def _ledoit_wolf(z: np.ndarray, gram: np.ndarray) -> float:
    """Return the shrinkage intensity in [0, 1] from centred ``z`` [N, D] and ``gram`` = z z' / N."""
    n, size = z.shape
    mean_variance = np.trace(gram) / size
    squared_norm = (gram**2).sum() / size
    spread = squared_norm - mean_variance**2
    noise = (np.diag(gram) ** 2).sum() / size - squared_norm / n
    return float(np.clip(noise / spread, 0.0, 1.0)) if spread > 0 else 1.0
