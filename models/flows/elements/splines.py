"""Which piecewise map bends a feature as freely as it likes, and has an exact inverse?

Conventions: parameters [..., P, D] of D features; forward takes noise to data; outside of its bound a spline
is the identity.
"""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements.affine import bounded

__all__ = ["SplineElements"]

tfb = tfp.bijectors


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
