"""How is a file of numbers read, whatever its format, without ever holding all of it?

Conventions: a table's rows come in batches of float64 [n, D], every value finite; rows and columns are
counted from 1 in messages. Names decide the format: ``.csv`` and ``.tsv`` (one line of names, separated
by comma, semicolon or tab), ``.parquet``, and ``.txt``, ``.dat`` or ``.data`` (white space). Only a
regular file is opened: a pipe would wait for ever, and could not be read twice.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = ["LARGEST_VALUE", "NumberTable", "check_regular_file", "open_number_table"]

SEPARATED_SUFFIXES = (".csv", ".tsv")
SPACED_SUFFIXES = (".txt", ".dat", ".data")
PARQUET_SUFFIXES = (".parquet", ".pq")
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


def open_number_table(path: Path) -> NumberTable:
    """Open a table; costs one quick look through a text file to count its rows.

    Raises:
        ConfigurationError: no such file, or a name that tells no format.
        PipelineError: not a regular file, no rows, two columns of one name, or a column of no numbers.
    """
    check_regular_file(path)
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        from pipeline.density.parquet_table import open_parquet

        table = open_parquet(path)
    elif suffix in (*SEPARATED_SUFFIXES, *SPACED_SUFFIXES):
        from pipeline.density.text_table import open_text

        table = open_text(path, is_spaced=suffix in SPACED_SUFFIXES)
    else:
        known = (*SPACED_SUFFIXES, *SEPARATED_SUFFIXES, *PARQUET_SUFFIXES)
        raise ConfigurationError(
            f"{path} has the suffix {suffix!r}, which names no known format{nearest(suffix, known)}; "
            f"use one of {', '.join(known)}"
        )
    twice = [name for name in table.columns if table.columns.count(name) > 1]
    if twice:
        raise PipelineError(
            f"{path} has {table.columns.count(twice[0])} columns named {twice[0]!r}; give each its own name"
        )
    return table


def check_regular_file(path: Path) -> None:
    """Make sure that there is a regular file at the path.

    Raises:
        ConfigurationError: there is nothing.
        PipelineError: it is a folder, a pipe or a device, or cannot be looked at.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise ConfigurationError(f"the table {path} does not exist; check --data") from error
    except (OSError, ValueError) as error:
        raise PipelineError(f"{path} cannot be read: {error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise PipelineError(f"{path} is not a regular file; give the path of a file of numbers")
