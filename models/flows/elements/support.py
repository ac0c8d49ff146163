"""How does a feature that has a least or a greatest value become one that has none?

By the logarithm of its distance from an end, or of the odds between both. The ends themselves are infinitely
far: a row there, or beyond, has the log-density minus infinity.
Conventions: ends [D], infinite where a feature has none; forward goes from all numbers into the range.
"""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["Support"]


class Support(tfp.bijectors.Bijector):
    """All numbers to the range of each feature, increasing.

    Args:
        low, high: ends of each feature's range [D].
        dtype: float32 or float64.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray, *, dtype: tf.DType) -> None:
        parameters = dict(locals())
        low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
        self._has_low, self._has_high = np.isfinite(low), np.isfinite(high)
        number = dtype.as_numpy_dtype
        self._low = np.where(self._has_low, low, 0.0).astype(number)
        self._high = np.where(self._has_high, high, 0.0).astype(number)
        super().__init__(forward_min_event_ndims=0, dtype=dtype, parameters=parameters, name="support")

    def unbounded(self, x: np.ndarray) -> np.ndarray:
        """Return rows [N, D] in the place of all numbers.

        Raises:
            ValueError: rows lie on or beyond an end.
        """
        low = np.where(self._has_low, self._low, -np.inf)
        high = np.where(self._has_high, self._high, np.inf)
        is_free = ~(self._has_low | self._has_high)
        outside = ~((np.asarray(x) > low) & (np.asarray(x) < high)) & ~is_free
        if outside.any():
            place = int(np.argmax(outside.any(axis=0)))
            raise ValueError(
                f"feature {place} must lie between {low[place]:g} and {high[place]:g}, both left out, and "
                f"{int(outside[:, place].sum())} of {len(x)} rows do not; widen its bounds"
            )
        return np.asarray(self._inverse(tf.constant(x, self.dtype)).numpy())

    def to_noise(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return rows [..., D] in the place of all numbers, and the log-determinant, nats [...]."""
        return self._inverse(x), tf.reduce_sum(self._inverse_log_det_jacobian(x), axis=-1)

    def _distances(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the distance from either end, 1 where there is none."""
        one = tf.ones_like(x)
        return tf.where(self._has_low, x - self._low, one), tf.where(self._has_high, self._high - x, one)

    def _inverse(self, x: tf.Tensor) -> tf.Tensor:
        below, above = self._distances(x)
        free = tf.constant(~(self._has_low | self._has_high))
        return tf.where(free, x, tf.math.log(below) - tf.math.log(above))

    def _inverse_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        below, above = self._distances(x)
        both = self._has_low & self._has_high
        width = np.where(both, self._high - self._low, 1.0).astype(self.dtype.as_numpy_dtype)
        return tf.math.log(width) - tf.math.log(below) - tf.math.log(above)

    def _forward(self, u: tf.Tensor) -> tf.Tensor:
        # Each end's map is given zero where it does not count: an infinity there would spoil gradients.
        one_end = tf.constant(self._has_low ^ self._has_high)
        up = tf.exp(tf.where(one_end & self._has_low, u, tf.zeros_like(u)))
        down = tf.exp(tf.where(one_end & self._has_high, -u, tf.zeros_like(u)))
        inside = self._low + (self._high - self._low) * tf.sigmoid(u)
        ended = tf.where(self._has_low, self._low + up, self._high - down)
        bounded = tf.where(one_end, ended, inside)
        return tf.where(tf.constant(~(self._has_low | self._has_high)), u, bounded)
