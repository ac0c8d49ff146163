"""How does a flow draw any number of samples, when each size of a call costs seconds of compiling?

Rows go through in blocks, each padded by its last row again to one of four sizes between powers of two, so
that few are ever compiled and at most a quarter is drawn in vain; what is padded is cut off. Autoregressive
layers, whose drawing takes longest to compile, share what is compiled of one of them.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.conditions import broadcast_rows, spread_condition
from models.flows.discrete import ExactMasses, Mixed
from models.flows.elements import Support
from models.flows.fitted import FittedFlow
from models.flows.layers import AlikeLayers, Autoregressive, Layer, compiled_without_gradient

__all__ = ["DrawnFlow", "in_blocks"]

# Rows of a block.
SMALLEST, LARGEST = 16, 16_384


class DrawnFlow(FittedFlow):
    """A flow that can be drawn from.

    Attributes:
        bijector, distribution: the TFP objects behind it.
    """

    bijector: tfp.bijectors.Bijector
    distribution: tfp.distributions.TransformedDistribution
    layers: list[Layer]
    mean: tf.Variable
    scale: tf.Variable
    _mixed: Mixed | None
    _support: Support | None

    @abstractmethod
    def condition(self, context: Any = None, label: Any = None, leading: Any = ()) -> dict[str, dict]:
        """Return the keyword arguments that hand a context and labels to the chain's bijectors."""

    def sample(self, n: int | Sequence[int], seed: int, context: Any = None, label: Any = None) -> tf.Tensor:
        """Draw [n, D], or [*n, D]; contexts [..., C] and labels [...] say of what, and broadcast to n.

        Each layer costs about one pass through its network. Sizes are padded to a few, so that a new
        number of samples seldom compiles. Samples have no gradient; those of ``rsample`` have.
        """
        noise, context, label = self._noise(n, seed, context, label)
        self.condition(context, label, noise.shape[:-1])
        rows = tf.reshape(noise, [-1, self.event_size])
        contexts = None if context is None else tf.reshape(context, [-1, self.architecture.context_size])
        labels = None if label is None else tf.reshape(label, [-1])
        return tf.reshape(in_blocks(self._from_noise, rows, (contexts, labels)), noise.shape)

    def rsample(self, n: int | Sequence[int], seed: int, context: Any = None, label: Any = None) -> tf.Tensor:
        """Draw as ``sample`` does, differentiable in the weights and the context; not compiled, so slower."""
        if self._mixed is not None:
            raise ValueError(
                f"features {[place for place, _, _ in self.architecture.discrete]} are discrete, and samples "
                "of whole numbers have no gradient; use sample"
            )
        noise, context, label = self._noise(n, seed, context, label)
        return self.bijector.forward(noise, **self.condition(context, label, noise.shape[:-1]))

    def sample_and_log_prob(
        self, n: int | Sequence[int], seed: int, context: Any = None, label: Any = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draw as ``sample`` does, and return the samples [n, D] with their log-density, nats [n]."""
        drawn = self.sample(n, seed, context, label)
        return drawn, self.log_prob(drawn, context, label)

    def _trace_drawing(self) -> None:
        """Prepare the functions that draw, once ``bijector``, ``distribution`` and ``_mixed`` are there."""
        # Eagerly TFP takes 7 ms for the noise of a sample, whatever the number of rows.
        self._traced_noise = tf.function(self.distribution.distribution.sample, autograph=False)
        alike = [layer for layer in self.layers if isinstance(layer, Autoregressive)]
        self._alike = None if not alike or isinstance(self._mixed, ExactMasses) else AlikeLayers(alike)
        self._from_noise: Callable[..., tf.Tensor] = self._drawn
        if self._alike is None:
            self._from_noise = compiled_without_gradient(self._drawn)

    def _drawn(self, noise: tf.Tensor, context: Any = None, label: Any = None) -> tf.Tensor:
        given = self.condition(context, label)
        return self._to_data(noise, given) if self._mixed is None else self._mixed.sample(noise, given)

    def _to_data(self, noise: tf.Tensor, given: Mapping[str, Any]) -> tf.Tensor:
        """Return the continuous variables of noise [N, D], which ``bijector.forward`` returns as well."""
        x = noise
        for layer in reversed(self.layers):
            own = given.get(layer.name, {})
            if self._alike is not None and isinstance(layer, Autoregressive):
                x = self._alike.to_data(layer, x, **own)
            else:
                x = layer.to_data(x, **own)
        x = x * self.scale + self.mean
        return x if self._support is None else self._support.forward(x)

    def _noise(
        self, n: int | Sequence[int], seed: int, context: Any, label: Any
    ) -> tuple[tf.Tensor, Any, Any]:
        """Return noise [*n, D], and the conditions of each of its rows.

        Raises:
            ValueError: conditions do not broadcast to ``n``.
        """
        shape = [n] if isinstance(n, int | np.integer) else list(n)
        drawn = self._traced_noise(tf.constant(int(np.prod(shape))), seed=tf.constant([seed, 0], tf.int32))
        noise = tf.reshape(drawn, [*shape, self.event_size])
        if label is not None and not tf.is_tensor(label):
            label = np.asarray(label)
        wide, context, label = broadcast_rows(noise, context, label, self.dtype)
        if wide.shape != noise.shape:
            raise ValueError(f"{tuple(shape)} samples cannot have conditions of {tuple(wide.shape[:-1])}")
        if context is not None:
            context = spread_condition(context, 1, shape, self.dtype)
        if label is not None:
            label = spread_condition(label, 0, shape, tf.int32)
        return noise, context, label


def in_blocks(
    forward: Callable[..., tf.Tensor], noise: tf.Tensor, given: Sequence[tf.Tensor | None]
) -> tf.Tensor:
    """Return ``forward`` of all rows, [N, D].

    Args:
        forward: takes noise and conditions of a block, compiled.
        noise: [N, D].
        given: conditions of N rows each, or None.
    """
    n = noise.shape[0]
    if not n:
        return noise
    drawn = []
    for start in range(0, n, LARGEST):
        end = min(start + LARGEST, n)
        step = max(1 << (end - start - 1).bit_length() >> 3, 1)
        n_padded = max(-(-(end - start) // step) * step, SMALLEST)
        rows = tf.minimum(tf.range(start, start + n_padded), end - 1)
        parts = [None if value is None else tf.gather(value, rows) for value in (noise, *given)]
        drawn.append(forward(*parts)[: end - start])
    return drawn[0] if len(drawn) == 1 else tf.concat(drawn, axis=0)
