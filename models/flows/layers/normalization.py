"""How can a flow normalise its layers in training, and yet score a clip the same in any company?

Either with learned constants that start from the training set (activation normalisation), or with the
batch's own statistics while it trains and with statistics fixed over the whole training set when it
scores, as the code of the MAF paper does before each validation (batch normalisation).
Source: Kingma and Dhariwal 2018, "Glow", section 3.1; Dinh et al. 2017, "Density Estimation Using Real
NVP", appendix E; Papamakarios et al. 2017.
"""

import numpy as np
import tensorflow as tf

from models.flows.layers.constant_jacobian import ConstantJacobian
from models.flows.layers.layer import Layer

__all__ = ["ActivationNormalization", "FrozenBatchNormalization"]


class ActivationNormalization(ConstantJacobian):
    """A learned shift and scale of each feature; inverse (data to noise) normalises.

    Args:
        event_size: features, D.
        dtype: float32 or float64.
    """

    def __init__(self, event_size: int, *, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="activation_normalization")
        self.location = tf.Variable(tf.zeros([event_size], dtype), name="location")
        self.log_scale = tf.Variable(tf.zeros([event_size], dtype), name="log_scale")

    def prepare(self, x: np.ndarray) -> None:
        """Start from the mean and deviation of ``x`` [N, D], the training set as it reaches this layer."""
        deviation = np.maximum(x.std(axis=0, dtype=np.float64), 1e-6)
        self.location.assign(x.mean(axis=0, dtype=np.float64))
        self.log_scale.assign(np.log(deviation))

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return ``z`` as it was before it was normalised; see ``models.flows.layers.layer.Layer``."""
        return z * tf.exp(self.log_scale) + self.location

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return ``x`` normalised, and minus the sum of the log-scales; see ``Layer``."""
        return (x - self.location) * tf.exp(-self.log_scale), -tf.reduce_sum(self.log_scale)


class FrozenBatchNormalization(Layer):
    """Invertible batch normalisation: inverse (data to noise) normalises, forward undoes it.

    Args:
        event_size: features, D.
        epsilon: added to the variance.
        dtype: float32 or float64.

    Attributes:
        training: whether the statistics are the batch's own; read when a function is traced.
    """

    def __init__(self, event_size: int, *, epsilon: float = 1e-5, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(parameters, dtype=dtype, name="batch_normalization")
        self.epsilon = epsilon
        self.training = False
        self.log_gain = tf.Variable(tf.zeros([event_size], dtype), name="log_gain")
        self.offset = tf.Variable(tf.zeros([event_size], dtype), name="offset")
        self.mean = tf.Variable(tf.zeros([event_size], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.ones([event_size], dtype), trainable=False, name="variance")

    def freeze(self, x: np.ndarray) -> None:
        """Fix the statistics to those of ``x`` [N, D], the training set as it reaches this layer."""
        self.mean.assign(x.mean(axis=0, dtype=np.float64))
        self.variance.assign(x.var(axis=0, dtype=np.float64))

    def _statistics(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if not self.training:
            return tf.convert_to_tensor(self.mean), tf.convert_to_tensor(self.variance)
        return tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return ``z`` as it was before it was normalised; see ``models.flows.layers.layer.Layer``."""
        scale = tf.sqrt(self.variance + self.epsilon) * tf.exp(-self.log_gain)
        return (z - self.offset) * scale + self.mean

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return ``x`` normalised, and the log-determinant; see ``models.flows.layers.layer.Layer``."""
        mean, variance = self._statistics(x)
        z = (x - mean) * tf.math.rsqrt(variance + self.epsilon) * tf.exp(self.log_gain) + self.offset
        return z, tf.reduce_sum(self.log_gain - 0.5 * tf.math.log(variance + self.epsilon))
