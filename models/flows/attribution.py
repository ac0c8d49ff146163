"""Which entries of a clip make its score what it is?

The slopes of a score along the straight path from an ordinary clip to the clip at hand, averaged, times
the way: the shares sum to what the clip's score exceeds the ordinary clip's by, up to the steps of the
path, whatever the model is. Shares and scores are in nats.
Source: Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", section 3.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

__all__ = ["mean_slopes"]

N_STEPS = 16  # of the path; 64 change no share of a clip's by more than a hundredth of its largest
MAX_NUMBERS = 2_000_000  # of one evaluation: bounds memory


def mean_slopes(score: Callable[[tf.Tensor], tf.Tensor], x: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the mean gradient of ``score`` on the way from ``origin`` to each clip.

    Costs sixteen evaluations of the score and of its gradient a clip.

    Args:
        score: of clips [N, D], in nats [N]; differentiable, each clip's by itself.
        x: clips [N, D].
        origin: where each path starts [D].

    Returns:
        float64 [N, D]; times ``x - origin``, each clip's sum is its score less that of ``origin``.
    """
    n_features = x.shape[1]
    size = max(1, MAX_NUMBERS // (N_STEPS * n_features))
    places = ((np.arange(N_STEPS) + 0.5) / N_STEPS)[:, None, None]
    blocks = []
    for start in range(0, len(x), size):
        block = x[start : start + size]
        path = (origin + places * (block - origin)).astype(np.float32)
        at = tf.convert_to_tensor(path.reshape(-1, n_features))
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = score(at)
        slopes = np.asarray(tape.gradient(value, at), np.float64)
        blocks.append(slopes.reshape(N_STEPS, len(block), n_features).mean(axis=0))
    return np.concatenate(blocks)
