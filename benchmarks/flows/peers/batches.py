"""Which rows does a peer see at which step?

Shuffled full batches, epoch after epoch, the same ones for every library of the same seed.
Conventions: rows float32 [N, D].
"""

import numpy as np

from benchmarks.flows.peers.specification import Specification

__all__ = ["Batches"]


class Batches:
    """Batches of one array, and what standardises it.

    Attributes:
        rows: all of them.
        shift, scale: mean and deviation of each feature, float32 [D].
        n_in_epoch: batches of a pass.
    """

    def __init__(self, rows: np.ndarray, spec: Specification) -> None:
        self.rows = rows
        self.shift = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.scale = rows.std(axis=0, dtype=np.float64).astype(np.float32)
        self.n_in_epoch = len(rows) // spec.batch_size
        self._size, self._order = spec.batch_size, np.random.default_rng(spec.seed)
        self._waiting: list[np.ndarray] = []

    def take(self) -> np.ndarray:
        """Return the next batch."""
        if not self._waiting:
            order, size = self._order.permutation(len(self.rows)), self._size
            self._waiting = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
        return self.rows[self._waiting.pop()]
