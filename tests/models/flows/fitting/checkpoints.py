"""What does a fit keep, and when is it killed?"""

from collections.abc import Mapping

import numpy as np

__all__ = ["KilledError", "Memory"]


class KilledError(Exception):
    """Stands for the end of the process."""


class Memory:
    """A checkpoint in memory, whose process ends right after a number of writes."""

    def __init__(self, n_writes: int = -1) -> None:
        self.saved: Mapping[str, np.ndarray] | None = None
        self.n_writes = n_writes

    def load(self) -> Mapping[str, np.ndarray] | None:
        return self.saved

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.saved = {name: array.copy() for name, array in arrays.items()}
        self.n_writes -= 1
        if self.n_writes == 0:
            raise KilledError
