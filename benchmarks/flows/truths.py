"""Of which distributions is the log-density known exactly, and hard enough to tell flows apart?

- A rotated mixture: Gaussians of different axes at different places, seen along turned axes.
- A chain of conditionals: each feature is Gaussian, its mean and log-scale curved functions of the three
  before it.
- A warped Gaussian: correlated normal features, each bent by a monotonic spline of its own.

Conventions: float64; rows x [N, D]; log-densities in nats [N]. What a distribution looks like follows from
its size and its seed; NumPy alone computes it, so no flow is measured with its own code.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import logsumexp

__all__ = ["TRUTHS", "ConditionalChain", "RotatedMixture", "Spline", "Truth", "WarpedGaussian"]

LOG_2PI = float(np.log(2 * np.pi))


class Truth(Protocol):
    """A distribution with an exact log-density."""

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw [n, D]."""

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the exact log-density of ``x`` [N, D] in nats, [N]."""


def _rotation(n_features: int, generator: np.random.Generator) -> np.ndarray:
    """Return a random orthogonal matrix [D, D]."""
    q, r = np.linalg.qr(generator.standard_normal((n_features, n_features)))
    return np.asarray(q * np.sign(np.diag(r)))


class RotatedMixture:
    """Four Gaussians, weights 0.4 to 0.1, whose centres are about 4 deviations apart in any dimension.

    Args:
        n_features: D.
        seed: of the centres, axes and rotation.
    """

    def __init__(self, n_features: int, seed: int = 0) -> None:
        generator = np.random.default_rng([seed, n_features, 1])
        self.weights = np.array([0.4, 0.3, 0.2, 0.1])
        # Distances grow with the root of the dimension; the division keeps the overlap the same.
        spread = 3.0 / np.sqrt(n_features)
        self.centres = spread * generator.standard_normal((len(self.weights), n_features))
        self.deviations = np.exp(generator.uniform(-0.7, 0.7, self.centres.shape))
        self.rotation = _rotation(n_features, generator)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw [n, D]."""
        generator = np.random.default_rng(seed)
        which = generator.choice(len(self.weights), n, p=self.weights)
        noise = generator.standard_normal((n, self.centres.shape[1]))
        return np.asarray((self.centres[which] + self.deviations[which] * noise) @ self.rotation.T)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the exact log-density of ``x`` [N, D] in nats, [N]."""
        turned = x @ self.rotation
        each = [
            np.log(weight) + _normal(turned, centre, np.log(deviation)).sum(axis=1)
            for weight, centre, deviation in zip(self.weights, self.centres, self.deviations, strict=True)
        ]
        return np.asarray(logsumexp(each, axis=0))


class ConditionalChain:
    """x_i given the three before it is normal: mean 1.5 sin(a_i h), log-scale 0.7 tanh(b_i h) - 0.5.

    h are the features i-3 to i-1, zero before the first.

    Args:
        n_features: D.
        seed: of a and b.
    """

    REACH = 3

    def __init__(self, n_features: int, seed: int = 0) -> None:
        generator = np.random.default_rng([seed, n_features, 2])
        self.n_features = n_features
        self.for_mean, self.for_log_scale = 0.6 * generator.standard_normal((2, n_features, self.REACH))

    def _conditional(self, before: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
        return 1.5 * np.sin(before @ self.for_mean[i]), 0.7 * np.tanh(before @ self.for_log_scale[i]) - 0.5

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw [n, D]."""
        noise = np.random.default_rng(seed).standard_normal((n, self.n_features))
        x = np.zeros((n, self.REACH + self.n_features))
        for i in range(self.n_features):
            mean, log_scale = self._conditional(x[:, i : i + self.REACH], i)
            x[:, self.REACH + i] = mean + np.exp(log_scale) * noise[:, i]
        return x[:, self.REACH :]

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the exact log-density of ``x`` [N, D] in nats, [N]."""
        padded = np.pad(x, [(0, 0), (self.REACH, 0)])
        total = np.zeros(len(x))
        for i in range(self.n_features):
            total += _normal(x[:, i], *self._conditional(padded[:, i : i + self.REACH], i))
        return total


class Spline(NamedTuple):
    """A monotonic rational-quadratic spline from [-B, B] to itself, and the identity outside of it.

    Source: Durkan et al. 2019, "Neural Spline Flows", equations 4 to 8; Gregory and Delbourgo 1982.

    Attributes:
        x, y: knots, ascending, the first -B and the last B, [K + 1].
        slope: derivatives at the knots, the first and the last 1, [K + 1].
    """

    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray

    @classmethod
    def random(cls, generator: np.random.Generator, n_bins: int = 6, bound: float = 4.0) -> "Spline":
        """Return a spline with bins up to e times as wide or high as others, and slopes from 1/e to e."""
        widths, heights = np.exp(generator.uniform(-0.5, 0.5, (2, n_bins)))
        knots = [
            bound * (2 * np.concatenate([[0], np.cumsum(part)]) / part.sum() - 1)
            for part in (widths, heights)
        ]
        slope = np.ones(n_bins + 1)
        slope[1:-1] = np.exp(generator.uniform(-1, 1, n_bins - 1))
        return cls(knots[0], knots[1], slope)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the spline's value at each ``x`` [N]."""
        inside = self._is_inside(x)
        k = self._bin(self.x, x[inside])
        t = (x[inside] - self.x[k]) / (self.x[k + 1] - self.x[k])
        y = x.copy()
        y[inside] = self._value(k, t)
        return y

    def inverse(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x with forward(x) = y, and log(dx / dy), [N] each."""
        inside = self._is_inside(y)
        k = self._bin(self.y, y[inside])
        height, secant, bend = self._shape(k)
        above = y[inside] - self.y[k]
        a = height * (secant - self.slope[k]) + above * bend
        b = height * self.slope[k] - above * bend
        c = -secant * above
        t = 2 * c / (-b - np.sqrt(b * b - 4 * a * c))
        x, log_det = y.copy(), np.zeros_like(y)
        x[inside] = self.x[k] + t * (self.x[k + 1] - self.x[k])
        log_det[inside] = -self._log_slope(k, t)
        return x, log_det

    def _is_inside(self, value: np.ndarray) -> np.ndarray:
        return (value > self.x[0]) & (value < self.x[-1])

    def _bin(self, knots: np.ndarray, value: np.ndarray) -> np.ndarray:
        return np.clip(np.searchsorted(knots, value, side="right") - 1, 0, len(knots) - 2)

    def _shape(self, k: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        height = self.y[k + 1] - self.y[k]
        secant = height / (self.x[k + 1] - self.x[k])
        return height, secant, self.slope[k] + self.slope[k + 1] - 2 * secant

    def _value(self, k: np.ndarray, t: np.ndarray) -> np.ndarray:
        height, secant, bend = self._shape(k)
        share = (secant * t * t + self.slope[k] * t * (1 - t)) / (secant + bend * t * (1 - t))
        return np.asarray(self.y[k] + height * share)

    def _log_slope(self, k: np.ndarray, t: np.ndarray) -> np.ndarray:
        _, secant, bend = self._shape(k)
        inner = self.slope[k + 1] * t * t + 2 * secant * t * (1 - t) + self.slope[k] * (1 - t) ** 2
        return np.asarray(2 * np.log(secant) + np.log(inner) - 2 * np.log(secant + bend * t * (1 - t)))


class WarpedGaussian:
    """Correlated normal features, each of variance 1 and bent by its own spline.

    Args:
        n_features: D.
        seed: of the correlations and splines.
    """

    def __init__(self, n_features: int, seed: int = 0) -> None:
        generator = np.random.default_rng([seed, n_features, 3])
        # Turned axes whose deviations run from 0.3 to 2, then scaled to variance 1.
        axes = _rotation(n_features, generator) * np.geomspace(0.3, 2.0, n_features)
        self.mixing = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        self.unmixing = np.linalg.inv(self.mixing)
        self.log_det = float(np.linalg.slogdet(self.unmixing)[1])
        self.splines = [Spline.random(generator) for _ in range(n_features)]

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw [n, D]."""
        noise = np.random.default_rng(seed).standard_normal((n, len(self.splines)))
        straight = noise @ self.mixing.T
        return np.stack([s.forward(u) for s, u in zip(self.splines, straight.T, strict=True)], axis=1)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the exact log-density of ``x`` [N, D] in nats, [N]."""
        pairs = [s.inverse(column) for s, column in zip(self.splines, x.T, strict=True)]
        straight = np.stack([u for u, _ in pairs], axis=1)
        bent = np.sum([log_det for _, log_det in pairs], axis=0)
        noise = straight @ self.unmixing.T
        return np.asarray(_normal(noise, 0.0, 0.0).sum(axis=1) + self.log_det + bent)


def _normal(x: np.ndarray, mean: np.ndarray | float, log_scale: np.ndarray | float) -> np.ndarray:
    """Return the log-density of each number under a normal distribution."""
    z = (x - mean) * np.exp(-np.asarray(log_scale))
    return np.asarray(-0.5 * (z * z + LOG_2PI) - log_scale)


TRUTHS: dict[str, Callable[[int], Truth]] = {
    "rotated mixture": RotatedMixture,
    "conditional chain": ConditionalChain,
    "warped Gaussian": WarpedGaussian,
}
