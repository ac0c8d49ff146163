"""How does a layer say where a row goes, and how much that stretches, from one evaluation of its network?

TFP asks a bijector for its value and its Jacobian apart. A flow asks its layers for both at once: the network
is evaluated once, and so are its gradients. What TFP asks is answered from the same method.
"""

from abc import abstractmethod
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["Layer"]


class Layer(tfp.bijectors.Bijector):
    """A bijector of vectors [..., D]; forward takes noise to data.

    Args:
        parameters: what the subclass was made with, for TFP's own copying.
        dtype: float32 or float64.
        name: of the bijector.
        is_constant_jacobian: whether the log-determinant is one number for all rows.
    """

    def __init__(
        self, parameters: dict[str, Any], *, dtype: tf.DType, name: str, is_constant_jacobian: bool = False
    ) -> None:
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            dtype=dtype,
            parameters=parameters,
            name=name,
        )

    @abstractmethod
    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise of ``x`` [..., D] and the log-determinant of the way there, nats [...] or []."""

    def _inverse(self, x: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        return self.to_noise(x, conditional_input)[0]

    def _inverse_log_det_jacobian(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self.to_noise(x, conditional_input)[1]
