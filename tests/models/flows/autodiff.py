"""What does automatic differentiation say of a map, whatever the map says of itself?"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

__all__ = ["jacobians", "log_abs_det", "shake"]


def jacobians(
    function: Callable[[tf.Tensor], tf.Tensor],
    x: np.ndarray,
    dtype: tf.DType = tf.float64,
    *,
    n_outputs: int | None = None,
) -> np.ndarray:
    """Return d function(x) / d x for each row of ``x`` [B, D]: [B, outputs, D]; rows must not mix.

    One copy of all rows for each output (D of them unless told), so that one backward pass gives them all.
    """
    count = n_outputs or x.shape[1]
    inputs = tf.constant(np.repeat(x[None], count, axis=0), dtype)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    assert outputs.shape == (count, len(x), count), outputs.shape
    upstream = tf.repeat(tf.eye(count, dtype=outputs.dtype)[:, None, :], len(x), axis=1)
    found = tape.gradient(outputs, inputs, upstream, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return np.swapaxes(found.numpy(), 0, 1)


def log_abs_det(
    function: Callable[[tf.Tensor], tf.Tensor], x: np.ndarray, dtype: tf.DType = tf.float64
) -> np.ndarray:
    """Return log |det| of the Jacobian for each row of ``x`` [B, D]: [B]."""
    return np.linalg.slogdet(jacobians(function, x, dtype))[1]


def shake(module: tf.Module, amount: float, seed: int = 0) -> None:
    """Add Gaussian noise to every trainable variable, so that no law holds only of the initial weights."""
    generator = np.random.default_rng(seed)
    for variable in module.trainable_variables:
        noise = amount * generator.standard_normal(variable.shape)
        variable.assign_add(tf.constant(noise, variable.dtype))
