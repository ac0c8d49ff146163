"""How does an epoch of optimiser steps run with few calls, when one call costs as much as a tenth of a step?

Several steps are one compiled loop: weights and Adam's moments stay in place from step to step, and the
call is paid once. The loop has room for one number of batches and says how many of them count, so that it
compiles once, and how many steps a call takes changes nothing in what is trained.
Conventions: batches [S, B, ...], losses [S] (mean negative log-likelihood, nats).
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
import tf_keras

__all__ = ["OptimiserSteps"]

# Steps of a call, and the numbers that their batches may hold: 16 MB.
STEPS_A_CALL = 20
NUMBERS_A_CALL = 4_000_000


class OptimiserSteps:
    """Adam on the mean negative log-likelihood, the global gradient norm clipped.

    Args:
        objective: rows [B, ...] to nats [B]; traced inside the compiled loop.
        variables: what is trained; all must exist.
        learning_rate: of Adam.
        clip_norm: highest norm of all gradients together; 0 for no bound.
        row_shape: of one row.
        batch_size: rows of a step, B.

    Attributes:
        optimizer: holds Adam's moments and the learning rate, which may be set between epochs.
    """

    def __init__(
        self,
        objective: Callable[[tf.Tensor], tf.Tensor],
        variables: Sequence[tf.Variable],
        *,
        learning_rate: float,
        clip_norm: float,
        row_shape: Sequence[int],
        batch_size: int,
    ) -> None:
        self.optimizer = tf_keras.optimizers.Adam(learning_rate, jit_compile=False)
        self.optimizer.build(variables)
        self.batch_size = batch_size
        numbers = batch_size * max(int(np.prod(row_shape)), 1)
        self.n_steps = min(STEPS_A_CALL, max(NUMBERS_A_CALL // numbers, 1))

        self._dtype = variables[0].dtype

        def step(batch: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(objective(batch))
            gradients = tape.gradient(loss, variables)
            if clip_norm:
                gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
            self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
            return loss

        @tf.function(autograph=False, jit_compile=True)
        def take(batches: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
            _, losses = tf.while_loop(
                lambda i, losses: i < n,
                lambda i, losses: (i + 1, losses.write(i, step(batches[i]))),
                (tf.constant(0), tf.TensorArray(self._dtype, size=self.n_steps, element_shape=[])),
                parallel_iterations=1,
            )
            return losses.stack()

        self._take = take

    def restart(self, learning_rate: float) -> None:
        """Set Adam's moments, its count of steps and the learning rate back to where a new fit begins."""
        for variable in self.optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self.optimizer.learning_rate.assign(learning_rate)

    def run_epoch(
        self,
        rows: np.ndarray,
        generator: np.random.Generator,
        report: Callable[[list[float]], None],
        report_every: int = 0,
        *,
        before: Sequence[float] = (),
        after_call: Callable[[list[float]], None] = lambda losses: None,
    ) -> np.ndarray:
        """Run one pass over shuffled full batches; the losses end at the first that is not finite.

        Args:
            rows: [N, ...].
            generator: shuffles.
            report: told of the epoch's losses so far.
            report_every: steps after which it is told; 0 for never.
            before: losses of this pass's first steps, where they were taken already.
            after_call: given the epoch's losses so far, all finite, after each compiled call.
        """
        order = generator.permutation(len(rows))
        n_batches = len(rows) // self.batch_size
        chosen = np.sort(order[: n_batches * self.batch_size].reshape(n_batches, self.batch_size), axis=1)
        batches = np.zeros((self.n_steps, self.batch_size, *rows.shape[1:]), self._dtype.as_numpy_dtype)
        losses = list(before)
        while len(losses) < n_batches:
            n = min(self.n_steps, n_batches - len(losses))
            if report_every:
                n = min(n, report_every - len(losses) % report_every)
            for place in range(n):
                batches[place] = rows[chosen[len(losses) + place]]
            found = self._take(tf.constant(batches), tf.constant(n)).numpy()[:n]
            n_finite = int(np.argmin([*np.isfinite(found), False]))
            losses += found[: n_finite + 1].tolist()
            if n_finite < n:
                break
            if report_every and len(losses) % report_every == 0:
                report(losses)
            after_call(losses)
        return np.array(losses)
