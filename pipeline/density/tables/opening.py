"""Which format does a file of numbers have?

Names decide: ``.csv`` and ``.tsv`` (one line of names, separated by comma, semicolon or tab), ``.parquet``,
and ``.txt``, ``.dat`` or ``.data`` (white space). Only a regular file is opened: a pipe would wait for
ever, and could not be read twice.
"""

import os
import stat
from pathlib import Path

from pipeline.density.tables.number_table import NumberTable
from pipeline.density.tables.parquet_table import open_parquet
from pipeline.density.tables.text_table import open_text
from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = ["check_regular_file", "open_number_table"]

SEPARATED_SUFFIXES = (".csv", ".tsv")
SPACED_SUFFIXES = (".txt", ".dat", ".data")
PARQUET_SUFFIXES = (".parquet", ".pq")


def open_number_table(path: Path) -> NumberTable:
    """Open a table; costs one quick look through a text file to count its rows.

    Raises:
        ConfigurationError: no such file, or a name that tells no format.
        PipelineError: not a regular file, no rows, two columns of one name, or a column of no numbers.
    """
    check_regular_file(path)
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        table = open_parquet(path)
    elif suffix in (*SEPARATED_SUFFIXES, *SPACED_SUFFIXES):
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
