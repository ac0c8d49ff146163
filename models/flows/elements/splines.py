"""Which piecewise map bends a feature as freely as it likes, and has an exact inverse?

Conventions: parameters [..., P, D] of D features, bins on the axis before the last; outside of its bound a
spline is the identity.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models.flows.elements.affine import bounded

__all__ = ["SplineElements"]


class _Bin(NamedTuple):
    """Where the bin of each feature begins, how wide and high it is, and its slopes at both ends [..., D]."""

    x: tf.Tensor
    width: tf.Tensor
    z: tf.Tensor
    height: tf.Tensor
    slope: tf.Tensor
    next_slope: tf.Tensor

    @property
    def steepness(self) -> tf.Tensor:
        """The mean slope."""
        return self.height / self.width


class SplineElements:
    """A monotone rational-quadratic spline on [-T, T], the identity outside.

    Bins are at least 1e-3 of the interval wide and high, and slopes lie between 1e-3 and 1e3: the map stays
    invertible in floating point whatever the network says. A slope is the exponential of its parameter, as
    a scale is, and not a softplus: near the identity a step of the optimiser then moves it further.
    Data should be standardised: what lies beyond T is not transformed.

    Source: Durkan et al. 2019, "Neural Spline Flows", section 3.1 and appendix A.
    """

    least = 1e-3

    def __init__(self, n_bins: int, tail_bound: float) -> None:
        if n_bins < 2 or n_bins * self.least >= 1.0:
            raise ValueError(f"n_bins={n_bins} must lie between 2 and {int(1 / self.least) - 1}")
        self.n_bins = n_bins
        self.tail_bound = tail_bound
        self.n_parameters = 3 * n_bins - 1

    def to_noise(self, parameters: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise of each feature, and its log-slope; see ``models.flows.elements.Elements``.

        The other way solves a quadratic equation: data to noise has the side that is exact.
        """
        is_inside = tf.abs(x) < self.tail_bound
        within = tf.where(is_inside, x, tf.zeros([], x.dtype))
        found = self._bin_of(parameters, within, by_noise=False)
        steepness = found.steepness
        share = (within - found.x) / found.width
        rest = 1.0 - share
        both = share * rest
        bottom = steepness + (found.slope + found.next_slope - 2.0 * steepness) * both
        z = found.z + found.height * (steepness * share * share + found.slope * both) / bottom
        slope = found.next_slope * share * share + 2.0 * steepness * both + found.slope * rest * rest
        log_slope = 2.0 * tf.math.log(steepness / bottom) + tf.math.log(slope)
        return tf.where(is_inside, z, x), tf.where(is_inside, log_slope, tf.zeros([], x.dtype))

    def to_data(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Return the features of noise ``z`` [..., D]; see ``models.flows.elements.Elements``."""
        is_inside = tf.abs(z) < self.tail_bound
        within = tf.where(is_inside, z, tf.zeros([], z.dtype))
        found = self._bin_of(parameters, within, by_noise=True)
        steepness = found.steepness
        up = within - found.z
        bend = up * (found.slope + found.next_slope - 2.0 * steepness)
        a = found.height * (steepness - found.slope) + bend
        b = found.height * found.slope - bend
        # Above zero but for rounding, which is to make no NaN, neither here nor in a gradient.
        root = tf.sqrt(tf.maximum(b * b + 4.0 * a * steepness * up, np.finfo(z.dtype.as_numpy_dtype).tiny))
        x = found.x + found.width * 2.0 * steepness * up / (b + root)
        return tf.where(is_inside, x, z)

    def _bin_of(self, parameters: tf.Tensor, value: tf.Tensor, *, by_noise: bool) -> _Bin:
        """Return the bin that each ``value`` [..., D] is in, of the data or of the noise."""
        sizes = [self.n_bins, self.n_bins, self.n_bins - 1]
        widths, heights, slopes = tf.split(parameters, sizes, axis=-2)
        log_slopes = bounded(slopes, -math.log(self.least))
        width, height = self._sizes(widths), self._sizes(heights)
        ends = tf.stop_gradient(tf.cumsum((height if by_noise else width)[..., :-1, :], axis=-2))
        # Ones at the bins before a value's own, and at its own: no index, whose gradient scatters.
        is_past = value[..., None, :] >= ends - self.tail_bound
        edge = tf.ones_like(is_past[..., :1, :])
        is_before, is_reached = tf.concat([is_past, ~edge], axis=-2), tf.concat([edge, is_past], axis=-2)
        before, here = (tf.cast(one, value.dtype) for one in (is_before, is_reached & ~is_before))

        def total(places: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
            return tf.reduce_sum(places * values, axis=-2)

        return _Bin(
            x=total(before, width) - self.tail_bound,
            width=total(here, width),
            z=total(before, height) - self.tail_bound,
            height=total(here, height),
            slope=tf.exp(total(here[..., 1:, :], log_slopes)),
            next_slope=tf.exp(total(here[..., :-1, :], log_slopes)),
        )

    def _sizes(self, raw: tf.Tensor) -> tf.Tensor:
        """Return how wide or high each bin is, [..., K, D]."""
        power = tf.exp(raw - tf.stop_gradient(tf.reduce_max(raw, axis=-2, keepdims=True)))
        share = power / tf.reduce_sum(power, axis=-2, keepdims=True)
        return 2.0 * self.tail_bound * (share * (1.0 - self.n_bins * self.least) + self.least)
