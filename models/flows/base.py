"""Which simple density do the noise variables of a flow have?

A standard normal, uniform where a feature is an angle, or a mixture of Gaussians with diagonal covariances
that is learned with the flow.
Source: Papamakarios et al. 2017, section 3.1 (MAF MoG) for the mixture.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements import bounded

__all__ = ["AngleBase", "MixtureBase", "StandardNormal"]

tfd = tfp.distributions


class _Vectors(tfp.distributions.Distribution):
    """A density of vectors [D] without parameters."""

    def __init__(self, event_size: int, dtype: tf.DType, parameters: dict[str, Any]) -> None:
        self._event_size = event_size
        super().__init__(
            dtype=dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name="base",
        )

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._event_size])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([self._event_size])


class StandardNormal(_Vectors):
    """The standard normal of vectors; its log-density is one sum, without the algebra of a covariance.

    Args:
        event_size: features, D.
        dtype: float32 or float64.
    """

    def __init__(self, event_size: int, dtype: tf.DType) -> None:
        parameters = dict(locals())
        self._drawn = tfd.MultivariateNormalDiag(tf.zeros([event_size], dtype))
        super().__init__(event_size, dtype, parameters)

    @classmethod
    def _parameter_properties(cls, dtype: object, num_classes: object = None) -> dict:
        return {}

    def _sample_n(self, n: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        return self._drawn.sample(n, seed)

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(-0.5 * tf.square(z) - 0.5 * math.log(2.0 * math.pi), axis=-1)


class MixtureBase(tf.Module):
    """A mixture of Gaussians; components start apart, or they would stay alike for ever.

    Args:
        event_size: features, D.
        n_components: K.
        log_scale_bound: see ``models.flows.elements.bounded``.
        seed: of the means, drawn with a deviation of 0.5.
        dtype: float32 or float64.
    """

    def __init__(
        self, event_size: int, n_components: int, *, log_scale_bound: float, seed: int, dtype: tf.DType
    ) -> None:
        super().__init__(name="mixture_base")
        means = 0.5 * np.random.default_rng(seed).standard_normal((n_components, event_size))
        self.logits = tf.Variable(tf.zeros([n_components], dtype), name="logits")
        self.means = tf.Variable(means, dtype=dtype, name="means")
        self.log_scales = tf.Variable(tf.zeros([n_components, event_size], dtype), name="log_scales")
        self.distribution = tfd.MixtureSameFamily(
            tfd.Categorical(logits=self.logits),
            tfd.MultivariateNormalDiag(
                self.means,
                tfp.util.DeferredTensor(self.log_scales, lambda s: tf.exp(bounded(s, log_scale_bound))),
            ),
            name="base",
        )


class AngleBase(_Vectors):
    """Standard normal features, and angles that are uniform on the circle.

    Args:
        is_angle: which features are angles, bool [D].
        dtype: float32 or float64.
    """

    def __init__(self, is_angle: np.ndarray, dtype: tf.DType) -> None:
        parameters = dict(locals())
        self._is_angle = np.asarray(is_angle, bool)
        super().__init__(len(self._is_angle), dtype, parameters)

    @classmethod
    def _parameter_properties(cls, dtype: object, num_classes: object = None) -> dict:
        return {}

    def _sample_n(self, n: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        seeds = tfp.random.split_seed(seed, 2)
        shape = tf.stack([n, self._event_size])
        angles = tf.random.stateless_uniform(shape, seeds[0], -math.pi, math.pi, self.dtype)
        return tf.where(self._is_angle, angles, tf.random.stateless_normal(shape, seeds[1], dtype=self.dtype))

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        normal = -0.5 * (tf.square(z) + math.log(2.0 * math.pi))
        # What is no number is no angle either.
        angle = tf.where(tf.math.is_finite(z), tf.constant(-math.log(2.0 * math.pi), self.dtype), normal)
        return tf.reduce_sum(tf.where(self._is_angle, angle, normal), axis=-1)
