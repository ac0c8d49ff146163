"""Where do the batches of an epoch come from: an array, or a stream that memory may not hold?

Conventions: a batch is [B, ...]. The order of the rows follows from the state of a NumPy generator when an
epoch begins, so that an epoch can be gone on with after any number of its batches.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["StreamedRows", "batches_of"]

# Of a stream, in memory: those that are shuffled, and those that prepare a flow.
SHUFFLED_ROWS = 100_000
PREPARING_ROWS = 100_000


class StreamedRows:
    """Rows of a ``tf.data.Dataset`` that are read anew in each epoch and shuffled within a window.

    The data set is read once as it is made: to count its rows, and to keep some.

    Args:
        dataset: elements are rows [...], the same at each reading.
        hold_out_every: each so-many-th row is held out; 0 for none.
        dtype: of NumPy.

    Attributes:
        first: up to 100,000 rows that are not held out [K, ...].
        held_out: the others [M, ...].
        shape: as of an array of the rows.
    """

    def __init__(self, dataset: tf.data.Dataset, hold_out_every: int, dtype: Any) -> None:
        first, held_out, n_rows = [], [], 0
        for number, row in enumerate(dataset.as_numpy_iterator()):
            if hold_out_every and number % hold_out_every == hold_out_every - 1:
                held_out.append(row)
                continue
            if n_rows < PREPARING_ROWS:
                first.append(row)
            n_rows += 1
        row_shape = tuple(dataset.element_spec.shape)
        self.first = np.array(first, dtype).reshape(-1, *row_shape)
        self.held_out = np.array(held_out, dtype).reshape(-1, *row_shape)
        self.shape = (n_rows, *row_shape)
        if hold_out_every:
            dataset = dataset.enumerate().filter(
                lambda number, row: number % hold_out_every != hold_out_every - 1
            )
            dataset = dataset.map(lambda number, row: row)
        self._dataset = dataset

    def __len__(self) -> int:
        """Return how many rows an epoch has."""
        return int(self.shape[0])

    def batches(self, generator: np.random.Generator, batch_size: int, n_before: int) -> Iterator[np.ndarray]:
        """Yield the full batches of one epoch that come after the first ``n_before``."""
        seed = int(generator.integers(2**31))
        window = min(SHUFFLED_ROWS, max(len(self), 1))
        shuffled = self._dataset.shuffle(window, seed=seed, reshuffle_each_iteration=False)
        shuffled = shuffled.batch(batch_size, drop_remainder=True).skip(n_before)
        yield from shuffled.as_numpy_iterator()


def batches_of(
    rows: np.ndarray | StreamedRows, generator: np.random.Generator, batch_size: int, n_before: int
) -> Iterator[np.ndarray]:
    """Yield the full shuffled batches of one epoch that come after the first ``n_before``."""
    if isinstance(rows, StreamedRows):
        yield from rows.batches(generator, batch_size, n_before)
        return
    order = generator.permutation(len(rows))
    n_batches = len(rows) // batch_size
    chosen = np.sort(order[: n_batches * batch_size].reshape(n_batches, batch_size), axis=1)
    for places in chosen[n_before:]:
        yield rows[places]
