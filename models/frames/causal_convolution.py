"""What do the frames before a frame say, by convolution?

Conventions: frames [B, T, D]; the output at frame t depends on frames before t only. Of a kernel that is
centred on a frame, every tap on the frames after it is masked out; in the first layer the tap on the
frame itself is masked out too. What is masked is never multiplied, so no training can bring it back.
Before the first frame stand zeros.
Source: van den Oord et al. 2016, "Pixel Recurrent Neural Networks", section 3.4 (masks A and B), and
"WaveNet", section 2.1 (dilation).
"""

import numpy as np
import tensorflow as tf

__all__ = ["CausalConvolution", "CausalConvolutionStack"]


class CausalConvolution(tf.Module):
    """One masked convolution over time.

    Args:
        n_inputs, n_units: numbers of a frame before and after.
        n_taps: taps that are left.
        dilation: frames from one tap to the next.
        exclusive: the nearest tap is on the frame before, and not on the frame itself.
        generator: of the initial weights.
        dtype: float32 or float64.
    """

    def __init__(
        self,
        n_inputs: int,
        n_units: int,
        *,
        n_taps: int,
        dilation: int = 1,
        exclusive: bool = False,
        generator: np.random.Generator,
        dtype: tf.DType = tf.float32,
        name: str = "causal_convolution",
    ) -> None:
        super().__init__(name=name)
        self.lags = [dilation * (tap + exclusive) for tap in range(n_taps)]
        shape = (n_taps * n_inputs, n_units)
        limit = np.sqrt(6.0 / sum(shape))
        self.kernel = tf.Variable(generator.uniform(-limit, limit, shape), dtype=dtype, name="kernel")
        self.bias = tf.Variable(tf.zeros([n_units], dtype), name="bias")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Return [B, T, n_units] of ``x`` [B, T, n_inputs]."""
        n_places, reach = tf.shape(x)[1], self.lags[-1]
        padded = tf.pad(x, [[0, 0], [reach, 0], [0, 0]])
        taps = [padded[:, reach - lag : reach - lag + n_places] for lag in self.lags]
        return tf.tensordot(tf.concat(taps, axis=-1), self.kernel, 1) + self.bias


class CausalConvolutionStack(tf.Module):
    """Masked convolutions one upon another, each added to what it is given; see the module.

    Args:
        event_size: numbers of a frame, D.
        n_channels: numbers of what is returned for a frame, C.
        n_layers: convolutions; the dilation doubles from each to the next.
        n_taps: of each.
        seed: of the initial weights.
        dtype: float32 or float64.

    Attributes:
        reach: how many frames back the stack hears.
    """

    def __init__(
        self,
        event_size: int,
        n_channels: int,
        *,
        n_layers: int,
        n_taps: int,
        seed: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="causal_convolution_stack")
        generator = np.random.default_rng(seed)
        self.layers = [
            CausalConvolution(
                n_channels if number else event_size,
                n_channels,
                n_taps=n_taps,
                dilation=2**number,
                exclusive=number == 0,
                generator=generator,
                dtype=dtype,
            )
            for number in range(n_layers)
        ]
        self.reach = sum(layer.lags[-1] for layer in self.layers)

    def __call__(self, frames: tf.Tensor) -> tf.Tensor:
        """Return [B, T, C] of ``frames`` [B, T, D]."""
        hidden = tf.tanh(self.layers[0](frames))
        for layer in self.layers[1:]:
            hidden += tf.tanh(layer(hidden))
        return hidden
