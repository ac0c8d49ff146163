"""Which mass does any density give to a whole number, to a bound that is as tight as one pays for?

The flow is a density q of rows whose discrete features fill their cells: the number k is k + u, with u
within half a cell on either side. The mass of k is the integral of q over the cell. Training maximises the
mean of log q(k + u) over uniform u, which is at most the log-mass; scoring takes log mean q(k + u_s) over
points u_1 ... u_S that are the same for every row. Each point is uniform over seeds, so that the mean over
seeds is at most the log-mass too, and nears it as points are added. q lies within the cells, by an outermost
map into the range from half a cell below the least number to half a cell above the greatest.
Conventions: rows x [..., D]; nats, by counting measure for discrete features and Lebesgue measure for others.
Source: Theis et al. 2016, "A note on the evaluation of generative models", section 3.1, for the bound of
training; Hoogeboom et al. 2020, "Learning Discrete Distributions by Dequantization", on importance-weighted
dequantisation, for the bound by several points.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from models.flows.discrete.cells import Cells

__all__ = ["Dequantization", "points_within"]

Given = Mapping[str, Mapping[str, tf.Tensor]]


class Dequantization(tf.Module):
    """The mixed density of a flow over rows whose discrete features fill their cells.

    Args:
        cells: the discrete features.
        density: log q of rows [..., D] and conditions, nats [...].
        forward: from noise to rows.
        n_draws: points of a cell that scoring takes, S; a score costs as much as S rows.
        seed: of the points, and of the noise in training.
        dtype: float32 or float64.

    Attributes:
        training: whether one random point serves each row, drawn anew at each call.
    """

    def __init__(
        self,
        cells: Cells,
        density: Callable[[tf.Tensor, Given], tf.Tensor],
        forward: Callable[[tf.Tensor, Given], tf.Tensor],
        *,
        n_draws: int,
        seed: int,
        dtype: tf.DType,
    ) -> None:
        super().__init__(name="dequantization")
        self._cells, self._density, self._forward, self._seed = cells, density, forward, seed
        # Counts the batches of training: each has noise of its own, the same again after a kill.
        self.n_drawn = tf.Variable(0.0, dtype=tf.float32, trainable=False, name="n_drawn")
        self.training = False
        points = np.zeros((n_draws, len(cells.is_discrete)))
        points[:, cells.places] = points_within(n_draws, len(cells.places), seed)
        self._points = points.astype(dtype.as_numpy_dtype)
        low, high = cells.ends(-np.inf, np.inf, 0.5)
        number = dtype.as_numpy_dtype
        # An end itself is infinitely far; rounding must not reach it.
        self._low = np.nextafter(low.astype(number), number(np.inf))
        self._high = np.nextafter(high.astype(number), number(-np.inf))

    def least_scale(self, scale: np.ndarray) -> np.ndarray:
        """Return the scales [D] as they are: rows that fill their cells vary."""
        return scale

    def latent(self, x: np.ndarray) -> np.ndarray:
        """Return rows [N, D] that fill their cells, each with one point of its own by the seed."""
        self._cells.check(x)
        number = self._low.dtype
        noise = np.random.default_rng([self._seed, 3]).uniform(-0.5, 0.5, np.shape(x))
        with np.errstate(over="ignore"):
            filled = (x + np.where(self._cells.is_discrete, noise, 0.0)).astype(number)
        return np.where(self._cells.is_discrete, np.clip(filled, self._low, self._high), filled)

    def filled(self, x: tf.Tensor, *, for_validation: bool = False) -> tf.Tensor:
        """Return rows [..., D] that fill their cells, each with one random point; in validation the same."""
        count = tf.constant(0) if for_validation else tf.cast(self.n_drawn.assign_add(1.0), tf.int32)
        seed = tf.stack([tf.constant(self._seed % 2**31), count])
        return self._within(x, tf.random.stateless_uniform(tf.shape(x), seed, -0.5, 0.5, x.dtype))

    def log_prob(self, x: tf.Tensor, given: Given) -> tf.Tensor:
        """Return the log-density of rows [..., D] in nats [...]; minus infinity beside the whole numbers."""
        if self.training:
            return self._density(self.filled(x), given)
        n_draws = len(self._points)
        points = tf.reshape(self._points, [n_draws, *[1] * (x.shape.rank - 1), x.shape[-1]])
        spread = {
            name: {
                key: tf.broadcast_to(value, tf.concat([[n_draws], tf.shape(value)], axis=0))
                for key, value in arguments.items()
            }
            for name, arguments in given.items()
        }
        each = self._density(self._within(x[None], points), spread)
        each = tf.where(tf.math.is_nan(each), tf.constant(-np.inf, x.dtype), each)
        total = tf.reduce_logsumexp(each, axis=0) - math.log(n_draws)
        return tf.where(self._cells.contain(x), total, tf.constant(-np.inf, x.dtype))

    def sample(self, noise: tf.Tensor, given: Given) -> tf.Tensor:
        """Return the rows of noise [N, D], with each discrete feature at the number whose cell it is in."""
        return self._cells.nearest(self._forward(noise, given))

    def _within(self, x: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        filled = tf.clip_by_value(x + noise, self._low, self._high)
        return tf.where(self._cells.is_discrete, filled, x)


def points_within(n_points: int, n_features: int, seed: int) -> np.ndarray:
    """Return points that fill a cube of side 1 about zero evenly, [S, K].

    Multiples of the powers of the root of g^(K+1) = g + 1, shifted by the seed: each is uniform over seeds.
    """
    root = 2.0
    for _ in range(60):
        root = (1.0 + root) ** (1.0 / (n_features + 1))
    steps = root ** -np.arange(1.0, n_features + 1.0)
    shift = np.random.default_rng([seed, 4]).random(n_features)
    return np.asarray((shift + np.arange(n_points)[:, None] * steps) % 1.0 - 0.5)
