"""In which order do features reach a layer?

A permutation is an index array: output i is input order[i]. Its log-determinant is zero.
"""

import numpy as np
import tensorflow as tf

from models.constant_jacobian import VolumePreserving

__all__ = ["Permutation", "permute"]


def permute(x: tf.Tensor, order: np.ndarray) -> tf.Tensor:
    """Return ``x`` [..., D] with its last axis in the given order [D].

    The gradient is the inverse permutation and not a scatter, which XLA runs element by element on a CPU.
    """
    places = np.arange(len(order))
    if np.array_equal(order, places):
        return tf.identity(x)
    if np.array_equal(order, places[::-1]):
        return tf.reverse(x, [-1])

    @tf.custom_gradient
    def gathered(x: tf.Tensor) -> tuple[tf.Tensor, object]:
        return tf.gather(x, order, axis=-1), lambda upstream: permute(upstream, np.argsort(order))

    return gathered(x)


class Permutation(VolumePreserving):
    """A fixed order of the features; forward takes noise to data.

    Args:
        order: index array [D]; a permutation of 0..D-1.
        dtype: float32 or float64.
    """

    def __init__(self, order: np.ndarray, *, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="permutation")
        self._order = np.asarray(order)

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        return permute(z, self._order)

    def _inverse(self, x: tf.Tensor) -> tf.Tensor:
        return permute(x, np.argsort(self._order))
