"""Which densities are known exactly, so that a score of them has a closed form?"""

from typing import Any

import numpy as np
import tensorflow as tf

from models.flows import Flow, FlowArchitecture

__all__ = ["StandardNormal", "affine_flow", "normal_rows"]


class StandardNormal(tf.Module):
    """A normal of unit variances whose mean is a variable; nothing more than scores ask."""

    dtype = tf.float64

    def __init__(self, size: int) -> None:
        super().__init__(name="standard_normal")
        self.mean = tf.Variable(tf.zeros([size], tf.float64), name="mean")

    def log_prob(self, x: Any) -> tf.Tensor:
        """Return - ||x - mean||^2 / 2 - D log(2 pi) / 2 of rows [N, D], nats [N]."""
        z = tf.convert_to_tensor(x, tf.float64) - self.mean
        size = tf.cast(tf.shape(z)[-1], tf.float64)
        return -0.5 * tf.reduce_sum(z**2, axis=-1) - 0.5 * size * np.log(2.0 * np.pi)


def affine_flow(rows: np.ndarray) -> Flow:
    """Return the flow that is a Gaussian with the mean and covariance of ``rows`` [N, D]."""
    flow = Flow(rows.shape[1], FlowArchitecture(family="affine"), dtype=tf.float64)
    flow.prepare(rows)
    return flow


def normal_rows(n: int, size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, size))
