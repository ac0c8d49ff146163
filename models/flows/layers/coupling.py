"""How does half of a vector say how the other half is moved, so that both directions cost one pass?

A plain dense network from the first d features, and perhaps a context, to the parameters of the maps of the
rest: shift and scale, splines, or maps of the circle. An angle enters the network as its cosine and sine.
Source: Dinh et al. 2017, "Density Estimation Using Real NVP", section 3.2; Durkan et al. 2019, "Neural Spline
Flows", section 3.2.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import tensorflow as tf

from models.flows.elements import Elements
from models.flows.layers.layer import Layer
from models.flows.layers.made import ACTIVATIONS
from models.flows.layers.masked_dense import with_axes

__all__ = ["Coupling", "CouplingNetwork"]


class CouplingNetwork(tf.Module):
    """A dense network [..., d] to parameters [..., P, D - d] near zero at first.

    Args:
        n_inputs, n_outputs: d and D - d.
        hidden_units, n_parameters, context_size, activation, seed, dtype: see
            ``models.flows.layers.made.MADE``.
        is_angle: which inputs are angles, bool [d]; none by default.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        hidden_units: Sequence[int],
        *,
        n_parameters: int = 2,
        context_size: int,
        activation: str,
        is_angle: np.ndarray | None = None,
        seed: int,
        dtype: tf.DType,
    ) -> None:
        super().__init__(name="coupling_network")
        self.n_outputs = n_outputs
        self.context_size = context_size
        self.activation = ACTIVATIONS[activation]
        angles = np.zeros(n_inputs, bool) if is_angle is None else np.asarray(is_angle, bool)
        self._angles, self._others = np.flatnonzero(angles), np.flatnonzero(~angles)
        self.n_parameters = n_parameters
        generator = np.random.default_rng(seed)
        widths = [n_inputs + len(self._angles) + context_size, *hidden_units, n_parameters * n_outputs]
        self.weights: list[tf.Variable] = []
        self.biases: list[tf.Variable] = []
        for n_in, n_out in pairwise(widths):
            limit = np.sqrt(6.0 / (n_in + n_out)) * (0.01 if len(self.weights) == len(hidden_units) else 1.0)
            weight = generator.uniform(-limit, limit, (n_in, n_out))
            self.weights.append(tf.Variable(weight, dtype=dtype, name="weight"))
            self.biases.append(tf.Variable(np.zeros(n_out), dtype=dtype, name="bias"))

    def __call__(self, x: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the parameters [..., P, D - d] of the features that move, for ``x`` [..., d]."""
        if (conditional_input is None) != (self.context_size == 0):
            raise ValueError(f"the network was made for a context of {self.context_size} numbers")
        if len(self._angles):
            angles = tf.gather(x, self._angles, axis=-1)
            x = tf.concat([tf.gather(x, self._others, axis=-1), tf.cos(angles), tf.sin(angles)], axis=-1)
        if conditional_input is not None:
            shape = tf.concat([tf.shape(x)[:-1], [self.context_size]], axis=0)
            x = tf.concat([x, tf.broadcast_to(conditional_input, shape)], axis=-1)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = self.activation(tf.linalg.matmul(x, weight) + bias)
        outputs = tf.linalg.matmul(x, self.weights[-1]) + self.biases[-1]
        return with_axes(outputs, self.n_parameters, self.n_outputs)


class Coupling(Layer):
    """The coupling layer whose first features stay; forward takes noise to data.

    The features that stay are the same at both ends: one evaluation serves a value and its Jacobian.

    Args:
        event_size: features, D.
        network: of the features that stay to parameters of the others.
        elements: what the parameters mean.
    """

    def __init__(
        self, event_size: int, network: CouplingNetwork, elements: Elements, name: str = "coupling"
    ) -> None:
        parameters = dict(locals())
        self.network, self.elements = network, elements
        self.n_fixed = event_size - network.n_outputs
        super().__init__(parameters, dtype=network.weights[0].dtype, name=name)

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise and the log-determinant; see ``models.flows.layers.layer.Layer``."""
        stays = x[..., : self.n_fixed]
        parameters = self.network(stays, conditional_input)
        moved, slopes = self.elements.to_noise(parameters, x[..., self.n_fixed :])
        return tf.concat([stays, moved], axis=-1), tf.reduce_sum(slopes, axis=-1)

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the data of noise ``z``; see ``models.flows.layers.layer.Layer``."""
        stays = z[..., : self.n_fixed]
        moved = self.elements.to_data(self.network(stays, conditional_input), z[..., self.n_fixed :])
        return tf.concat([stays, moved], axis=-1)
