"""Which weights of a dense network must be zero so that output i depends on inputs before i only?

Conventions: inputs have degrees 1..D in the order of the autoregression; a hidden unit of degree d may
see inputs of degree <= d; the output for the input of degree d may see hidden units of degree < d.
A mask has the shape of its weight matrix, [inputs, units], and holds ones and zeros.
Source: Germain et al. 2015, "MADE: Masked Autoencoder for Distribution Estimation", equations 8 to 13.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

__all__ = ["connectivity", "dense_mask", "hidden_degrees", "input_degrees", "layer_masks"]


def input_degrees(event_size: int, order: str | Sequence[int] = "given", seed: int = 0) -> np.ndarray:
    """Return each input's place in the autoregression, 1 to ``event_size``.

    Args:
        event_size: number of inputs, D.
        order: ``"given"`` (first input first), ``"reversed"``, ``"random"``, or the degrees themselves.
        seed: of the random order.

    Returns:
        int64 [D].

    Raises:
        ValueError: the order is no permutation of 1..D.
    """
    if isinstance(order, str):
        degrees = {
            "given": np.arange(1, event_size + 1),
            "reversed": np.arange(event_size, 0, -1),
            "random": np.random.default_rng(seed).permutation(event_size) + 1,
        }
        if order not in degrees:
            raise ValueError(
                f"order={order!r} is unknown; use 'given', 'reversed', 'random' or the degrees themselves"
            )
        return degrees[order]
    chosen = np.asarray(order, dtype=np.int64)
    if chosen.shape != (event_size,) or not np.array_equal(np.sort(chosen), np.arange(1, event_size + 1)):
        raise ValueError(f"order={chosen.tolist()} is not a permutation of 1..{event_size}")
    return chosen


def hidden_degrees(event_size: int, n_units: int) -> np.ndarray:
    """Return degrees spread evenly over 1..D-1, sorted, for one hidden layer.

    From D - 1 units on, every output sees every input before it. A narrower layer is not refused (25,186
    inputs would need as many units): some degrees then have no unit of their own, and an output sees the
    inputs up to the nearest degree that has one. That narrows what it can learn and never lets it look
    ahead; ``connectivity`` tells which pairs are left.

    Returns:
        int64 [n_units]; all ones where D is 1 (such units reach no output).
    """
    return np.ceil(np.linspace(1, max(event_size - 1, 1), n_units)).astype(np.int64)


def dense_mask(before: np.ndarray, after: np.ndarray, *, exclusive: bool = False) -> np.ndarray:
    """Return the mask of one layer: which units may see which inputs.

    Three inputs, four units, each unit seeing the inputs before its own place only:

    >>> dense_mask(np.array([1, 2, 3]), np.array([1, 2, 3, 4]), exclusive=True).astype(int)
    array([[0, 1, 1, 1],
           [0, 0, 1, 1],
           [0, 0, 0, 1]])

    Args:
        before: degrees of the inputs, [I].
        after: degrees of the units, [U].
        exclusive: a unit of degree d sees degrees < d (the output layer), and not <= d (hidden ones).

    Returns:
        float32 [I, U].
    """
    left, right = np.asarray(before)[:, None], np.asarray(after)[None, :]
    return np.asarray(left < right if exclusive else left <= right, np.float32)


def layer_masks(
    event_size: int, hidden_units: Sequence[int], order: str | Sequence[int] = "given", seed: int = 0
) -> list[np.ndarray]:
    """Return the mask of each layer, the output layer's last.

    >>> layer_masks(3, [4])[0].astype(int).tolist()
    [[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    >>> layer_masks(3, [4])[1].astype(int).tolist()
    [[0, 1, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]]

    Returns:
        float32 masks of shapes [D, H1], [H1, H2], ..., [Hn, D].
    """
    degrees = [input_degrees(event_size, order, seed)]
    degrees += [hidden_degrees(event_size, n_units) for n_units in hidden_units]
    masks = [dense_mask(before, after) for before, after in pairwise(degrees)]
    return [*masks, dense_mask(degrees[-1], degrees[0], exclusive=True)]


def connectivity(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return which output depends on which input, bool [D, D] as [input, output]."""
    reach = masks[0]
    for mask in masks[1:]:
        reach = np.minimum(reach @ mask, 1.0)
    return reach > 0
