"""How dense are the frames of a clip, each given its position?

Conventions: clips [B, T, D]; a clip's density is the product of its frames', in nats their sum.
"""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from models.architecture import FlowArchitecture
from models.flow import Flow

__all__ = ["FrameFlow"]


class FrameFlow(tf.Module):
    """A flow over the frames of a clip, conditioned on their position as a class label.

    Args:
        n_frames: frames of a clip, T.
        event_size: features of a frame, D.
        architecture: of the flow; its ``n_classes`` is set to T.
        seed, dtype: as of ``Flow``.
    """

    def __init__(
        self,
        n_frames: int,
        event_size: int,
        architecture: FlowArchitecture,
        *,
        seed: int = 0,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="frame_flow")
        self.n_frames = n_frames
        self.flow = Flow(event_size, replace(architecture, n_classes=n_frames), seed=seed, dtype=dtype)

    def prepare(self, x: np.ndarray) -> None:
        """Set shift and scale from all frames of ``x`` [N, T, D]."""
        self.flow.prepare(x.reshape(-1, x.shape[-1]))

    def frame_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return each frame's share of the log-density of ``x`` [B, T, D] in nats, [B, T]."""
        places = tf.broadcast_to(tf.range(self.n_frames), tf.shape(x)[:-1])
        return self.flow.log_prob(x, label=places)

    def log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return the log-density of ``x`` [B, T, D] in nats, [B]."""
        return tf.reduce_sum(self.frame_log_prob(x), axis=-1)
