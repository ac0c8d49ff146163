"""Which map is as free as a network, and still increases?

The integral of a positive network: z = shift + integral from 0 to x of exp(s(t, h)) dt, whose log-slope is s.
Within [-T, T] a Gauss-Legendre rule takes the integral, outside the map goes on in a straight line. Its
inverse is found by bisection, and its derivatives are those of the implicit function.
Source: Wehenkel and Louppe 2019, "Unconstrained Monotonic Neural Networks", equations 3 and 6.
"""

import numpy as np
import tensorflow as tf

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

    def to_noise(self, parameters: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the integral up to each feature, and its log-slope; see ``Elements``."""
        return self._integral(parameters, x), self._log_slope(parameters, self._within(x))

    def to_data(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Return where the integral is ``z`` [..., D]; see ``Elements``."""
        low = tf.fill(tf.shape(z), tf.cast(-self._bound, z.dtype))
        high = -low

        def halve(i: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tuple:
            middle = 0.5 * (low + high)
            is_below = self._integral(parameters, middle) < z
            return i + 1, tf.where(is_below, middle, low), tf.where(is_below, high, middle)

        _, low, high = tf.while_loop(
            lambda i, *_: i < N_HALVINGS[z.dtype],
            halve,
            (tf.constant(0), low, high),
            parallel_iterations=1,
        )
        found = tf.stop_gradient(0.5 * (low + high))
        # One step of Newton's: beyond the bound the whole way, within it the last digits and the derivatives.
        slope = tf.stop_gradient(tf.exp(self._log_slope(parameters, found)))
        return found + (z - self._integral(parameters, found)) / slope

    def _within(self, x: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(x, -self._bound, self._bound)

    def _integral(self, parameters: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        inside = self._within(x)
        shape = tf.concat([[N_NODES], tf.ones([tf.rank(x)], tf.int32)], axis=0)
        nodes, weights = (tf.constant(one, x.dtype) for one in (self._nodes, self._weights))
        slopes = tf.exp(self._log_slope(parameters, tf.reshape(nodes, shape) * inside))
        integral = inside * tf.tensordot(weights, slopes, axes=[[0], [0]])
        beyond = (x - inside) * tf.exp(self._log_slope(parameters, inside))
        return parameters[..., 0, :] + integral + beyond

    def _log_slope(self, parameters: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
        """Return the log-slope at ``t`` [..., D], which may have one axis more in front."""
        signals = tf.linalg.matrix_transpose(parameters[..., 2:, :])
        spread = tf.broadcast_to(signals, tf.concat([tf.shape(t), [signals.shape[-1]]], axis=0))
        inputs = tf.concat([t[..., None] / self._bound, spread], axis=-1)
        hidden = tf.math.tanh(tf.einsum("...i,ih->...h", inputs, self.inner) + self.bias)
        found = tf.einsum("...h,h->...", hidden, self.outer[:, 0]) + parameters[..., 1, :]
        return bounded(found, self._log_bound)
