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


def mean_slopes(score: Callable[[tf.Tensor], tf.Tensor], x: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the mean gradient of ``score`` on the way from ``origin`` to each clip.

    Costs sixteen evaluations of the score and of its gradient.

    Args:
        score: of clips [N, D], in nats [N]; differentiable.
        x: clips [N, D].
        origin: where each path starts [D].

    Returns:
        float64 [N, D]; times ``x - origin``, each clip's sum is its score less that of ``origin``.
    """
    slopes = np.zeros(x.shape, np.float64)
    for step in range(N_STEPS):
        place = (step + 0.5) / N_STEPS
        at = tf.convert_to_tensor((origin + place * (x - origin)).astype(np.float32))
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = score(at)
        slopes += np.asarray(tape.gradient(value, at), np.float64) / N_STEPS
    return slopes
