"""How does one network give every conditional of an autoregressive density at once?

A masked dense network (MADE) from x [..., D], and perhaps a context [..., C], to a shift and a
log-scale [..., D] each. Output i depends on inputs of lower degree and on the whole context.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import tensorflow as tf

from models.masks import hidden_degrees, input_degrees, layer_masks

__all__ = ["MADE"]

ACTIVATIONS = {"tanh": tf.math.tanh, "relu": tf.nn.relu}


class MADE(tf.Module):
    """Masked autoencoder whose outputs are the shift and log-scale of a Gaussian conditional.

    The masks multiply the weights at every call, so no optimiser can undo them. They are computed
    from the degrees inside the graph: 25,186 inputs would otherwise carry gigabytes of constants.
    All variables exist from the start, and the output layer starts near zero: an untrained flow is
    close to the identity.

    Args:
        event_size: number of inputs, D.
        hidden_units: units of each hidden layer.
        context_size: length of the context vector, 0 for none.
        activation: ``"tanh"`` or ``"relu"``.
        log_scale_bound: B > 0 replaces the log-scale s by B tanh(s / B); 0 leaves it free.
        order: see ``models.masks.input_degrees``.
        seed: of the initial weights.
        dtype: float32 or float64.

    Source: Germain et al. 2015, section 4; Papamakarios et al. 2017, section 3.1.
    """

    def __init__(
        self,
        event_size: int,
        hidden_units: Sequence[int],
        *,
        context_size: int = 0,
        activation: str = "tanh",
        log_scale_bound: float = 3.0,
        order: str | Sequence[int] = "given",
        seed: int = 0,
        dtype: tf.DType = tf.float32,
        name: str = "made",
    ) -> None:
        super().__init__(name=name)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation={activation!r} is unknown; use one of {sorted(ACTIVATIONS)}")
        self.event_size = event_size
        self.activation = ACTIVATIONS[activation]
        self.log_scale_bound = log_scale_bound
        generator = np.random.default_rng(seed)
        inputs = input_degrees(event_size, order)
        self._degrees = [inputs, *(hidden_degrees(event_size, n_units) for n_units in hidden_units)]
        masks = layer_masks(event_size, hidden_units, order) if event_size <= 4096 else None
        widths = [event_size, *hidden_units]
        self.weights, self.biases = [], []
        for layer, (n_in, n_out) in enumerate(pairwise(widths)):
            limit = np.sqrt(6.0 / (n_in + n_out))
            weight = generator.uniform(-limit, limit, (n_in, n_out))
            if masks is not None:
                weight *= masks[layer]
            self.weights.append(tf.Variable(weight, dtype=dtype, name=f"weight_{layer}"))
            self.biases.append(tf.Variable(np.zeros(n_out), dtype=dtype, name=f"bias_{layer}"))
        self.output_weights = [
            tf.Variable(
                0.01 * generator.standard_normal((widths[-1], event_size)) / np.sqrt(widths[-1]),
                dtype=dtype,
                name=name,
            )
            for name in ("weight_shift", "weight_log_scale")
        ]
        self.output_biases = [
            tf.Variable(np.zeros(event_size), dtype=dtype, name=name)
            for name in ("bias_shift", "bias_log_scale")
        ]
        self.context_weight = None
        if context_size:
            limit = np.sqrt(6.0 / (context_size + widths[1]))
            weight = generator.uniform(-limit, limit, (context_size, widths[1]))
            self.context_weight = tf.Variable(weight, dtype=dtype, name="weight_context")
            self.context_output = [
                tf.Variable(np.zeros((context_size, event_size)), dtype=dtype, name=name)
                for name in ("context_shift", "context_log_scale")
            ]

    def _masked(self, weight: tf.Tensor, before: np.ndarray, after: np.ndarray, *, strict: bool) -> tf.Tensor:
        left, right = tf.constant(before)[:, None], tf.constant(after)[None, :]
        return weight * tf.cast(left < right if strict else left <= right, weight.dtype)

    def __call__(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the shift and the log-scale, each with the shape of ``x`` [..., D]."""
        hidden = x
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            before, after = self._degrees[layer], self._degrees[layer + 1]
            product = tf.linalg.matmul(hidden, self._masked(weight, before, after, strict=False)) + bias
            if layer == 0 and self.context_weight is not None:
                product += tf.linalg.matmul(conditional_input, self.context_weight)
            hidden = self.activation(product)
        outputs = []
        for part in range(2):
            weight = self._masked(self.output_weights[part], self._degrees[-1], self._degrees[0], strict=True)
            output = tf.linalg.matmul(hidden, weight) + self.output_biases[part]
            if self.context_weight is not None:
                output += tf.linalg.matmul(conditional_input, self.context_output[part])
            outputs.append(output)
        shift, log_scale = outputs
        if self.log_scale_bound:
            log_scale = self.log_scale_bound * tf.math.tanh(log_scale / self.log_scale_bound)
        return shift, log_scale
