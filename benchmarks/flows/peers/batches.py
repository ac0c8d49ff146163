"""Which rows does a peer see at which step, and what is told of those that it scores?

Shuffled full batches, epoch after epoch, the same ones for every library of the same seed.
Conventions: rows float32 [N, D].
"""

from typing import Any

import numpy as np

from benchmarks.flows.peers.specification import Specification

__all__ = ["Batches", "scored"]


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


def scored(values: np.ndarray, seconds: float) -> dict[str, Any]:
    """Return what is told of log-densities [N]: their mean, how many are not finite, and the seconds."""
    finite = np.isfinite(values)
    return {
        "seconds": seconds,
        "mean_log_prob": float(np.mean(values[finite], dtype=np.float64)) if finite.any() else None,
        "n_not_finite": int(np.sum(~finite)),
    }
