"""How are rows scored so that what one of them gets does not depend on the others?

A compiled product may round differently at another batch size. So every batch is padded to one size.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["Objective", "evaluate"]

Objective = Callable[[tf.Tensor], tf.Tensor]

# Rows that are scored at once. Products of few rows waste time on every weight anew; wide rows need memory.
SCORING_BATCH_SIZE = 1024
WIDE_SCORING_BATCH_SIZE = 256
WIDE_ROW = 1024


def evaluate(
    log_prob: Objective, x: np.ndarray, batch_size: int | None = None, dtype: Any = np.float32
) -> np.ndarray:
    """Return ``log_prob`` of each row of ``x`` [N, ...], every batch padded to one size: [N] of ``dtype``.

    Works for any function of rows that gives each row its own numbers: [N, ...].

    A compiled product may round differently at another batch size; one size makes a clip's value
    independent of the company that it is scored in.
    """
    if batch_size is None:
        batch_size = WIDE_SCORING_BATCH_SIZE if np.prod(x.shape[1:]) > WIDE_ROW else SCORING_BATCH_SIZE
    values = []
    for start in range(0, len(x), batch_size):
        rows = np.asarray(x[start : start + batch_size], dtype)
        missing = batch_size - len(rows)
        padded = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows
        values.append(np.asarray(log_prob(tf.constant(padded)).numpy()[: len(rows)], dtype))
    return np.concatenate(values) if values else np.empty(0, dtype)
