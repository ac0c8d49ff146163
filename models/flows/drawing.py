"""How are any number of samples drawn, when each size of a call costs seconds of compiling?

Rows go through in blocks, each padded by its last row again to one of four sizes between powers of two, so
that few are ever compiled and at most a quarter is drawn in vain; what is padded is cut off.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.conditions import broadcast_rows, spread_condition

__all__ = ["in_blocks", "noise_for"]

# Rows of a block.
SMALLEST, LARGEST = 16, 16_384


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


def noise_for(
    flow: Any, n: int | Sequence[int], seed: int, context: Any, label: Any
) -> tuple[tf.Tensor, Any, Any]:
    """Return noise [*n, D] of a flow, and the conditions of each of its rows.

    Raises:
        ValueError: conditions do not broadcast to ``n``.
    """
    shape = [n] if isinstance(n, int | np.integer) else list(n)
    noise = flow.distribution.distribution.sample(int(np.prod(shape)), seed=tf.constant([seed, 0], tf.int32))
    if label is not None and not tf.is_tensor(label):
        label = np.asarray(label)
    noise = tf.reshape(noise, [*shape, flow.event_size])
    wide, context, label = broadcast_rows(noise, context, label, flow.dtype)
    if wide.shape != noise.shape:
        raise ValueError(f"{tuple(shape)} samples cannot have conditions of {tuple(wide.shape[:-1])}")
    if context is not None:
        context = spread_condition(context, 1, shape, flow.dtype)
    if label is not None:
        label = spread_condition(label, 0, shape, tf.int32)
    return noise, context, label
