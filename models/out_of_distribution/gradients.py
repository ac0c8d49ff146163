"""How steep is the log-density at a row, by its features and by the weights of the flow?

By the features: where a density is high but its slope is steep, little of it lies around; the norm is called
the approximate mass. By the weights: how far one step of training on this row would move the flow. The square
of that norm, divided by what is usual, approximates the row's length in the Fisher information metric; it is
taken for each variable of the flow by itself, for these vary little together, and its logarithm is nearly
normal over training rows.

Conventions: higher is stranger; nats for each unit of a feature, and nats.
Source: Grathwohl et al. 2020, "Your Classifier is Secretly an Energy Based Model", section 5.3 on
out-of-distribution detection, for the approximate mass; Dauncey et al. 2024, "Approximations to the Fisher
Information Metric of Deep Generative Models for Out-Of-Distribution Detection", for the norms of layers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows import Flow, compiled_slopes, evaluate
from models.out_of_distribution.density import checked_rows

__all__ = ["InputGradientNorm", "LayerGradientNorms"]

ROWS_AT_ONCE = 128
# Of a squared norm: a gradient of exactly zero has no logarithm.
LEAST_SQUARE = 1e-30


class InputGradientNorm:
    """The Euclidean norm of the log-density's gradient by the features; one gradient a row.

    Args:
        flow: fitted to the training rows.
    """

    def __init__(self, flow: Flow) -> None:
        self._slopes = compiled_slopes(flow.log_prob, flow.dtype.as_numpy_dtype)

    def score(self, x: Any) -> np.ndarray:
        """Return ||d log p(x) / dx|| of rows [N, D], float64 [N]; infinity where it is not finite."""
        rows = checked_rows(x)
        if not len(rows):
            return np.empty(0)
        with np.errstate(over="ignore", invalid="ignore"):
            norms = np.linalg.norm(self._slopes(rows).astype(np.float64), axis=1)
        return np.where(np.isfinite(norms), norms, np.inf)


class LayerGradientNorms:
    """How unusual the norms of a row's gradients by the flow's variables are, on either side.

    Args:
        flow: fitted to the training rows.
        reference: training rows [M, D]: over them the logarithms of the squared norms are taken for normal. A
            row costs a gradient of its own, computed one after the other.

    Raises:
        ValueError: fewer than 2 reference rows, or no variable whose norm varies over them.
    """

    def __init__(self, flow: Flow, reference: Any) -> None:
        self._squares = _compiled_squares(flow)
        usual = self.log_squares(checked_rows(reference, 2, "reference rows"))
        deviation = usual.std(axis=0)
        self._is_varying = np.isfinite(deviation) & (deviation > 1e-6)
        if not self._is_varying.any():
            raise ValueError(
                f"0 of {len(deviation)} variables have gradients that are finite and vary over {len(usual)} "
                "reference rows; give other rows, or a flow that is fitted"
            )
        self._mean = usual.mean(axis=0)[self._is_varying]
        self._deviation = deviation[self._is_varying]

    def log_squares(self, x: Any) -> np.ndarray:
        """Return log ||d log p(x) / d variable||^2 of rows [N, D] for each variable, float64 [N, V]."""
        found = self._squares(checked_rows(x)).astype(np.float64)
        return np.log(np.where(np.isnan(found), np.inf, np.maximum(found, LEAST_SQUARE)))

    def score(self, x: Any) -> np.ndarray:
        """Return minus the log-density of the logarithms, summed over variables: nats [N]."""
        z = (self.log_squares(x)[:, self._is_varying] - self._mean) / self._deviation
        constant = float(np.sum(np.log(self._deviation) + 0.5 * np.log(2.0 * np.pi)))
        return 0.5 * np.square(z).sum(axis=1) + constant


def _compiled_squares(flow: Flow) -> Callable[[np.ndarray], np.ndarray]:
    """Return the squared norm of each row's gradient by each variable, compiled: [N, D] to [N, V]."""
    variables = flow.trainable_variables

    def of_row(row: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = flow.log_prob(row[None])
        gradients = tape.gradient(value, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return tf.stack([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])

    @tf.function(autograph=False, jit_compile=True)
    def squares(rows: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(of_row, rows, fn_output_signature=rows.dtype)

    dtype = flow.dtype.as_numpy_dtype
    return lambda rows: evaluate(squares, rows, ROWS_AT_ONCE, dtype).reshape(len(rows), len(variables))
