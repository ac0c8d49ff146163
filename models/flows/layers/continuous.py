"""How does a velocity that a network gives for each place and time carry noise to data?

dx/dt = v(x, t), from noise at t = 0 to data at t = 1, by fourth-order Runge-Kutta steps of one size: a row's
density does not depend on the rows beside it, as it would with steps that adapt to all. The log-determinant
is the integral of the divergence of v, which is taken exactly, by one derivative for each feature. Training
needs no solution: v is fitted to straight ways between noise and rows.
Source: Lipman et al. 2023, "Flow Matching for Generative Modeling", equations 20 to 23; Chen et al. 2018,
"Neural Ordinary Differential Equations", equation 8.
"""

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.layers.coupling import CouplingNetwork
from models.flows.layers.layer import Layer

__all__ = ["OdeLayer"]

# Of the noise that is left about each row: sigma in the source.
LEFT = 1e-3
N_WAVES = 4
# Random ways of a row at each step of training, and those that validation takes.
N_WAYS, N_VALIDATION_WAYS = 4, 32


class OdeLayer(Layer):
    """The solution of a differential equation; forward takes noise to data.

    Args:
        event_size: features, D.
        hidden_units, context_size, activation, seed, dtype: see ``models.flows.layers.made.MADE``.
        n_steps: of Runge-Kutta's method.
    """

    def __init__(
        self,
        event_size: int,
        hidden_units: Sequence[int],
        *,
        context_size: int,
        activation: str,
        n_steps: int,
        seed: int,
        dtype: tf.DType,
    ) -> None:
        parameters = dict(locals())
        self.event_size, self.n_steps, self._seed = event_size, n_steps, seed
        self.network = CouplingNetwork(
            event_size + 1 + 2 * N_WAVES,
            event_size,
            hidden_units,
            n_parameters=1,
            context_size=context_size,
            activation=activation,
            seed=seed,
            dtype=dtype,
        )
        # Counts the batches of training: each has noise of its own, the same again after a kill.
        self.n_drawn = tf.Variable(0.0, dtype=tf.float32, trainable=False, name="n_drawn")
        self._traced = tf.function(self._solve, autograph=False)
        super().__init__(parameters, dtype=dtype, name="ode")

    def velocity(self, x: tf.Tensor, t: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return v [..., D] at ``x`` [..., D] and ``t`` [...], or one time for all."""
        t = tf.broadcast_to(t, tf.shape(x)[:-1])[..., None]
        waves = math.pi * tf.range(1, N_WAVES + 1, dtype=x.dtype) * t
        inputs = tf.concat([x, 2.0 * t - 1.0, tf.cos(waves), tf.sin(waves)], axis=-1)
        return self.network(inputs, conditional_input)[..., 0, :]

    def matching(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None, *, for_validation: bool = False
    ) -> tf.Tensor:
        """Return minus the matching loss of each row of ``x`` [B, D], [B].

        Training draws noise and times anew at each call; validation has the same each time.
        """
        n_ways = N_VALIDATION_WAYS if for_validation else N_WAYS
        count = tf.constant(0) if for_validation else tf.cast(self.n_drawn.assign_add(1.0), tf.int32)
        seeds = tfp.random.split_seed(tf.stack([tf.constant(self._seed % 2**31), count]), 2)
        shape = tf.concat([[n_ways], tf.shape(x)], axis=0)
        noise = tf.random.stateless_normal(shape, seeds[0], dtype=x.dtype)
        # Each way has a share of the times of its own, so that all are met.
        place = tf.random.stateless_uniform(shape[:-1], seeds[1], dtype=x.dtype)
        t = (tf.range(n_ways, dtype=x.dtype)[:, None] + place) / n_ways
        at = (1.0 - (1.0 - LEFT) * t)[..., None] * noise + t[..., None] * x
        if conditional_input is not None:
            wide = tf.concat([shape[:-1], [conditional_input.shape[-1]]], axis=0)
            conditional_input = tf.broadcast_to(conditional_input, wide)
        missed = self.velocity(at, t, conditional_input) - (x - (1.0 - LEFT) * noise)
        return -tf.reduce_mean(tf.reduce_sum(tf.square(missed), axis=-1), axis=0)

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return where ``z`` is carried; see ``models.flows.layers.layer.Layer``."""
        return self._solved(z, 0.0, 1.0, conditional_input, with_divergence=False)[0]

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return where ``x`` comes from, and the integral of the divergence; see ``Layer``."""
        return self._solved(x, 1.0, 0.0, conditional_input, with_divergence=True)

    def _inverse(self, x: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        return self._solved(x, 1.0, 0.0, conditional_input, with_divergence=False)[0]

    def _forward_log_det_jacobian(
        self, z: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self._solved(z, 0.0, 1.0, conditional_input, with_divergence=True)[1]

    def _solved(
        self,
        x: tf.Tensor,
        start: float,
        end: float,
        conditional_input: tf.Tensor | None,
        *,
        with_divergence: bool,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return where ``x`` [..., D] is carried, and the integral of the divergence on the way [...]."""
        # Hundreds of evaluations are slow one by one; a function that XLA compiles is to hold no other.
        solve = self._traced if tf.executing_eagerly() else self._solve
        return solve(tf.convert_to_tensor(x), start, end, conditional_input, with_divergence)

    def _solve(
        self,
        x: tf.Tensor,
        start: float,
        end: float,
        conditional_input: tf.Tensor | None,
        with_divergence: bool,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        step = (end - start) / self.n_steps

        def slope(x: tf.Tensor, t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            if not with_divergence:
                return self.velocity(x, t, conditional_input), tf.zeros_like(x[..., 0])
            return self._with_divergence(x, t, conditional_input)

        def advance(i: tf.Tensor, x: tf.Tensor, total: tf.Tensor) -> tuple:
            t = start + step * tf.cast(i, x.dtype)
            v1, d1 = slope(x, t)
            v2, d2 = slope(x + 0.5 * step * v1, t + 0.5 * step)
            v3, d3 = slope(x + 0.5 * step * v2, t + 0.5 * step)
            v4, d4 = slope(x + step * v3, t + step)
            x = x + step / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
            return i + 1, x, total + step / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)

        _, x, total = tf.while_loop(
            lambda i, *_: i < self.n_steps,
            advance,
            (tf.constant(0), x, tf.zeros_like(x[..., 0])),
            maximum_iterations=self.n_steps,
            parallel_iterations=1,
        )
        return x, total

    def _with_divergence(
        self, x: tf.Tensor, t: tf.Tensor, conditional_input: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return v [..., D] and its divergence [...], from D copies of the rows."""
        size = self.event_size
        copies = tf.broadcast_to(x, tf.concat([[size], tf.shape(x)], axis=0))
        with tf.GradientTape() as tape:
            tape.watch(copies)
            found = self.velocity(copies, t, conditional_input)
        ones = tf.reshape(np.eye(size), [size, *[1] * (x.shape.rank - 1), size])
        upstream = tf.broadcast_to(tf.cast(ones, x.dtype), tf.shape(found))
        slopes = tape.gradient(found, copies, upstream)
        return found[0], tf.reduce_sum(slopes * upstream, axis=[0, -1])
