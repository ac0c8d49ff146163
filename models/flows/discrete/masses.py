"""Which exact mass does a layer of increasing maps give to a whole number?

Given the features before it, feature d of an autoregressive layer is an increasing map of a standard normal
variable, whose inverse is f. The mass of the number k, given the features before it, is then exact:

    P(x_d = k | x_1 ... x_d-1) = Phi(f(k + 1/2)) - Phi(f(k - 1/2))

where the least number's cell begins at minus infinity and the greatest's ends at infinity: masses of a
feature sum to one. Features after it are given the whole number, so that discrete ones may stand anywhere.
Conventions: rows x [..., D]; nats, by counting measure for discrete features and Lebesgue measure for others.
Source: Salimans et al. 2017, "PixelCNN++", equation 2, with the increasing map of a flow in the place of
mixtures of logistic distributions.
"""

import math
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.discrete.cells import Cells
from models.flows.elements import Support
from models.flows.layers import Autoregressive

__all__ = ["ExactMasses", "log_normal_mass"]

# Of a deviation: a scale below half a cell would put all cells but one far out.
LEAST_SCALE = 0.5


class ExactMasses(tf.Module):
    """The mixed density of one autoregressive layer; one pass through its network.

    Args:
        cells: the discrete features.
        layer: the one layer of the flow.
        mean, scale: of the standardisation [D].
        support: the map into the ranges of continuous features, if any has one.
    """

    def __init__(
        self,
        cells: Cells,
        layer: Autoregressive,
        mean: tf.Variable,
        scale: tf.Variable,
        support: Support | None,
    ) -> None:
        super().__init__(name="exact_masses")
        self._cells, self._layer, self._mean, self._scale, self._support = cells, layer, mean, scale, support
        self.training = False

    def least_scale(self, scale: np.ndarray) -> np.ndarray:
        """Return the scales [D] with those of discrete features at least half a cell."""
        return np.where(self._cells.is_discrete, np.maximum(scale, LEAST_SCALE), scale)

    def latent(self, x: np.ndarray) -> np.ndarray:
        """Return rows [N, D] that standardise the flow: the whole numbers themselves."""
        self._cells.check(x)
        return x

    def log_prob(self, x: tf.Tensor, given: Mapping[str, Mapping[str, tf.Tensor]]) -> tf.Tensor:
        """Return the log-density of rows [..., D] in nats [...]; minus infinity beside the whole numbers."""
        rows = x if self._support is None else self._support.inverse(x)
        standard = (rows - self._mean) / self._scale
        parameters = self._layer.network(standard, **given.get(self._layer.name, {}))
        total = self._log_masses(x, parameters)
        if len(self._cells.others):
            total += self._log_densities(x, standard, parameters)
        return tf.where(self._cells.contain(x), total, tf.constant(-np.inf, x.dtype))

    def sample(self, noise: tf.Tensor, given: Mapping[str, Mapping[str, tf.Tensor]]) -> tf.Tensor:
        """Return the rows of noise [N, D]: each feature is drawn given whole numbers before it."""
        least, greatest = self._cells.ends(0.0, -1.0, 0.0)
        number = noise.dtype.as_numpy_dtype
        first = (least.astype(number) - self._mean) / self._scale
        last = tf.constant(np.where(self._cells.is_discrete, greatest - least, -1.0), noise.dtype)
        grid = tf.stack([first, 1.0 / self._scale, last])
        drawn = self._layer.draw(noise, grid=grid, **given.get(self._layer.name, {}))
        rows = drawn * self._scale + self._mean
        return self._cells.nearest(rows if self._support is None else self._support.forward(rows))

    def _log_masses(self, x: tf.Tensor, parameters: tf.Tensor) -> tf.Tensor:
        places, number = self._cells.places, x.dtype.as_numpy_dtype
        mean, scale = (tf.gather(one, places) for one in (self._mean, self._scale))
        value = tf.gather(x, places, axis=-1)
        own = tf.gather(parameters, places, axis=-1)
        low, high = (
            self._layer.elements.to_noise(own, (value + side - mean) / scale)[0] for side in (-0.5, 0.5)
        )
        return tf.reduce_sum(
            log_normal_mass(
                low,
                high,
                value <= self._cells.least.astype(number),
                value >= self._cells.greatest.astype(number),
            ),
            axis=-1,
        )

    def _log_densities(self, x: tf.Tensor, standard: tf.Tensor, parameters: tf.Tensor) -> tf.Tensor:
        places = self._cells.others
        own, at = (tf.gather(one, places, axis=-1) for one in (parameters, standard))
        noise, log_slope = self._layer.elements.to_noise(own, at)
        value = -0.5 * (tf.square(noise) + math.log(2.0 * math.pi))
        value += log_slope - tf.math.log(tf.gather(self._scale, places))
        if self._support is not None:
            slopes = self._support.inverse_log_det_jacobian(x, 0)
            value += tf.gather(slopes, places, axis=-1)
        return tf.reduce_sum(value, axis=-1)


def log_normal_mass(
    low: tf.Tensor, high: tf.Tensor, is_least: tf.Tensor, is_greatest: tf.Tensor
) -> tf.Tensor:
    """Return log(Phi(high) - Phi(low)) without loss of digits in the tails and in narrow cells.

    Args:
        low: end of a cell.
        high: its other end, above the first.
        is_least: whether the cell goes down to minus infinity in truth.
        is_greatest: whether it goes up to infinity.
    """
    log_cdf = tfp.distributions.Normal(tf.zeros([], low.dtype), tf.ones([], low.dtype)).log_cdf
    # Where a branch does not count it is given numbers that spoil no gradient.
    top = tf.where(is_least | is_greatest, low + 1.0, high)
    # One tail serves both: mirrored, so that the end of the greater cumulative distribution is below zero.
    is_up = low + top > 0.0
    a, b = tf.where(is_up, -top, low), tf.where(is_up, -low, top)
    width, eps = b - a, np.finfo(low.dtype.as_numpy_dtype).eps
    is_narrow = width < eps**0.25
    one = tf.ones_like(width)
    end = log_cdf(b)
    share = tf.minimum(log_cdf(tf.where(is_narrow, b - one, a)) - end, -eps)
    wide = end + tf.math.log1p(-tf.exp(share))
    middle, across = 0.5 * (a + b), tf.where(is_narrow, width, eps * one)
    # The integral of exp(-middle t - t^2 / 2) over the cell, to the order width^4.
    bend = tf.abs(0.5 * middle * across)
    is_flat = bend < 0.01
    steep = tf.where(is_flat, one, bend)
    curved = steep + tf.math.log1p(-tf.exp(-2.0 * steep)) - tf.math.log(2.0 * steep)
    narrow = -0.5 * (tf.square(middle) + math.log(2.0 * math.pi)) + tf.math.log(across)
    narrow += tf.where(is_flat, tf.square(bend) / 6.0, curved) - tf.square(across) / 24.0
    inside = tf.where(is_narrow, narrow, wide)
    outer = tf.where(is_least, log_cdf(tf.where(is_least, high, one)), inside)
    return tf.where(is_greatest, log_cdf(tf.where(is_greatest, -low, one)), outer)
