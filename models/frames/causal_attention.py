"""What do the frames before a frame say, by attention?

Conventions: frames [B, T, D]; the output at frame t depends on frames before t only. Each place is given
the frame before it (the first place zeros), and attends to itself and to places before it: the weights
of all others are masked to zero. Cost grows with the square of T.
Source: Vaswani et al. 2017, "Attention Is All You Need", sections 3.2 and 3.3; Xiong et al. 2020, "On
Layer Normalization in the Transformer Architecture", for normalising before each part.
"""

import numpy as np
import tensorflow as tf

from models.frames.position import clock

__all__ = ["CausalAttention", "CausalAttentionStack"]


class CausalAttention(tf.Module):
    """Masked attention with several heads.

    Args:
        n_channels: numbers of a place, C.
        n_heads: each looks at C / n_heads of them.
        generator: of the initial weights.
        dtype: float32 or float64.

    Raises:
        ValueError: heads that do not divide the channels.
    """

    def __init__(
        self,
        n_channels: int,
        n_heads: int,
        *,
        generator: np.random.Generator,
        dtype: tf.DType = tf.float32,
        name: str = "causal_attention",
    ) -> None:
        super().__init__(name=name)
        if n_channels % n_heads:
            raise ValueError(f"{n_heads} heads cannot share {n_channels} channels equally; change either")
        self.n_heads = n_heads
        self.queries, self.keys, self.values, self.joined = (
            _weights(generator, n_channels, n_channels, dtype, kind)
            for kind in ("queries", "keys", "values", "joined")
        )

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Return [B, T, C] of ``x`` [B, T, C]."""
        queries, keys, values = (self._by_head(x, w) for w in (self.queries, self.keys, self.values))
        fit = tf.matmul(queries, keys, transpose_b=True) / np.sqrt(keys.shape[-1])
        places = tf.range(tf.shape(x)[1])
        is_past = places[None, :] <= places[:, None]
        weights = tf.nn.softmax(tf.where(is_past, fit, tf.constant(fit.dtype.min, fit.dtype)))
        attended = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
        return tf.tensordot(tf.reshape(attended, tf.shape(x)), self.joined, 1)

    def _by_head(self, x: tf.Tensor, weights: tf.Variable) -> tf.Tensor:
        """Return [B, heads, T, C / heads]."""
        shape = [tf.shape(x)[0], tf.shape(x)[1], self.n_heads, weights.shape[1] // self.n_heads]
        return tf.transpose(tf.reshape(tf.tensordot(x, weights, 1), shape), [0, 2, 1, 3])


class CausalAttentionStack(tf.Module):
    """Blocks of masked attention and a dense network, each added to what it is given; see the module.

    Args:
        event_size: numbers of a frame, D.
        n_channels: numbers of what is returned for a frame, C.
        n_layers: blocks.
        n_heads: of each attention.
        seed: of the initial weights.
        dtype: float32 or float64.
    """

    def __init__(
        self,
        event_size: int,
        n_channels: int,
        *,
        n_layers: int,
        n_heads: int,
        seed: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="causal_attention_stack")
        generator = np.random.default_rng(seed)
        self.n_clock = 2 * (n_channels // 4)
        self.entrance = _weights(generator, event_size, n_channels, dtype, "entrance")
        self.time = _weights(generator, self.n_clock, n_channels, dtype, "time")
        self.blocks = [_Block(n_channels, n_heads, generator, dtype) for _ in range(n_layers)]
        self.exit = _Normalization(n_channels, dtype)

    def __call__(self, frames: tf.Tensor) -> tf.Tensor:
        """Return [B, T, C] of ``frames`` [B, T, D]."""
        before = tf.pad(frames, [[0, 0], [1, 0], [0, 0]])[:, :-1]
        time = clock(tf.shape(frames)[1], self.n_clock, frames.dtype)
        hidden = tf.tensordot(before, self.entrance, 1) + tf.matmul(time, self.time)
        for block in self.blocks:
            hidden = block(hidden)
        return self.exit(hidden)


class _Block(tf.Module):
    def __init__(
        self, n_channels: int, n_heads: int, generator: np.random.Generator, dtype: tf.DType
    ) -> None:
        super().__init__(name="block")
        self.attention = CausalAttention(n_channels, n_heads, generator=generator, dtype=dtype)
        self.norms = [_Normalization(n_channels, dtype) for _ in range(2)]
        self.widen = _weights(generator, n_channels, 2 * n_channels, dtype, "widen")
        self.bias = tf.Variable(tf.zeros([2 * n_channels], dtype), name="bias")
        self.narrow = _weights(generator, 2 * n_channels, n_channels, dtype, "narrow")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        x += self.attention(self.norms[0](x))
        wide = tf.nn.relu(tf.tensordot(self.norms[1](x), self.widen, 1) + self.bias)
        return x + tf.tensordot(wide, self.narrow, 1)


class _Normalization(tf.Module):
    """Layer normalisation: each place by itself has mean 0 and variance 1, then a learned gain and offset."""

    def __init__(self, n_channels: int, dtype: tf.DType) -> None:
        super().__init__(name="normalization")
        self.gain = tf.Variable(tf.ones([n_channels], dtype), name="gain")
        self.offset = tf.Variable(tf.zeros([n_channels], dtype), name="offset")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-5) * self.gain + self.offset


def _weights(
    generator: np.random.Generator, n_inputs: int, n_units: int, dtype: tf.DType, name: str
) -> tf.Variable:
    limit = np.sqrt(6.0 / (n_inputs + n_units))
    return tf.Variable(generator.uniform(-limit, limit, (n_inputs, n_units)), dtype=dtype, name=name)
