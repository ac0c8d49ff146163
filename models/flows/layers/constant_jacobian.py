"""What do bijectors of vectors with the same Jacobian everywhere have in common?

They act on vectors of one axis, and their log-determinant needs no data.
"""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.layers.layer import Layer

__all__ = ["ConstantJacobian", "Shift", "VolumePreserving"]


class ConstantJacobian(Layer):
    """A bijector of vectors [..., D] whose log-determinant is one number.

    Args:
        parameters, dtype, name: see ``models.flows.layers.layer.Layer``.
    """

    def __init__(self, parameters: dict[str, Any], *, dtype: tf.DType, name: str) -> None:
        super().__init__(parameters, dtype=dtype, name=name, is_constant_jacobian=True)


class VolumePreserving(ConstantJacobian):
    """A bijector of vectors whose log-determinant is zero."""

    def _forward_log_det_jacobian(self, z: tf.Tensor) -> tf.Tensor:
        return tf.zeros([], z.dtype)


class Shift(tfp.bijectors.Shift):
    """A shift of each feature [D]; TFP's own, whose variable has its place in the files of flows."""

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return ``x`` without the shift, and zero; see ``models.flows.layers.layer.Layer``."""
        return x - self.shift, tf.zeros([], x.dtype)

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return ``z`` with the shift; see ``models.flows.layers.layer.Layer``."""
        return z + self.shift
