"""How can a flow normalise its layers in training, and yet score a clip the same in any company?

With the batch's own statistics while it trains, and with statistics fixed over the whole training set
when it scores, as the code of the MAF paper does before each validation.
Source: Dinh et al. 2017, "Density Estimation Using Real NVP", appendix E; Papamakarios et al. 2017.
"""

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["FrozenBatchNormalization"]


class FrozenBatchNormalization(tfp.bijectors.Bijector):
    """Invertible batch normalisation: inverse (data to noise) normalises, forward undoes it.

    Args:
        event_size: features, D.
        epsilon: added to the variance.
        dtype: float32 or float64.
    """

    def __init__(self, event_size: int, *, epsilon: float = 1e-5, dtype: tf.DType = tf.float32) -> None:
        parameters = dict(locals())
        super().__init__(
            forward_min_event_ndims=1, dtype=dtype, parameters=parameters, name="batch_normalization"
        )
        self.epsilon = epsilon
        self.training = False
        self.log_gain = tf.Variable(tf.zeros([event_size], dtype), name="log_gain")
        self.offset = tf.Variable(tf.zeros([event_size], dtype), name="offset")
        self.mean = tf.Variable(tf.zeros([event_size], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.ones([event_size], dtype), trainable=False, name="variance")

    def freeze(self, x: tf.Tensor) -> None:
        """Fix the statistics to those of ``x`` [N, D], the training set as it reaches this layer."""
        mean, variance = tf.nn.moments(x, axes=[0])
        self.mean.assign(mean)
        self.variance.assign(variance)

    def _statistics(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if not self.training:
            return tf.convert_to_tensor(self.mean), tf.convert_to_tensor(self.variance)
        return tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        scale = tf.sqrt(self.variance + self.epsilon) * tf.exp(-self.log_gain)
        return (z - self.offset) * scale + self.mean

    def _inverse(self, x: tf.Tensor) -> tf.Tensor:
        mean, variance = self._statistics(x)
        return (x - mean) * tf.math.rsqrt(variance + self.epsilon) * tf.exp(self.log_gain) + self.offset

    def _inverse_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        _, variance = self._statistics(x)
        return tf.reduce_sum(self.log_gain - 0.5 * tf.math.log(variance + self.epsilon))
