"""Where are fits kept while a training stage lasts, so that one that was killed goes on?

Each fit of the stage has a file of its own, numbered in the order in which fits begin, which is the same
each time. A fit that ended is read and not done again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import read_arrays, write_arrays

__all__ = ["Checkpoints"]


@dataclass(frozen=True)
class _FitFile:
    """One fit's file; as ``models.flows.fitting`` asks for it."""

    path: Path

    def load(self) -> Mapping[str, np.ndarray] | None:
        try:
            return read_arrays(self.path) if self.path.exists() else None
        except ArtefactError:  # a power cut: the fit begins anew
            return None

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        write_arrays(self.path, arrays)


class Checkpoints:
    """The files of a stage's fits.

    Args:
        folder: where they are; those that an earlier stage with the same inputs left there are used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_begun = 0
        self.n_found = len(list(folder.glob("fit-*.npz")))

    def next(self) -> _FitFile:
        """Return the file of the fit that begins now."""
        self._n_begun += 1
        return _FitFile(self._folder / f"fit-{self._n_begun:04d}.npz")
