"""How is a Parquet file of numbers read in batches?

Conventions: integers, floating-point numbers and decimals are numbers; a null is not. Page checksums are
checked where the file has them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.density.tables.number_table import NumberTable
from pipeline.errors import PipelineError

__all__ = ["open_parquet"]

BATCH_ROWS = 65_536


def open_parquet(path: Path) -> NumberTable:
    """Open a Parquet file; reads its footer alone.

    Raises:
        PipelineError: damaged, without rows, or with a column of no numbers (named).
    """
    import pyarrow.types

    with _open(path) as file:
        schema, n_rows = file.schema_arrow, file.metadata.num_rows
    is_number = (pyarrow.types.is_integer, pyarrow.types.is_floating, pyarrow.types.is_decimal)
    for column in schema:
        if not any(matches(column.type) for matches in is_number):
            raise PipelineError(
                f"{path}, column {column.name!r} holds {column.type} from row 1 on, which is no number; "
                "take the column out of the file"
            )
    if n_rows < 1 or not schema.names:
        raise PipelineError(
            f"{path} has {n_rows:,} rows of {len(schema.names)} columns; give a table with rows"
        )
    return NumberTable(path=path, columns=tuple(schema.names), n_rows=n_rows, read=lambda: _read(path))


def _open(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise PipelineError(
            f"{path} cannot be read as Parquet ({_one_line(error)}); write it again"
        ) from error


def _read(path: Path) -> Iterator[np.ndarray]:
    import pyarrow

    n_before = 0
    with _open(path) as file:
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                yield np.column_stack(
                    [
                        _numbers(path, name, column, n_before)
                        for name, column in zip(batch.schema.names, batch.columns, strict=True)
                    ]
                )
                n_before += batch.num_rows
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise PipelineError(
                f"{path} cannot be read after row {n_before:,} ({_one_line(error)}); write it again"
            ) from error


def _numbers(path: Path, name: str, column: Any, n_before: int) -> np.ndarray:
    """Return a column of a batch as float64 [n]."""
    if column.null_count:
        row = n_before + int(np.argmax(column.is_null().to_numpy(zero_copy_only=False))) + 1
        raise PipelineError(
            f"{path}, row {row:,}, column {name!r}: an empty cell is no number; "
            "fill it, or take the row or the column out of the file"
        )
    numbers: np.ndarray = column.cast("float64", safe=False).to_numpy(zero_copy_only=False)
    return numbers


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
