"""Which linear maps can stand in a flow?

Forward takes noise to data. ``Rotation`` has a fixed orthogonal matrix; ``LULinear`` is learned, with a
matrix whose inverse and determinant cost no more than a product.
"""

import numpy as np
import tensorflow as tf

from models.flows.elements import bounded
from models.flows.layers.constant_jacobian import ConstantJacobian, VolumePreserving
from models.flows.layers.permutation import Order

__all__ = ["LULinear", "Rotation"]

LOG_DIAGONAL_BOUND = 10.0


class Rotation(VolumePreserving):
    """Multiplication by an orthogonal matrix; its log-determinant is zero.

    Args:
        size: features, D. The matrix starts as the identity.
        dtype: float32 or float64.
    """

    def __init__(self, size: int, *, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="rotation")
        self.matrix = tf.Variable(tf.eye(size, dtype=dtype), trainable=False, name="matrix")

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return ``z`` turned; see ``models.flows.layers.layer.Layer``."""
        return tf.linalg.matvec(self.matrix, z)

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return ``x`` turned back, and zero; see ``models.flows.layers.layer.Layer``."""
        return tf.linalg.matvec(self.matrix, x, transpose_a=True), tf.zeros([], x.dtype)


class LULinear(ConstantJacobian):
    """z = P x L U: a permutation, a unit lower and an upper triangular matrix; starts as the permutation.

    Data to noise is two products of D x D; noise to data solves two triangular systems. The logarithms
    of the diagonal are bounded smoothly at 10, so the matrix cannot become singular. Without the lower
    factor, every covariance can still be reached: its inverse is U U' for some upper U.

    Args:
        order: index array of the permutation, [D].
        with_lower: False leaves L out.
        drawn: whether the order came from a random generator, see ``models.flows.layers.permutation.Order``.
        dtype: float32 or float64.

    Source: Kingma and Dhariwal 2018, "Glow", section 3.2; Durkan et al. 2019, section 3.2.
    """

    def __init__(
        self,
        order: np.ndarray,
        *,
        with_lower: bool = True,
        drawn: bool = False,
        dtype: tf.DType = tf.float32,
    ) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="lu_linear")
        self._order = Order(order, drawn=drawn)
        size = self._order.size
        self.log_diagonal = tf.Variable(tf.zeros([size], dtype), name="log_diagonal")
        self.upper = tf.Variable(tf.zeros([size, size], dtype), name="upper")
        self.lower = tf.Variable(tf.zeros([size, size], dtype), name="lower") if with_lower else None

    def set_precision(self, covariance: np.ndarray) -> None:
        """Make the noise white for data of this covariance [D, D] (of features in the permuted order)."""
        # The precision is U U' with U upper: the Cholesky factor of the matrix with both axes reversed.
        flipped = np.linalg.inv(covariance)[::-1, ::-1]
        upper = np.linalg.cholesky(flipped)[::-1, ::-1]
        logarithm = np.log(np.diag(upper)) / LOG_DIAGONAL_BOUND
        self.log_diagonal.assign(np.arctanh(np.clip(logarithm, -0.999, 0.999)) * LOG_DIAGONAL_BOUND)
        self.upper.assign(np.triu(upper, 1))

    def _log_diagonal(self) -> tf.Tensor:
        return bounded(tf.convert_to_tensor(self.log_diagonal), LOG_DIAGONAL_BOUND)

    def _upper(self) -> tf.Tensor:
        size = self._order.size
        strict = tf.linalg.band_part(self.upper, 0, -1) * (1.0 - tf.eye(size, dtype=self.dtype))
        return strict + tf.linalg.diag(tf.exp(self._log_diagonal()))

    def _lower(self) -> tf.Tensor:
        one = tf.eye(self._order.size, dtype=self.dtype)
        return tf.linalg.band_part(self.lower, -1, 0) * (1.0 - one) + one

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return both products, and the sum of the logarithms of the diagonal; see ``Layer``."""
        permuted = self._order.apply(x)
        if self.lower is not None:
            permuted = tf.linalg.matvec(self._lower(), permuted, transpose_a=True)
        z = tf.linalg.matvec(self._upper(), permuted, transpose_a=True)
        return z, tf.reduce_sum(self._log_diagonal())

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the solution of both triangular systems; see ``Layer``."""
        shape = tf.shape(z)
        columns = tf.transpose(tf.reshape(z, [-1, self._order.size]))
        columns = tf.linalg.triangular_solve(self._upper(), columns, lower=False, adjoint=True)
        if self.lower is not None:
            columns = tf.linalg.triangular_solve(self._lower(), columns, lower=True, adjoint=True)
        return self._order.undo(tf.reshape(tf.transpose(columns), shape))
