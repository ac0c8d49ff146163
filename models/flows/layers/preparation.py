"""What rows reach each layer of a flow, so that layers which begin from statistics can be given them?

Conventions: rows [N, D] go from data to noise, in pieces that bound memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

__all__ = ["attribute_set", "show_rows", "standardisation"]

# Rows that pass through the layers at once when statistics are taken.
CHUNK = 8192


def standardisation(x: np.ndarray, stays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the scale of features, float64 [D] each.

    A feature whose deviation is below a millionth of the largest is constant but for rounding: its scale is
    the largest times 1e-6, and densities stay finite.

    Args:
        x: training rows [N, D].
        stays: which features are left as they are, bool [D].
    """
    deviation = x.std(axis=0, dtype=np.float64)
    floor = max(float(deviation.max()), 1e-6) * 1e-6
    mean, scale = x.mean(axis=0, dtype=np.float64), np.maximum(deviation, floor)
    return np.where(stays, 0.0, mean), np.where(stays, 1.0, scale)


def show_rows(
    layers: Sequence[tf.Module],
    inverses: Sequence[Callable[..., tf.Tensor]],
    rows: np.ndarray,
    given: Mapping[str, Mapping[str, tf.Tensor]],
    kind: type,
    visit: Callable[..., None],
) -> None:
    """Show each layer of a kind the rows that reach it.

    Args:
        layers: the outermost first.
        inverses: of each layer, from data to noise, compiled.
        rows: standardised [N, D].
        given: keywords of conditioned layers, by their name, each of N rows.
        kind: of the layers that are shown their rows.
        visit: takes a layer and its rows, before they go through it.
    """
    last = max((i for i, layer in enumerate(layers) if isinstance(layer, kind)), default=-1)
    if last < 0:  # a single affine layer is followed by no normalisation
        return
    for number, layer in enumerate(layers[: last + 1]):
        if isinstance(layer, kind):
            visit(layer, rows)
        if number < last:
            own, inverse = given.get(layer.name, {}), inverses[number]
            spans = [slice(i, i + CHUNK) for i in range(0, len(rows), CHUNK)]
            found = [inverse(rows[at], **{key: own[key][at] for key in own}).numpy() for at in spans]
            rows = np.concatenate(found)


@contextmanager
def attribute_set(modules: Sequence[tf.Module], name: str, value: object) -> Iterator[None]:
    """Give each module's attribute a value for as long as a function is traced or called."""
    before = [getattr(module, name) for module in modules]
    for module in modules:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, old in zip(modules, before, strict=True):
            setattr(module, name, old)
