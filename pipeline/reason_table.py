"""What does a finished run say of why a clip is on the list, and which target clip it is nearest to?

Read from ``evaluation/reasons.parquet``, which a run may lack; then there is nothing to say.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.table_rows import optional_number, optional_text, table_rows

__all__ = ["Reason", "read_reasons"]


@dataclass(frozen=True)
class Reason:
    """Why a clip is on the list, and the target clip to compare it with (``""`` where there is none)."""

    reason: str
    evidence: str
    nearest_path: str
    nearest_distance: float | None


def read_reasons(run_path: Path) -> dict[str, Reason]:
    """Return the reason of each clip that has one, by path.

    Raises:
        ArtefactError: the file is damaged or lacks a column.
    """
    names = ("path", "reason", "evidence", "nearest_path", "nearest_distance")
    return {
        row["path"]: Reason(
            optional_text(row["reason"]),
            optional_text(row["evidence"]),
            optional_text(row["nearest_path"]),
            optional_number(row["nearest_distance"]),
        )
        for row in table_rows(run_path / "evaluation" / "reasons.parquet", names)
    }
