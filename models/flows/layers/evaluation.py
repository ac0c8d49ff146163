"""How is a network evaluated once where its value and its Jacobian are asked for one after the other?

TFP asks a bijector for the two apart, of one tensor. A compiler merges equal evaluations, and cannot merge
their gradients: training would pay for the network's twice. What is kept is given away once, and only in a
graph: there is nothing to gain eagerly, where TFP keeps its own last answer.
"""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["EvaluatedOnce"]


class EvaluatedOnce:
    """Keeps the map that was made of a tensor until it is asked for again."""

    def __init__(self) -> None:
        self._pending: tuple[list[tf.Tensor], tfp.bijectors.Bijector] | None = None

    def __call__(self, x: tf.Tensor, make: Callable[[], tfp.bijectors.Bijector]) -> tfp.bijectors.Bijector:
        """Return what ``make`` gives for ``x``, from the last call where that was about the same tensor."""
        kept, self._pending = self._pending, None
        if kept is not None and any(one is x for one in kept[0]):
            return kept[1]
        made = make()
        if not tf.executing_eagerly():
            self._pending = ([x], made)
        return made

    def also(self, x: tf.Tensor) -> tf.Tensor:
        """Return ``x`` [..., D], of which the network would say what it said of the last tensor."""
        if self._pending is not None:
            self._pending[0].append(x)
        return x
