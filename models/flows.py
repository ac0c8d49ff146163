"""How does a chain of bijectors become a density of feature vectors, or of frames given their place?

Conventions: ``log_prob`` takes clips [B, ...] and returns nats [B]. Standardisation is the outermost
bijector of the chain: its log-determinant counts, and training and scoring cannot drift apart.
Evaluating a density costs one pass through each network, sampling D passes.
Source: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density Estimation".
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.batch_norm import FrozenBatchNormalization
from models.made import MADE

__all__ = ["FrameFlow", "MaskedFlow"]

tfb = tfp.bijectors
tfd = tfp.distributions


class MaskedFlow(tf.Module):
    """A stack of masked autoregressive layers over vectors, order reversed between layers.

    Args:
        event_size: features of a vector, D.
        n_layers: autoregressive layers.
        hidden_units: units of each layer's network.
        context_size: length of the vector that every layer is conditioned on, 0 for none.
        activation, log_scale_bound: see ``models.made.MADE``.
        batch_normalization: a normalisation after each layer, with the batch's statistics in training
            and the training set's when scoring.
        seed: of the initial weights.
        dtype: float32 or float64.
    """

    def __init__(
        self,
        event_size: int,
        *,
        n_layers: int = 5,
        hidden_units: Sequence[int] = (256, 256),
        context_size: int = 0,
        activation: str = "tanh",
        log_scale_bound: float = 3.0,
        batch_normalization: bool = False,
        seed: int = 0,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="masked_flow")
        self.event_size = event_size
        self.mean = tf.Variable(tf.zeros([event_size], dtype), trainable=False, name="mean")
        self.scale = tf.Variable(tf.ones([event_size], dtype), trainable=False, name="scale")
        self.networks: list[MADE] = []
        self.normalizations: list[FrozenBatchNormalization] = []
        chain: list[tfp.bijectors.Bijector] = [tfb.Shift(self.mean), tfb.Scale(self.scale)]
        seeds = np.random.SeedSequence(seed).generate_state(n_layers)
        for layer in range(n_layers):
            network = MADE(
                event_size,
                hidden_units,
                context_size=context_size,
                activation=activation,
                log_scale_bound=log_scale_bound,
                order="given" if layer % 2 == 0 else "reversed",
                seed=int(seeds[layer]),
                dtype=dtype,
            )
            self.networks.append(network)
            chain.append(tfb.MaskedAutoregressiveFlow(network, name=f"autoregressive_{layer}"))
            if batch_normalization:
                self.normalizations.append(FrozenBatchNormalization(event_size, dtype=dtype))
                chain.append(self.normalizations[-1])
        self._conditioned = [b.name for b in chain if b.name.startswith("autoregressive_")]
        self.distribution = tfd.TransformedDistribution(
            tfd.MultivariateNormalDiag(tf.zeros([event_size], dtype), name="base"), tfb.Chain(chain)
        )

    def standardize(self, x: np.ndarray) -> None:
        """Set the outermost shift and scale to the mean and standard deviation of ``x`` [N, D].

        A feature whose deviation is below a millionth of the largest is constant but for rounding; its
        scale is the largest times 1e-6, so that the density stays finite.
        """
        deviation = x.std(axis=0, dtype=np.float64)
        floor = max(float(deviation.max()), 1e-6) * 1e-6
        self.mean.assign(x.mean(axis=0, dtype=np.float64))
        self.scale.assign(np.maximum(deviation, floor))

    def log_prob(self, x: tf.Tensor, context: tf.Tensor | None = None) -> tf.Tensor:
        """Return the log-density of ``x`` [..., D] in nats, [...]."""
        if context is None:
            return self.distribution.log_prob(x)
        arguments = {name: {"conditional_input": context} for name in self._conditioned}
        return self.distribution.log_prob(x, bijector_kwargs=arguments)

    def sample(self, n: int, seed: int) -> tf.Tensor:
        """Draw [n, D]; costs one pass for each feature and layer."""
        return self.distribution.sample(n, seed=tf.constant([seed, 0], tf.int32))

    def use_batch_statistics(self, training: bool) -> None:
        """Switch every normalisation between the batch's statistics and the frozen ones."""
        for normalization in self.normalizations:
            normalization.training = training

    def freeze(self, x: np.ndarray) -> None:
        """Set every normalisation's statistics to those of the training set ``x`` [N, D], layer by layer."""
        self.use_batch_statistics(False)
        for normalization in self.normalizations:
            normalization.freeze(self._up_to(normalization, tf.constant(x, self.mean.dtype)))

    def _up_to(self, stop: FrozenBatchNormalization, x: tf.Tensor) -> tf.Tensor:
        for bijector in self.distribution.bijector.bijectors:
            if bijector is stop:
                return x
            x = bijector.inverse(x)
        raise ValueError("the normalisation is no part of this flow")


class FrameFlow(tf.Module):
    """A flow over the frames of a clip, each given its position; a clip's density is the frames' product.

    Args:
        n_frames: frames of a clip, T.
        event_size: features of a frame, D.
        **architecture: as of ``MaskedFlow``.
    """

    def __init__(
        self, n_frames: int, event_size: int, *, dtype: tf.DType = tf.float32, **architecture: object
    ) -> None:
        super().__init__(name="frame_flow")
        self.n_frames = n_frames
        self.flow = MaskedFlow(event_size, context_size=n_frames, dtype=dtype, **architecture)  # type: ignore[arg-type]
        self.positions = tf.eye(n_frames, dtype=dtype)

    def standardize(self, x: np.ndarray) -> None:
        """Set shift and scale from all frames of ``x`` [N, T, D]."""
        self.flow.standardize(x.reshape(-1, x.shape[-1]))

    def frame_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return each frame's share of the log-density of ``x`` [B, T, D] in nats, [B, T]."""
        n_clips = tf.shape(x)[0]
        frames = tf.reshape(x, [-1, x.shape[-1]])
        positions = tf.tile(self.positions, [n_clips, 1])
        return tf.reshape(self.flow.log_prob(frames, positions), [n_clips, self.n_frames])

    def log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return the log-density of ``x`` [B, T, D] in nats, [B]."""
        return tf.reduce_sum(self.frame_log_prob(x), axis=-1)
