"""Which simple density do the noise variables of a flow have?

A standard normal, or a mixture of Gaussians with diagonal covariances that is learned with the flow.
Source: Papamakarios et al. 2017, section 3.1 (MAF MoG) for the mixture.
"""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.layers import bounded

__all__ = ["MixtureBase", "standard_normal"]

tfd = tfp.distributions


def standard_normal(event_size: int, dtype: tf.DType) -> tfp.distributions.Distribution:
    """Return the standard normal of [D]."""
    return tfd.MultivariateNormalDiag(tf.zeros([event_size], dtype), name="base")


class MixtureBase(tf.Module):
    """A mixture of Gaussians; components start apart, or they would stay alike for ever.

    Args:
        event_size: features, D.
        n_components: K.
        log_scale_bound: see ``models.flows.layers.elements.bounded``.
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
