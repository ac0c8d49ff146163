"""Where in a clip does a frame stand, in numbers that a network can use at any length of clip?

Conventions: frame t of T stands at the relative position u = (t + 1/2) / T, between 0 and 1; clips are
padded at their end, and what is returned for padding means nothing (it is finite).
"""

import numpy as np
import tensorflow as tf

__all__ = ["clock", "relative_position"]

SHORTEST_PERIOD, LONGEST_PERIOD = 2.5, 250.0


def relative_position(n_frames: tf.Tensor, n_places: int, n_functions: int, dtype: tf.DType) -> tf.Tensor:
    """Return smooth functions of each frame's relative position, cos(pi k u) for k = 1, 2, ...

    A weighted sum of them is any curve over the course of a clip that is not finer than 1 / n_functions
    of it, the same curve for long clips and short ones.

    Args:
        n_frames: frames of each clip, [B].
        n_places: frames of the padded clips, T.
        n_functions: how many, K.
        dtype: float32 or float64.

    Returns:
        [B, T, K].
    """
    lengths = tf.maximum(tf.cast(n_frames, dtype), 1.0)[:, None, None]
    places = tf.cast(tf.range(n_places), dtype)[None, :, None] + 0.5
    k = tf.range(1, n_functions + 1)
    return tf.cos(np.pi * tf.cast(k, dtype) * places / lengths)


def clock(n_places: int, n_functions: int, dtype: tf.DType) -> tf.Tensor:
    """Return sines and cosines of the time since the first frame, at periods from 2.5 to 250 frames.

    Differences of times are linear in them, which lets attention look a certain time back.

    Args:
        n_places: frames of the padded clips, T.
        n_functions: how many, an even number K.
        dtype: float32 or float64.

    Returns:
        [T, K].

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
    """
    periods = np.geomspace(SHORTEST_PERIOD, LONGEST_PERIOD, n_functions // 2)
    angle = tf.cast(tf.range(n_places), dtype)[:, None] * tf.constant(2 * np.pi / periods, dtype)
    return tf.concat([tf.sin(angle), tf.cos(angle)], axis=-1)
