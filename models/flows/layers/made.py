"""How does one network give every conditional of an autoregressive density at once?

A masked dense network (MADE) from x [..., D], and perhaps a context [..., C], to P parameters for each
input, [..., P, D]. The parameters of input i depend on inputs of lower degree and on the whole context.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import tensorflow as tf

from models.flows.layers.masked_dense import MaskedDense, with_axes
from models.flows.layers.masks import hidden_degrees, input_degrees
from models.flows.layers.permutation import Order

__all__ = ["ACTIVATIONS", "MADE"]

ACTIVATIONS = {"tanh": tf.math.tanh, "relu": tf.nn.relu}


class MADE(tf.Module):
    """Masked autoencoder; see the module.

    All variables exist from the start. Hidden weights and biases are uniform within 1 / sqrt(inputs): with
    biases of zero all tanh units would bend at the mean of the data. The output layer starts near zero:
    the parameters of an untrained network are close to zero for every input.

    Args:
        event_size: number of inputs, D.
        hidden_units: units of each hidden layer.
        n_parameters: outputs for each input, P.
        context_size: length of the context vector, 0 for none.
        activation: ``"tanh"`` or ``"relu"``.
        order: see ``models.flows.layers.masks.input_degrees``.
        seed: of the initial weights and of a random order.
        dtype: float32 or float64.

    Source: Germain et al. 2015, section 4; Papamakarios et al. 2017, section 3.1.
    """

    def __init__(
        self,
        event_size: int,
        hidden_units: Sequence[int],
        *,
        n_parameters: int = 2,
        context_size: int = 0,
        activation: str = "tanh",
        order: str | Sequence[int] = "given",
        seed: int = 0,
        dtype: tf.DType = tf.float32,
        name: str = "made",
    ) -> None:
        super().__init__(name=name)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation={activation!r} is unknown; use one of {sorted(ACTIVATIONS)}")
        if not hidden_units:
            raise ValueError("a masked network needs at least 1 hidden layer, got 0; give hidden_units")
        self.event_size = event_size
        self.n_parameters = n_parameters
        self.activation = ACTIVATIONS[activation]
        generator = np.random.default_rng(seed)
        degrees = input_degrees(event_size, order, seed)
        self._order = Order(np.argsort(degrees), drawn=isinstance(order, str) and order == "random")
        ascending = np.arange(1, event_size + 1)
        self.degrees = [ascending, *(hidden_degrees(event_size, n_units) for n_units in hidden_units)]
        self.hidden = [
            MaskedDense(before, after, _uniform(generator, len(before), len(after)), dtype=dtype)
            for before, after in pairwise(self.degrees)
        ]
        for layer in self.hidden:
            limit = 1.0 / np.sqrt(layer.n_inputs)
            layer.bias.assign(generator.uniform(-limit, limit, layer.bias.shape))
        n_last = len(self.degrees[-1])
        start = 0.01 / np.sqrt(n_last) * generator.standard_normal((n_parameters, n_last, event_size))
        self.output = MaskedDense(self.degrees[-1], ascending, start, exclusive=True, dtype=dtype)
        self.context_hidden = self.context_output = None
        if context_size:
            n_first = len(self.degrees[1])
            weight = _uniform(generator, context_size, n_first)[0]
            self.context_hidden = tf.Variable(weight, dtype=dtype, name="context_hidden")
            zeros = np.zeros((context_size, n_parameters * event_size))
            self.context_output = tf.Variable(zeros, dtype=dtype, name="context_output")

    def __call__(self, x: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the parameters [..., P, D] of every input of ``x`` [..., D]."""
        from_context, outputs = self.context_terms(conditional_input)
        hidden = self.to_order(x)
        for number, layer in enumerate(self.hidden):
            product = layer(hidden)[..., 0, :]
            hidden = self.activation(product + from_context if number == 0 else product)
        return self.to_given(self.output(hidden) + outputs)

    def context_terms(self, conditional_input: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """Return what a context adds to the first hidden layer [..., H] and to the outputs [..., P, D]."""
        if (conditional_input is None) != (self.context_hidden is None):
            given, wanted = ("no", "a") if conditional_input is None else ("a", "no")
            raise ValueError(f"the network was made for {wanted} context vector and got {given} context")
        if conditional_input is None:
            zero = tf.zeros([], self.output.bias.dtype)
            return zero, zero
        outputs = tf.linalg.matmul(conditional_input, self.context_output)
        wide = with_axes(outputs, self.n_parameters, self.event_size)
        return tf.linalg.matmul(conditional_input, self.context_hidden), wide

    def to_order(self, values: tf.Tensor) -> tf.Tensor:
        """Bring the last axis [..., D] from the order of the features into that of their degrees."""
        return self._order.apply(values)

    def to_given(self, values: tf.Tensor) -> tf.Tensor:
        """Bring the last axis [..., D] from the order of the degrees into that of the features."""
        return self._order.undo(values)


def _uniform(generator: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    limit = 1.0 / np.sqrt(n_in)
    return generator.uniform(-limit, limit, (1, n_in, n_out))
