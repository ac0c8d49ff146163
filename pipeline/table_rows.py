"""What does a table of a run say, row by row, where the table or a cell of it may be absent?

A run may lack the table; where it stands, its columns must be all there.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.artefacts import read_table
from pipeline.errors import ArtefactError

__all__ = ["optional_number", "optional_text", "table_rows"]


def table_rows(path: Path, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return some columns of a table as rows; none where the file is absent.

    Raises:
        ArtefactError: the file is damaged or lacks a column.
    """
    if not path.is_file():
        return []
    columns = read_table(path)
    absent = [name for name in names if name not in columns]
    if absent:
        raise ArtefactError(f"{path} lacks the column {absent[0]!r}; evaluate again")
    rows = zip(*(columns[name] for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def optional_text(value: Any) -> str:
    """Return a text, ``""`` for one that is absent."""
    return "" if value is None else str(value)


def optional_number(value: Any) -> float | None:
    """Return a number, ``None`` for one that is absent or not finite."""
    return None if value is None or not np.isfinite(value) else float(value)
