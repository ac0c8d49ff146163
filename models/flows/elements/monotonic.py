"""Which map is as free as a network, and still increases?

The integral of a positive network: z = shift + integral from 0 to x of exp(s(t, h)) dt, whose log-slope is s.
Within [-T, T] a Gauss-Legendre rule takes the integral, outside the map goes on in a straight line. Its
inverse is found by bisection, and its derivatives are those of the implicit function.
Source: Wehenkel and Louppe 2019, "Unconstrained Monotonic Neural Networks", equations 3 and 6.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements.affine import bounded

__all__ = ["MonotonicElements"]

N_NODES = 32
N_HIDDEN = 16
# Of a freely chosen log-slope: the inverse must know where to look.
FREE_BOUND = 10.0
N_HALVINGS = {tf.float32: 26, tf.float64: 55}


class MonotonicElements(tf.Module):
    """Integrals of one positive network, which features share, each with numbers h of its own.

    Args:
        n_signals: numbers h of a feature.
        tail_bound: T.
        log_slope_bound: log-slopes stay within it, smoothly.
        seed: of the network.
        dtype: float32 or float64.
    """

    def __init__(
        self, n_signals: int, tail_bound: float, *, log_slope_bound: float, seed: int, dtype: tf.DType
    ) -> None:
        super().__init__(name="monotonic_elements")
        self.n_parameters = n_signals + 2
        self._bound, self._log_bound = tail_bound, log_slope_bound or FREE_BOUND
        generator = np.random.default_rng([seed, 7])
        start = generator.standard_normal((n_signals + 1, N_HIDDEN))
        self.inner = tf.Variable(start, dtype=dtype, name="inner")
        self.bias = tf.Variable(generator.standard_normal(N_HIDDEN), dtype=dtype, name="bias")
        outer = generator.standard_normal((N_HIDDEN, 1)) / np.sqrt(N_HIDDEN)
        self.outer = tf.Variable(0.1 * outer, dtype=dtype, name="outer")
        nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
        self._nodes, self._weights = (nodes + 1.0) / 2.0, weights / 2.0

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the map of each feature; see ``models.flows.elements.affine.Elements``."""
        shift, log_slope = parameters[..., 0, :], parameters[..., 1, :]
        signals = tf.linalg.matrix_transpose(parameters[..., 2:, :])

        def slope(t: tf.Tensor) -> tf.Tensor:
            """Return the log-slope at ``t`` [..., D], which may have one axis more in front."""
            spread = tf.broadcast_to(signals, tf.concat([tf.shape(t), [signals.shape[-1]]], axis=0))
            inputs = tf.concat([t[..., None] / self._bound, spread], axis=-1)
            hidden = tf.math.tanh(tf.einsum("...i,ih->...h", inputs, self.inner) + self.bias)
            found = tf.einsum("...h,h->...", hidden, self.outer[:, 0]) + log_slope
            return bounded(found, self._log_bound)

        return tfb.Invert(_Integral(slope, shift, self._nodes, self._weights, self._bound))


tfb = tfp.bijectors


class _Integral(tfp.bijectors.Bijector):
    """The integral of exp(slope); forward takes data to noise."""

    def __init__(
        self,
        slope: Callable[[tf.Tensor], tf.Tensor],
        shift: tf.Tensor,
        nodes: np.ndarray,
        weights: np.ndarray,
        bound: float,
    ) -> None:
        parameters = dict(locals())
        self._slope, self._shift, self._reach = slope, shift, bound
        self._nodes = tf.constant(nodes, shift.dtype)
        self._weights = tf.constant(weights, shift.dtype)
        super().__init__(forward_min_event_ndims=0, dtype=shift.dtype, parameters=parameters, name="integral")

    def _within(self, x: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(x, -self._reach, self._reach)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        x = x + tf.zeros_like(self._shift)
        inside = self._within(x)
        shape = tf.concat([[tf.size(self._nodes)], tf.ones([tf.rank(x)], tf.int32)], axis=0)
        slopes = tf.exp(self._slope(tf.reshape(self._nodes, shape) * inside))
        integral = inside * tf.tensordot(self._weights, slopes, axes=[[0], [0]])
        return self._shift + integral + (x - inside) * tf.exp(self._slope(inside))

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return self._slope(self._within(x + tf.zeros_like(self._shift)))

    def _inverse(self, z: tf.Tensor) -> tf.Tensor:
        z = z + tf.zeros_like(self._shift)
        low = tf.fill(tf.shape(z), tf.cast(-self._reach, z.dtype))
        high = -low

        def halve(i: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tuple:
            middle = 0.5 * (low + high)
            is_below = self._forward(middle) < z
            return i + 1, tf.where(is_below, middle, low), tf.where(is_below, high, middle)

        _, low, high = tf.while_loop(
            lambda i, *_: i < N_HALVINGS[z.dtype],
            halve,
            (tf.constant(0), low, high),
            parallel_iterations=1,
        )
        found = tf.stop_gradient(0.5 * (low + high))
        # One step of Newton's: beyond the bound the whole way, within it the last digits and the derivatives.
        slope = tf.stop_gradient(tf.exp(self._slope(found)))
        return found + (z - self._forward(found)) / slope
