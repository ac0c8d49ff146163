"""What is a table of numbers, whatever its format?

Conventions: a table's rows come in batches of float64 [n, D], every value finite, and are never all held;
rows and columns are counted from 1 in messages.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import PipelineError

__all__ = ["LARGEST_VALUE", "NumberTable"]

# Sums of squares of such values still fit in float64, and the values themselves in float32.
LARGEST_VALUE = 1e30


@dataclass(frozen=True, kw_only=True)
class NumberTable:
    """One file of numbers.

    Attributes:
        path: of the file.
        columns: a name for each column, all different.
        n_rows: rows that the file holds.
        read: starts one pass over the file; yields float64 [n, D].
    """

    path: Path
    columns: tuple[str, ...]
    n_rows: int
    read: Callable[[], Iterator[np.ndarray]]

    def batches(self) -> Iterator[np.ndarray]:
        """Yield every row in order, as float64 [n, D] with finite values.

        Raises:
            PipelineError: a value that is not finite or too large, with its place, or the file changed.
        """
        n_read = 0
        for batch in self.read():
            good = np.abs(batch) <= LARGEST_VALUE
            if not good.all():
                row, column = np.argwhere(~good)[0]
                raise PipelineError(
                    f"{self.path}, row {n_read + row + 1:,}, column {self.columns[column]!r}: "
                    f"{batch[row, column]:g} is not a finite number of at most {LARGEST_VALUE:g}; "
                    "correct the file or leave the row out of it"
                )
            n_read += len(batch)
            yield batch
        if n_read != self.n_rows:
            raise PipelineError(
                f"{self.path} has {n_read:,} rows but had {self.n_rows:,} a moment ago; "
                "run again when nothing writes to it"
            )
