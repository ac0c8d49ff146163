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
import tensorflow_probability as tfp

from models.flows.elements import Elements
from models.flows.layers.evaluation import EvaluatedOnce
from models.flows.layers.made import ACTIVATIONS

__all__ = ["Coupling", "CouplingNetwork"]

tfb = tfp.bijectors


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
        shape = tf.concat([tf.shape(outputs)[:-1], [self.n_parameters, self.n_outputs]], axis=0)
        return tf.reshape(outputs, shape)


class Coupling(tfp.bijectors.RealNVP):
    """The coupling layer whose first features stay; forward takes noise to data.

    TFP's RealNVP evaluates the network for the value, and again for the Jacobian, for which it may take the
    other end of the map. The features that stay are the same at both ends: one evaluation serves.

    Args:
        event_size: features, D.
        network: of the features that stay to parameters of the others.
        elements: what the parameters mean.
    """

    def __init__(
        self, event_size: int, network: CouplingNetwork, elements: Elements, name: str = "coupling"
    ) -> None:
        self.network, self.elements = network, elements
        self.n_fixed = event_size - network.n_outputs
        self._evaluated = EvaluatedOnce()
        super().__init__(num_masked=self.n_fixed, bijector_fn=lambda *_, **__: tfb.Identity(), name=name)

    def _moving(self, x: tf.Tensor, condition: dict[str, tf.Tensor]) -> tfp.bijectors.Bijector:
        def make() -> tfp.bijectors.Bijector:
            return self.elements.bijector(self.network(x[..., : self.n_fixed], **condition))

        return self._evaluated(x, make)

    def _forward(self, x: tf.Tensor, **condition: tf.Tensor) -> tf.Tensor:
        moved = self._moving(x, condition).forward(x[..., self.n_fixed :])
        return self._evaluated.also(tf.concat([x[..., : self.n_fixed], moved], axis=-1))

    def _inverse(self, y: tf.Tensor, **condition: tf.Tensor) -> tf.Tensor:
        moved = self._moving(y, condition).inverse(y[..., self.n_fixed :])
        return self._evaluated.also(tf.concat([y[..., : self.n_fixed], moved], axis=-1))

    def _forward_log_det_jacobian(self, x: tf.Tensor, **condition: tf.Tensor) -> tf.Tensor:
        return self._moving(x, condition).forward_log_det_jacobian(x[..., self.n_fixed :], event_ndims=1)

    def _inverse_log_det_jacobian(self, y: tf.Tensor, **condition: tf.Tensor) -> tf.Tensor:
        return self._moving(y, condition).inverse_log_det_jacobian(y[..., self.n_fixed :], event_ndims=1)
