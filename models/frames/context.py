"""What is a frame's density conditioned on: its place in the clip, or also the frames before it?

Conventions: standardised frames [B, T, D] and their number in each clip [B] become a context [B, T, C].
The context of frame t depends on T and on frames before t, never on t itself or on what follows: the
product of the frames' densities is then a density of the clip.
"""

from typing import Literal

import tensorflow as tf

from models.frames.causal_attention import CausalAttentionStack
from models.frames.causal_convolution import CausalConvolutionStack
from models.frames.position import relative_position

__all__ = ["ContextKind", "FrameContext"]

ContextKind = Literal["position", "convolution", "attention"]


class FrameContext(tf.Module):
    """The relative position, alone or joined with what a causal network makes of the past.

    Args:
        kind: ``position`` (alone), ``convolution`` or ``attention``.
        event_size: numbers of a frame, D.
        n_positions: smooth functions of the relative position.
        n_channels: numbers that the network makes of the past.
        n_layers: of the network.
        n_taps: of each convolution.
        n_heads: of each attention.
        seed: of the initial weights.
        dtype: float32 or float64.

    Attributes:
        size: numbers of a context, C.

    Raises:
        ValueError: an unknown kind, or heads that do not divide the channels.
    """

    def __init__(
        self,
        kind: ContextKind,
        event_size: int,
        *,
        n_positions: int = 16,
        n_channels: int = 64,
        n_layers: int = 3,
        n_taps: int = 3,
        n_heads: int = 4,
        seed: int = 0,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="frame_context")
        self.n_positions = n_positions
        self.past: CausalConvolutionStack | CausalAttentionStack | None
        if kind == "position":
            self.past = None
        elif kind == "convolution":
            self.past = CausalConvolutionStack(
                event_size, n_channels, n_layers=n_layers, n_taps=n_taps, seed=seed, dtype=dtype
            )
        elif kind == "attention":
            self.past = CausalAttentionStack(
                event_size, n_channels, n_layers=n_layers, n_heads=n_heads, seed=seed, dtype=dtype
            )
        else:
            raise ValueError(f"context {kind!r} is unknown; use 'position', 'convolution' or 'attention'")
        self.size = n_positions + (n_channels if self.past else 0)

    def __call__(self, frames: tf.Tensor, n_frames: tf.Tensor) -> tf.Tensor:
        """Return the context [B, T, C] of ``frames`` [B, T, D], the first ``n_frames`` [B] of each real."""
        position = relative_position(n_frames, tf.shape(frames)[1], self.n_positions, frames.dtype)
        return position if self.past is None else tf.concat([position, self.past(frames)], axis=-1)
