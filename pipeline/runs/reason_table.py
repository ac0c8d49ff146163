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

    Attributes:
        other_word: the word besides the target whose clips are nearest; ``""`` where a run does not say.
        marks: where in a recording lies what the evidence tells, see ``pipeline.explanation.telling``.
        nearest_lag_seconds: how much later the same happens in the nearest clip.
    """

    reason: str
    evidence: str
    nearest_path: str
    nearest_distance: float | None
    other_word: str = ""
    marks: tuple[dict[str, Any], ...] = ()
    nearest_lag_seconds: float = 0.0


def read_reasons(run_path: Path) -> dict[str, Reason]:
    """Return the reason of each clip that has one, by path.

    Raises:
        ArtefactError: the file is damaged or lacks a column.
    """
    names = ("path", "reason", "evidence", "nearest_path", "nearest_distance")
    may_lack = ("other_word", "marks", "nearest_lag_seconds")
    return {
        row["path"]: Reason(
            optional_text(row["reason"]),
            optional_text(row["evidence"]),
            optional_text(row["nearest_path"]),
            optional_number(row["nearest_distance"]),
            optional_text(row["other_word"]),
            tuple(row["marks"] or ()),
            optional_number(row["nearest_lag_seconds"]) or 0.0,
        )
        for row in table_rows(run_path / "evaluation" / "reasons.parquet", names, may_lack)
    }


def table_rows(path: Path, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return some columns of a table as rows; none where the file is absent.

    Args:
        path: of the table.
        names: of the columns.
        optional: of columns that may be absent, and are None then.

    Raises:
        ArtefactError: the file is damaged or lacks a column.
    """
    if not path.is_file():
        return []
    columns = read_table(path)
    absent = [name for name in names if name not in columns]
    if absent:
        raise ArtefactError(f"{path} lacks the column {absent[0]!r}; evaluate again")
    found = [columns[name] for name in names]
    found += [columns.get(name, [None] * len(found[0])) for name in optional]
    return [dict(zip((*names, *optional), row, strict=True)) for row in zip(*found, strict=True)]


def optional_text(value: Any) -> str:
    """Return a text, ``""`` for one that is absent."""
    return "" if value is None else str(value)


def optional_number(value: Any) -> float | None:
    """Return a number, ``None`` for one that is absent or not finite."""
    return None if value is None or not np.isfinite(value) else float(value)
