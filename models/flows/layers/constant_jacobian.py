"""What do bijectors of vectors with the same Jacobian everywhere have in common?

They act on vectors of one axis, and their log-determinant needs no data.
"""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["ConstantJacobian", "VolumePreserving"]


class ConstantJacobian(tfp.bijectors.Bijector):
    """A bijector of vectors [..., D] whose log-determinant is one number.

    Args:
        parameters: what the subclass was made with, for TFP's own copying.
        dtype: float32 or float64.
        name: of the bijector.
    """

    def __init__(self, parameters: dict[str, Any], *, dtype: tf.DType, name: str) -> None:
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            dtype=dtype,
            parameters=parameters,
            name=name,
        )


class VolumePreserving(ConstantJacobian):
    """A bijector of vectors whose log-determinant is zero."""

    def _forward_log_det_jacobian(self, z: tf.Tensor) -> tf.Tensor:
        return tf.zeros([], z.dtype)

    def _inverse_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.zeros([], x.dtype)
