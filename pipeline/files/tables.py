"""How are tables kept, so that damage shows and any program can read a part of them?

Conventions: Parquet, with a checksum of each page, in groups of rows: readers elsewhere, such as Dask and
Polars, take a group at a time.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import atomic_path

if TYPE_CHECKING:
    import pyarrow

__all__ = ["described", "read_columns", "read_groups", "read_table", "shared_texts", "write_table"]

ROWS_OF_A_GROUP = 1 << 16


def write_table(path: Path, columns: Mapping[str, Any]) -> None:
    """Write equally long columns (lists or arrays) as Parquet with page checksums."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table(dict(columns))
    with atomic_path(path) as temporary:
        pyarrow.parquet.write_table(
            table, temporary, write_page_checksum=True, row_group_size=ROWS_OF_A_GROUP
        )


def read_columns(path: Path, names: Collection[str] | None = None) -> "pyarrow.Table":
    """Read a Parquet table as Arrow has it, a few bytes a cell, checking each page's checksum.

    Args:
        path: of the table.
        names: columns that are wanted, as far as they are there; all where it is ``None``.

    Raises:
        ArtefactError: the file is absent, damaged or not Parquet.
    """
    import pyarrow.parquet

    with _readable(path):
        there = pyarrow.parquet.read_schema(path).names
        held = there if names is None else [name for name in there if name in names]
        return pyarrow.parquet.read_table(path, columns=held, page_checksum_verification=True)


def described(path: Path) -> tuple[list[str], int]:
    """Return the names of the columns of a Parquet table, and how many rows it has.

    Raises:
        ArtefactError: the file is absent, damaged or not Parquet.
    """
    import pyarrow.parquet

    with _readable(path):
        return pyarrow.parquet.read_schema(path).names, pyarrow.parquet.read_metadata(path).num_rows


def read_groups(path: Path, names: Collection[str]) -> Iterator["pyarrow.Table"]:
    """Yield columns of a Parquet table one group of rows after another, as ``read_columns`` has them.

    Raises:
        ArtefactError: the file is absent, damaged or not Parquet.
    """
    import pyarrow.parquet

    with _readable(path):
        file = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    with file:
        for number in range(file.num_row_groups):
            with _readable(path):
                group = file.read_row_group(number, columns=list(names))
            yield group


def read_table(path: Path, names: Collection[str] | None = None) -> dict[str, list[Any]]:
    """Read a Parquet table as columns of Python values; see ``read_columns``."""
    columns: dict[str, list[Any]] = read_columns(path, names).to_pydict()
    return columns


def shared_texts(column: "pyarrow.ChunkedArray") -> np.ndarray:
    """Return an Arrow column of texts as objects [N], one object for all cells with the same text."""
    encoded = column.combine_chunks().dictionary_encode()
    texts = np.array([*encoded.dictionary.to_pylist(), None], object)
    return np.asarray(texts[encoded.indices.fill_null(len(texts) - 1).to_numpy()])


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise ArtefactError(f"{path} cannot be read as Parquet ({error}); delete it and run again") from error
