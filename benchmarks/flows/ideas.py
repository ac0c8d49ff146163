"""What does each idea behind the speed of the flows give by itself?

A training step, an epoch of ten and the scoring of 1,000 rows, with one idea undone or added at a time, all
in one process and in turns, so that a busy machine slows all alike. The first turns warm up and are not
counted. A row of two flows is the time of both. Figures are medians in milliseconds, with the lowest; ratios
are to what is as it is.

    python -m benchmarks.flows.ideas [--rounds 15]
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from unittest.mock import patch

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import steps
from models.flows.fitting.steps import STEPS_A_CALL, OptimiserSteps
from models.flows.flow import Flow
from models.flows.layers import masked_dense

__all__ = ["main"]

N_FEATURES, BATCH, N_SCORED = 257, 100, 1_000
Step = Callable[[tf.Tensor], tf.Tensor]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (default 15)")
    options = parser.parse_args(arguments)
    rows = np.random.default_rng(0).standard_normal((N_SCORED, N_FEATURES)).astype(np.float32)
    single = {
        "as it is": _step(_flow()),
        "weights in 2 panels a layer": _step(_flow(n_panels=2)),
        "whole weight matrices": _step(_flow(n_panels=1)),
        "value and log-determinant apart": _step(_flow(), apart=True),
        "without XLA": _step(_flow(), xla=False),
        "one flat array of parameters": _flat_step(_flow()),
        "moments in bfloat16": _step(_flow(), moments=tf.bfloat16),
        "plain gradient descent": _step(_flow(), moments=None),
        "two flows in one call": _two_steps(_flow(), _flow()),
    }
    _table("a training step of 100 rows", single, tf.constant(rows[:BATCH]), options.rounds)
    epochs = {
        "as it is": _epoch(_flow(), rows),
        "one step a call": _epoch(_flow(), rows, n_steps=1),
    }
    title = f"an epoch of {N_SCORED // BATCH} training steps"
    _table(title, epochs, tf.constant(rows), options.rounds)
    scorings = {
        "as it is": _flow().compiled_log_prob,
        "weights in 2 panels a layer": _flow(n_panels=2).compiled_log_prob,
        "whole weight matrices": _flow(n_panels=1).compiled_log_prob,
        "without XLA": tf.function(_flow().log_prob),
        "bfloat16 products": _flow().coarse_log_prob,
        "bfloat16 products, whole matrices": _flow(n_panels=1).coarse_log_prob,
    }
    _table("scoring 1,000 rows", scorings, tf.constant(rows), options.rounds)
    return 0


def _flow(n_panels: int = masked_dense.MAX_PANELS) -> Flow:
    with patch.object(masked_dense, "MAX_PANELS", n_panels):
        return Flow(N_FEATURES, FlowArchitecture(n_layers=10, hidden_units=(512, 512)))


def _step(
    flow: Flow, *, xla: bool = True, apart: bool = False, moments: tf.DType | None = tf.float32
) -> Step:
    # TFP's own composition asks each layer for its value and its Jacobian, one after the other.
    log_prob = flow.distribution.log_prob if apart else flow.log_prob
    return tf.function(_taken(flow, moments, log_prob), jit_compile=xla)


def _taken(
    flow: Flow,
    moments: tf.DType | None = tf.float32,
    log_prob: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> Step:
    """Return a training step that is not compiled; one of gradient descent where there are no moments."""
    variables, objective = list(flow.trainable_variables), log_prob or flow.log_prob
    updates = [
        (lambda gradient, variable=variable: variable.assign_sub(1e-3 * gradient))
        if moments is None
        else _Adam(variable, moments).apply
        for variable in variables
    ]

    def step(rows: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(objective(rows))
        for update, gradient in zip(updates, tape.gradient(loss, variables), strict=True):
            update(gradient)
        return loss

    return step


def _two_steps(one: Flow, other: Flow) -> Step:
    """A step of two flows that do not wait for one another: products of one may meet Adam of the other."""
    steps_of_both = [_taken(one), _taken(other)]
    return tf.function(lambda rows: tf.stack([step(rows) for step in steps_of_both]), jit_compile=True)


def _epoch(flow: Flow, rows: np.ndarray, *, n_steps: int = STEPS_A_CALL) -> Step:
    with patch.object(steps, "STEPS_A_CALL", n_steps):
        taken = OptimiserSteps(
            flow.training_log_prob,
            list(flow.trainable_variables),
            learning_rate=1e-3,
            clip_norm=0.0,
            row_shape=rows.shape[1:],
            batch_size=BATCH,
        )
    return lambda _: tf.constant(taken.run_epoch(rows, np.random.default_rng(0), lambda losses: None))


def _flat_step(flow: Flow) -> Step:
    """All parameters in one variable, cut into the flow's own inside the step; one Adam for all."""
    variables = list(flow.trainable_variables)
    sizes = [int(np.prod(variable.shape)) for variable in variables]
    adam = _Adam(tf.Variable(tf.concat([tf.reshape(v, [-1]) for v in variables], axis=0)))

    @tf.function(jit_compile=True)
    def step(rows: tf.Tensor) -> tf.Tensor:
        for variable, part in zip(variables, tf.split(adam.variable, sizes), strict=True):
            variable.assign(tf.reshape(part, variable.shape))
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(flow.log_prob(rows))
        gradients = tape.gradient(loss, variables)
        adam.apply(tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0))
        return loss

    return step


class _Adam:
    """Adam with a step size of 1e-3, of one variable (Kingma and Ba 2015, algorithm 1).

    Args:
        variable: what is trained.
        moments: dtype in which the two moments are kept between steps.
    """

    def __init__(self, variable: tf.Variable, moments: tf.DType = tf.float32) -> None:
        self.variable = variable
        self.mean, self.square = (tf.Variable(tf.zeros(variable.shape, moments)) for _ in range(2))
        self.count = tf.Variable(0.0)

    def apply(self, gradient: tf.Tensor) -> None:
        """Take one step."""
        count = self.count.assign_add(1.0)
        mean = 0.9 * tf.cast(self.mean, gradient.dtype) + 0.1 * gradient
        square = 0.999 * tf.cast(self.square, gradient.dtype) + 0.001 * gradient**2
        self.mean.assign(tf.cast(mean, self.mean.dtype))
        self.square.assign(tf.cast(square, self.square.dtype))
        size = 1e-3 * tf.sqrt(1.0 - 0.999**count) / (1.0 - 0.9**count)
        self.variable.assign_sub(size * mean / (tf.sqrt(square) + 1e-7))


def _table(title: str, turns: dict[str, Step], rows: tf.Tensor, n_rounds: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(n_rounds + 2):
        for name, call in turns.items():
            started = time.perf_counter()
            call(rows).numpy()
            if number > 1:
                seconds[name].append(time.perf_counter() - started)
    print(f"\n{title:34}{'ms, median':>12}{'lowest':>9}{'ratio':>8}")
    reference = median(seconds["as it is"])
    for name, values in seconds.items():
        middle = median(values)
        print(f"{name:34}{1e3 * middle:>12.1f}{1e3 * min(values):>9.1f}{middle / reference:>8.2f}")


if __name__ == "__main__":
    raise SystemExit(main())
