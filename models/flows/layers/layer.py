"""How does a layer say where a row goes, and how much that stretches, from one evaluation of its network?

TFP asks a bijector for its value and its Jacobian apart. A flow asks its layers for both at once: the network
is evaluated once, and so are its gradients. What TFP asks is answered from the same method. Layers that
differ in their variables alone share what is compiled of one of them.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["AlikeLayers", "Layer", "compiled_without_gradient"]


class Layer(tfp.bijectors.Bijector):
    """A bijector of vectors [..., D]; forward takes noise to data.

    Args:
        parameters: what the subclass was made with, for TFP's own copying.
        dtype: float32 or float64.
        name: of the bijector.
        is_constant_jacobian: whether the log-determinant is one number for all rows.
    """

    def __init__(
        self, parameters: dict[str, Any], *, dtype: tf.DType, name: str, is_constant_jacobian: bool = False
    ) -> None:
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            dtype=dtype,
            parameters=parameters,
            name=name,
        )

    @abstractmethod
    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise of ``x`` [..., D] and the log-determinant of the way there, nats [...] or []."""

    @abstractmethod
    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the data of noise ``z`` [..., D]."""

    def _forward(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        return self.to_data(z, conditional_input)

    def _inverse(self, x: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        return self.to_noise(x, conditional_input)[0]

    def _inverse_log_det_jacobian(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self.to_noise(x, conditional_input)[1]


class AlikeLayers:
    """The way to the data of layers of one structure: traced and compiled for the first, and used for all.

    Args:
        layers: whose variables differ in their values alone.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._first = layers[0]
        self._variables = {layer.name: layer.variables for layer in layers}
        self.compiled = compiled_without_gradient(self._to_data)

    def to_data(self, layer: Layer, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return what the method of ``layer`` of this name returns."""
        return self.compiled(self._variables[layer.name], z, conditional_input)

    def _to_data(
        self, variables: tuple[tf.Variable, ...], z: tf.Tensor, conditional_input: tf.Tensor | None
    ) -> tf.Tensor:
        with variables_replaced(self._first, variables):
            return self._first.to_data(z, conditional_input)


def compiled_without_gradient(function: Callable[..., tf.Tensor]) -> Any:
    """Return ``function``, compiled, for samples: XLA cannot hand the loops of a draw over to a gradient.

    A tape that is open meanwhile would record it all the same, and fail, if the gradient did not end within
    a function of its own.
    """
    compiled = tf.function(function, autograph=False, jit_compile=True)
    return tf.function(lambda *given: tf.stop_gradient(compiled(*given)), autograph=False)


@contextmanager
def variables_replaced(module: tf.Module, values: Sequence[Any]) -> Iterator[None]:
    """Let a module compute with others in the place of its ``variables``, while a function is traced."""
    by = {id(own): other for own, other in zip(module.variables, values, strict=True)}
    before = []
    for one in (module, *module.submodules):
        held = vars(one)
        for name, value in list(held.items()):
            if id(value) in by:
                replaced = by[id(value)]
            elif isinstance(value, list) and any(id(item) in by for item in value):
                replaced = [by.get(id(item), item) for item in value]
            else:
                continue
            before.append((held, name, value))
            held[name] = replaced
    try:
        yield
    finally:
        for held, name, value in before:
            held[name] = value
