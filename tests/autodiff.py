"""What does automatic differentiation say of a map, whatever the map says of itself?"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

__all__ = ["jacobians", "log_abs_det", "shake"]


def jacobians(
    function: Callable[[tf.Tensor], tf.Tensor], x: np.ndarray, dtype: tf.DType = tf.float64
) -> np.ndarray:
    """Return d function(x) / d x for each row of ``x`` [B, D]: [B, outputs, D]; rows must not mix."""
    inputs = tf.constant(x, dtype)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    found = tape.batch_jacobian(
        outputs, inputs, experimental_use_pfor=False, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return found.numpy()


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
