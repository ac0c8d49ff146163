"""Which map takes one noise variable to one feature, given its parameters?

A kind of element says how many parameters a feature needs, and makes of parameters [..., P, D] a TFP
bijector that acts on each of the D features by itself; its forward takes noise to data. Parameters near
zero give a map near the identity. Log-scales are bounded smoothly: B tanh(s / B) lies within B.
"""

import math
from typing import Protocol

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["AffineElements", "Elements", "SplineElements", "bounded"]

tfb = tfp.bijectors


def bounded(log_scale: tf.Tensor, bound: float) -> tf.Tensor:
    """Return the log-scale within ``bound`` on either side; a bound of 0 leaves it free."""
    return bound * tf.math.tanh(log_scale / bound) if bound else log_scale


class Elements(Protocol):
    """How many parameters a feature has, and the bijector that they make."""

    n_parameters: int

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the map of ``parameters`` [..., P, D] over [..., D]."""


class AffineElements:
    """x = z exp(log_scale) + shift: a Gaussian conditional.

    Args:
        log_scale_bound: see ``bounded``.

    Source: Papamakarios et al. 2017, equations 3 and 4.
    """

    n_parameters = 2

    def __init__(self, log_scale_bound: float) -> None:
        self.log_scale_bound = log_scale_bound

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return shift after scale; see ``Elements``."""
        shift, log_scale = parameters[..., 0, :], parameters[..., 1, :]
        return tfb.Shift(shift)(tfb.Scale(log_scale=bounded(log_scale, self.log_scale_bound)))


class SplineElements:
    """A monotone rational-quadratic spline on [-T, T], the identity outside.

    Bins are at least 1e-3 of the interval wide and high, and slopes lie between 1e-3 and 1e3: the map stays
    invertible in floating point whatever the network says. A slope is the exponential of its parameter, as
    a scale is, and not a softplus: near the identity a step of the optimiser then moves it further.
    Data should be standardised: what lies beyond T is not transformed.

    Source: Durkan et al. 2019, "Neural Spline Flows", section 3.1.
    """

    least = 1e-3

    def __init__(self, n_bins: int, tail_bound: float) -> None:
        if n_bins < 2 or n_bins * self.least >= 1.0:
            raise ValueError(f"n_bins={n_bins} must lie between 2 and {int(1 / self.least) - 1}")
        self.n_bins = n_bins
        self.tail_bound = tail_bound
        self.n_parameters = 3 * n_bins - 1

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the spline of each feature; see ``Elements``."""
        by_feature = tf.linalg.matrix_transpose(parameters)
        widths, heights, slopes = tf.split(by_feature, [self.n_bins, self.n_bins, self.n_bins - 1], axis=-1)
        slope = tf.exp(bounded(slopes, -math.log(self.least)))
        spline = tfb.RationalQuadraticSpline(
            bin_widths=self._bins(widths),
            bin_heights=self._bins(heights),
            knot_slopes=slope,
            range_min=tf.constant(-self.tail_bound, parameters.dtype),
        )
        # The spline's inverse solves a quadratic equation: data to noise takes its exact side.
        return tfb.Invert(spline)

    def _bins(self, raw: tf.Tensor) -> tf.Tensor:
        share = tf.nn.softmax(raw, axis=-1) * (1.0 - self.n_bins * self.least) + self.least
        return 2.0 * self.tail_bound * share
