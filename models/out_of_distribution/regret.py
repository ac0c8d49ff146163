"""How much likelier does a row become when the flow may move a little towards it?

The regret of a row is the rise of its log-density when the weights of the flow are fitted to that row alone,
from the trained ones on. A flow that may move as far as it likes makes any row as likely as one likes, so it
moves a stated distance: steps of one length along the gradient, after each of which the row is asked. The
highest finite one of these log-densities counts, so that a step too far is no loss. The weights are put back.

Conventions: higher is stranger; nats.
Source: Xiao et al. 2020, "Likelihood Regret: An Out-of-Distribution Detection Score For Variational
Auto-encoder". There an encoder is fitted to the row, with no bound but the number of steps; a flow
has no encoder, and all of its weights take its place here.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from models.flows import Flow, evaluate
from models.out_of_distribution.density import checked_rows

__all__ = ["LikelihoodRegret"]

ROWS_AT_ONCE = 128
# Of a gradient: where it is exactly zero there is no direction to go.
LEAST_LENGTH = 1e-30


class LikelihoodRegret:
    """The rise of a row's log-density within a distance of the trained weights.

    A row costs ``n_steps`` gradients of its own, computed one after the other. The flow is not to be used by
    another thread meanwhile; when ``score`` ends, by whatever means, its weights are the trained ones.

    Args:
        flow: fitted to the training rows.
        distance: how far the weights may move in all, a share of their Euclidean length.
        n_steps: into which the distance is cut.

    Raises:
        ValueError: ``distance`` or ``n_steps`` is out of range, or the flow has no weights.
    """

    def __init__(self, flow: Flow, *, distance: float = 0.1, n_steps: int = 5) -> None:
        if not 0.0 < distance < 1.0 or n_steps < 1:
            raise ValueError(f"distance={distance} must be between 0 and 1, and n_steps={n_steps} at least 1")
        self._variables = tuple(flow.trainable_variables)
        if not self._variables:
            raise ValueError("the flow has 0 weights to fit to a row; give a flow that is fitted")
        self._dtype = flow.dtype.as_numpy_dtype
        length = np.sqrt(sum(float(np.sum(np.square(one.numpy()))) for one in self._variables))
        self._regrets = _compiled(flow, self._variables, distance * max(length, 1.0) / n_steps, n_steps)

    def score(self, x: Any) -> np.ndarray:
        """Return the regret of rows [N, D] in nats, float64 [N], at least 0; infinity if it is not finite."""
        rows = checked_rows(x)
        trained = [variable.numpy() for variable in self._variables]
        try:
            found = evaluate(self._regrets, rows, ROWS_AT_ONCE, self._dtype).astype(np.float64)
        finally:
            for variable, value in zip(self._variables, trained, strict=True):
                variable.assign(value)
        return np.where(np.isfinite(found), np.maximum(found, 0.0), np.inf)


def _compiled(flow: Flow, variables: tuple[tf.Variable, ...], step: float, n_steps: int) -> Any:
    """Return the regret of each row, compiled: [N, D] to [N]. It leaves the weights as it found them."""

    def ascend(row: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = flow.log_prob(row)
        gradients = tape.gradient(value, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        length = tf.linalg.global_norm(gradients)
        scale = tf.constant(step, length.dtype) / tf.maximum(length, LEAST_LENGTH)
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_add(scale * gradient)
        return value[0]

    def of_row(row: tf.Tensor) -> tf.Tensor:
        trained = [tf.identity(variable) for variable in variables]
        found = [ascend(row[None]) for _ in range(n_steps)]
        found.append(flow.log_prob(row[None])[0])
        reached = tf.stack(found)
        regret = tf.reduce_max(tf.where(tf.math.is_finite(reached), reached, found[0])) - found[0]
        with tf.control_dependencies([regret]):
            for variable, value in zip(variables, trained, strict=True):
                variable.assign(value)
        return regret

    @tf.function(autograph=False, jit_compile=True)
    def regrets(rows: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(of_row, rows, fn_output_signature=rows.dtype, parallel_iterations=1)

    return regrets
