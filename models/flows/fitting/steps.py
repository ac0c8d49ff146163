"""How does an epoch of optimiser steps run with few calls, when one call costs as much as a tenth of a step?

Several steps are one compiled loop: weights and Adam's moments stay in place from step to step, and the
call is paid once. The loop has room for one number of batches and says how many of them count, so that it
compiles once, and how many steps a call takes changes nothing in what is trained.
Conventions: batches [S, B, ...], losses [S] (mean negative log-likelihood, nats).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.fitting.options import Schedule, made_optimizer
from models.flows.fitting.sources import StreamedRows, batches_of
from models.flows.fitting.workers import Workers

__all__ = ["OptimiserSteps"]

# Steps of a call, and the numbers that their batches may hold: 16 MB.
STEPS_A_CALL = 20
NUMBERS_A_CALL = 4_000_000


class OptimiserSteps:
    """An optimiser on the mean negative log-likelihood, the global gradient norm clipped.

    Args:
        objective: rows [B, ...] to nats [B]; traced inside the compiled loop.
        variables: what is trained; all must exist.
        learning_rate, clip_norm, optimizer, ema, accumulate: see ``models.flows.fitting.options.FitOptions``.
        row_shape: of one row.
        batch_size: rows of a step, B: a multiple of ``accumulate`` times the number of ``workers``.
        workers: the processes of the fit.

    Attributes:
        optimizer: holds moments and the learning rate.
        variables: all that a step changes besides the weights.
        compiled: batches [S, B, ...] and how many of them count to losses [S]; of one process alone.
    """

    def __init__(
        self,
        objective: Callable[[tf.Tensor], tf.Tensor],
        variables: Sequence[tf.Variable],
        *,
        learning_rate: float | Schedule,
        clip_norm: float,
        row_shape: Sequence[int],
        batch_size: int,
        optimizer: str | Callable[[float], Any] = "adam",
        ema: float = 0.0,
        accumulate: int = 1,
        workers: Workers | None = None,
    ) -> None:
        self._objective, self._trained = objective, list(variables)
        self._clip_norm, self._ema, self._accumulate = clip_norm, ema, accumulate
        self._schedule = learning_rate if callable(learning_rate) else None
        self.optimizer = made_optimizer(optimizer, _first(learning_rate))
        self._maker = optimizer  # held, so that no other function takes its place in memory
        self.optimizer.build(self._trained)
        self.batch_size = batch_size
        numbers = batch_size * max(int(np.prod(row_shape)), 1)
        self.n_steps = min(STEPS_A_CALL, max(NUMBERS_A_CALL // numbers, 1))
        # By how much steps that were taken back have lowered a scheduled rate.
        self._factor = tf.Variable(1.0, trainable=False) if self._schedule else None
        self._averages = [tf.Variable(one, trainable=False) for one in self._trained] if ema else []
        self.variables = [
            *self.optimizer.variables,
            *([] if self._factor is None else [self._factor]),
            *self._averages,
        ]
        first = [one.numpy() for one in self.optimizer.variables]
        self._first_values = [value if np.any(value) else None for value in first]
        self._dtype = variables[0].dtype

        self._workers = workers or Workers()
        self._take = self._steps_of_all(self._workers) if self._workers.n > 1 else self._steps_of_one()

    def _steps_of_one(self) -> Callable[[np.ndarray, int], np.ndarray]:
        @tf.function(autograph=False, jit_compile=True)
        def take(batches: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
            _, losses = tf.while_loop(
                lambda i, losses: i < n,
                lambda i, losses: (i + 1, losses.write(i, self._step(batches[i]))),
                (tf.constant(0), tf.TensorArray(self._dtype, size=self.n_steps, element_shape=[])),
                parallel_iterations=1,
            )
            return losses.stack()

        self.compiled = take
        return lambda batches, n: np.asarray(take(tf.constant(batches), tf.constant(n)).numpy()[:n])

    def _steps_of_all(self, workers: Workers) -> Callable[[np.ndarray, int], np.ndarray]:
        """Return steps whose gradients are joined between two compiled parts: XLA knows no other process."""

        @tf.function(autograph=False, jit_compile=True)
        def numbers_of(rows: tf.Tensor) -> tf.Tensor:
            loss, gradients = self._gradients(rows)
            return tf.concat([[loss], *(tf.reshape(one, [-1]) for one in gradients)], 0)

        @tf.function(autograph=False, jit_compile=True)
        def apply(numbers: tf.Tensor) -> tf.Tensor:
            shapes = [variable.shape for variable in self._trained]
            parts = tf.split(numbers[1:], [shape.num_elements() for shape in shapes])
            self._apply([tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)])
            return numbers[0]

        joined = workers.mean(numbers_of)
        own = workers.share(self.batch_size)

        def take(batches: np.ndarray, n: int) -> np.ndarray:
            return np.array([apply(joined(tf.constant(batch[own]))).numpy() for batch in batches[:n]])

        return take

    @property
    def learning_rate(self) -> float:
        """The rate of the last step."""
        return float(self.optimizer.learning_rate)

    def slow_down(self) -> None:
        """Halve the learning rate, that of all steps to come where it is scheduled."""
        if self._factor is not None:
            self._factor.assign(0.5 * self._factor)
        self.optimizer.learning_rate.assign(self.optimizer.learning_rate * 0.5)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Give the trained variables their moving averages, where any are kept, for a while."""
        plain = [one.numpy() for one in self._trained] if self._averages else []
        for variable, average in zip(self._trained, self._averages, strict=bool(self._averages)):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, value in zip(self._trained, plain, strict=bool(plain)):
                variable.assign(value)

    def restart(self, learning_rate: float | Schedule) -> None:
        """Set all that a step changes, but for the weights, back to where a new fit begins."""
        for variable, value in zip(self.optimizer.variables, self._first_values, strict=True):
            variable.assign(tf.zeros_like(variable) if value is None else value)
        self.optimizer.learning_rate.assign(_first(learning_rate))
        if self._factor is not None:
            self._factor.assign(1.0)
        for average, variable in zip(self._averages, self._trained, strict=bool(self._averages)):
            average.assign(variable)

    def _step(self, batch: tf.Tensor) -> tf.Tensor:
        loss, gradients = self._gradients(batch)
        self._apply(gradients)
        return loss

    def _apply(self, gradients: Sequence[tf.Tensor]) -> None:
        if self._schedule is not None and self._factor is not None:
            rate = tf.cast(self._schedule(self.optimizer.iterations), self._factor.dtype) * self._factor
            self.optimizer.learning_rate.assign(tf.cast(rate, self.optimizer.learning_rate.dtype))
        if self._clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, self._clip_norm)
        self.optimizer.apply_gradients(zip(gradients, self._trained, strict=True))
        if self._averages:
            # The first averages forget where the weights began: Adam's count of steps bounds the decay.
            n = tf.cast(self.optimizer.iterations, self._dtype)
            decay = tf.minimum(tf.constant(self._ema, self._dtype), n / (n + 9.0))
            for average, variable in zip(self._averages, self._trained, strict=True):
                average.assign(decay * average + (1.0 - decay) * variable)

    def _gradients(self, batch: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        def of(rows: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(self._objective(rows))
            return loss, tape.gradient(loss, self._trained)

        if self._accumulate == 1:
            return of(batch)
        size = self.batch_size // (self._accumulate * self._workers.n)

        def add(i: tf.Tensor, total: tf.Tensor, totals: list[tf.Tensor]) -> tuple:
            loss, gradients = of(batch[i * size : (i + 1) * size])
            return i + 1, total + loss, [a + b for a, b in zip(totals, gradients, strict=True)]

        nothing = (tf.constant(0), tf.zeros([], self._dtype), [tf.zeros_like(v) for v in self._trained])
        _, loss, gradients = tf.while_loop(
            lambda i, *_: i < self._accumulate, add, nothing, parallel_iterations=1
        )
        return loss / self._accumulate, [one / self._accumulate for one in gradients]

    def run_epoch(
        self,
        rows: np.ndarray | StreamedRows,
        generator: np.random.Generator,
        report: Callable[[list[float]], None],
        report_every: int = 0,
        *,
        before: Sequence[float] = (),
        after_call: Callable[[list[float]], None] = lambda losses: None,
    ) -> np.ndarray:
        """Run one pass over shuffled full batches; the losses end at the first that is not finite.

        Args:
            rows: [N, ...], or a stream of them.
            generator: shuffles.
            report: told of the epoch's losses so far.
            report_every: steps after which it is told; 0 for never.
            before: losses of this pass's first steps, where they were taken already.
            after_call: given the epoch's losses so far, all finite, after each compiled call.
        """
        coming = batches_of(rows, generator, self.batch_size, len(before))
        batches = np.zeros((self.n_steps, self.batch_size, *rows.shape[1:]), self._dtype.as_numpy_dtype)
        losses = list(before)
        while True:
            most = self.n_steps
            if report_every:
                most = min(most, report_every - len(losses) % report_every)
            n = 0
            for batch in islice(coming, most):
                batches[n] = batch
                n += 1
            if not n:
                break
            found = self._take(batches, n)
            n_finite = int(np.argmin([*np.isfinite(found), False]))
            losses += found[: n_finite + 1].tolist()
            if n_finite < n:
                break
            if report_every and len(losses) % report_every == 0:
                report(losses)
            after_call(losses)
        return np.array(losses)


def _first(learning_rate: float | Schedule) -> float:
    """Return the rate of the first step."""
    return float(learning_rate(tf.constant(0, tf.int64)) if callable(learning_rate) else learning_rate)
