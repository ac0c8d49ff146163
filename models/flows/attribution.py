"""Which entries of a clip make its score what it is?

The slopes of a score along the straight path from an ordinary clip to the clip at hand, averaged, times
the way: the attributions sum to what the clip's score exceeds the ordinary clip's by, up to the steps of the
path, whatever the model is. Shares and scores are in nats.
Source: Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", section 3.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.fitting import evaluate

__all__ = ["compiled_slopes", "mean_slopes"]

N_STEPS = 16  # of the path; 64 change no share of a clip's by more than a hundredth of its largest
# Clips whose paths are followed at once, and numbers that all their places may hold: bounds memory, as each
# layer of a flow keeps what it made of them until the slopes are taken.
MAX_CLIPS, MAX_NUMBERS = 16, 2_000_000


def compiled_slopes(
    score: Callable[[tf.Tensor], tf.Tensor], dtype: Any = np.float32
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gradient of ``score`` by the entries of each row, compiled: [N, D] to [N, D] of ``dtype``.

    Eagerly each operation of a score and of its gradient would allocate its own result, and a chain of
    TFP's bijectors, which hold on to what they have mapped, would keep gigabytes.

    Args:
        score: of rows [N, D], in nats [N]; differentiable, each row's by itself.
        dtype: of the rows that ``score`` takes.
    """

    @tf.function(autograph=False, jit_compile=True)
    def slopes(rows: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(rows)
            value = score(rows)
        return tape.gradient(value, rows)

    return lambda rows: evaluate(slopes, rows, N_STEPS * _clips_at_once(rows.shape[1]), dtype)


def mean_slopes(slopes: Callable[[np.ndarray], np.ndarray], x: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the mean gradient of a score on the way from ``origin`` to each clip.

    Costs sixteen evaluations of the gradient a clip.

    Args:
        slopes: the score's gradient by the entries of rows [N, D], in nats: float32 [N, D].
        x: clips [N, D].
        origin: where each path starts [D].

    Returns:
        float64 [N, D]; times ``x - origin``, each clip's sum is its score less that of ``origin``.
    """
    size = _clips_at_once(x.shape[1])
    places = ((np.arange(N_STEPS) + 0.5) / N_STEPS)[:, None, None]
    means = np.empty(x.shape, np.float64)
    for start in range(0, len(x), size):
        block = x[start : start + size]
        path = (origin + places * (block - origin)).astype(np.float32)
        found = slopes(path.reshape(-1, x.shape[1])).reshape(path.shape)
        means[start : start + size] = found.mean(axis=0, dtype=np.float64)
    return means


def _clips_at_once(n_features: int) -> int:
    return min(max(MAX_NUMBERS // (N_STEPS * n_features), 1), MAX_CLIPS)
