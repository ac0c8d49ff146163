"""Why does a finished run list a clip, and which target clip is it nearest to?

Read from ``evaluation/reasons.parquet``. A run may lack a table of this kind, and a cell of it may be absent;
where the table stands, its columns must be all there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import read_table

__all__ = ["Reason", "optional_number", "optional_text", "read_reasons", "table_rows"]


@dataclass(frozen=True)
class Reason:
    """Why a clip is on the list, and the target clip to compare it with (``""`` where there is none).

    ``other_word`` is the word besides the target whose clips are nearest; ``""`` where a run does not say.
    """

    reason: str
    evidence: str
    nearest_path: str
    nearest_distance: float | None
    other_word: str = ""


def read_reasons(run_path: Path) -> dict[str, Reason]:
    """Return the reason of each clip that has one, by path.

    Raises:
        ArtefactError: the file is damaged or lacks a column.
    """
    names = ("path", "reason", "evidence", "nearest_path", "nearest_distance")
    path = run_path / "evaluation" / "reasons.parquet"
    others = read_table(path).get("other_word", []) if path.is_file() else []
    rows = table_rows(path, names)
    return {
        row["path"]: Reason(
            optional_text(row["reason"]),
            optional_text(row["evidence"]),
            optional_text(row["nearest_path"]),
            optional_number(row["nearest_distance"]),
            optional_text(other),
        )
        for row, other in zip(rows, others or [""] * len(rows), strict=True)
    }


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
