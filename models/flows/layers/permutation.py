"""In which order do features reach a layer?

An order is an index array: output i is input order[i]. The log-determinant of a permutation is zero.
An order that was drawn at random is stored with its flow: NumPy may draw another from the same seed in
another version.
"""

import numpy as np
import tensorflow as tf

from models.flows.layers.constant_jacobian import VolumePreserving

__all__ = ["Order", "Permutation", "permute"]


def permute(x: tf.Tensor, order: np.ndarray | tf.Tensor) -> tf.Tensor:
    """Return ``x`` [..., D] with its last axis in the given order [D].

    The gradient is the inverse permutation and not a scatter, which XLA runs element by element on a CPU.
    An order that is an array is known when a function is traced: none and reversal need no indices then.
    """
    if isinstance(order, np.ndarray):
        places = np.arange(len(order))
        if np.array_equal(order, places):
            return tf.identity(x)
        if np.array_equal(order, places[::-1]):
            return tf.reverse(x, [-1])

    @tf.custom_gradient
    def gathered(x: tf.Tensor) -> tuple[tf.Tensor, object]:
        return tf.gather(x, order, axis=-1), lambda upstream: permute(upstream, _inverse(order))

    return gathered(x)


class Order(tf.Module):
    """An order of features, and the way back.

    Args:
        order: index array [D]; a permutation of 0..D-1.
        drawn: whether it came from a random generator: then it is a variable, stored and restored with
            the weights. Otherwise it is known when a function is traced.
    """

    def __init__(self, order: np.ndarray, *, drawn: bool) -> None:
        super().__init__(name="order")
        self.size = len(order)
        self._known = np.asarray(order)
        self.drawn = (
            tf.Variable(self._known, dtype=tf.int32, trainable=False, name="order") if drawn else None
        )

    def apply(self, x: tf.Tensor) -> tf.Tensor:
        """Return ``x`` [..., D] in this order."""
        return permute(x, self._known if self.drawn is None else tf.convert_to_tensor(self.drawn))

    def undo(self, x: tf.Tensor) -> tf.Tensor:
        """Return what ``apply`` was given for ``x`` [..., D]."""
        return permute(x, _inverse(self._known if self.drawn is None else tf.convert_to_tensor(self.drawn)))


class Permutation(VolumePreserving):
    """A fixed order of the features; forward takes noise to data.

    Args:
        order: index array [D]; a permutation of 0..D-1.
        drawn: see ``Order``.
        dtype: float32 or float64.
    """

    def __init__(self, order: np.ndarray, *, drawn: bool = False, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="permutation")
        self._order = Order(order, drawn=drawn)

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return ``z`` in the order of the data; see ``models.flows.layers.layer.Layer``."""
        return self._order.apply(z)

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return ``x`` in the order of the noise, and zero; see ``models.flows.layers.layer.Layer``."""
        return self._order.undo(x), tf.zeros([], x.dtype)


def _inverse(order: np.ndarray | tf.Tensor) -> np.ndarray | tf.Tensor:
    return np.argsort(order) if isinstance(order, np.ndarray) else tf.math.invert_permutation(order)
