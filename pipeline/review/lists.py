"""In which order does a list of the run stand, and which parts of its clips is it about?

A list is the table of an audit or of a sweep. ``start_seconds`` and ``end_seconds``, where it has them,
are the part of a recording that it is about.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files import read_table
from pipeline.runs import optional_number

__all__ = ["RunList", "read_listed"]


@dataclass(frozen=True)
class RunList:
    """A list of a run, empty where there is none.

    Attributes:
        columns: of its table.
    """

    columns: dict[str, list[Any]] = field(default_factory=dict)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Each clip once, worst first."""
        if not self.columns:
            return ()
        ranked = sorted(zip(self.columns["rank"], self.columns["path"], strict=True))
        return tuple(dict.fromkeys(path for _, path in ranked))

    @cached_property
    def regions(self) -> dict[str, tuple[float, float]]:
        """The part that the worst entry of each clip is about, in seconds, by path."""
        names = ("rank", "path", "start_seconds", "end_seconds")
        if any(name not in self.columns for name in names):
            return {}
        found: dict[str, tuple[float, float]] = {}
        for _, path, start, end in sorted(zip(*(self.columns[name] for name in names), strict=True)):
            start, end = optional_number(start), optional_number(end)
            if start is not None and end is not None and 0 <= start < end:
                found.setdefault(path, (start, end))
        return found


def read_listed(path: Path) -> RunList:
    """Read the table of a list.

    Raises:
        ArtefactError: it is damaged, or lacks a column.
    """
    if not path.is_file():
        return RunList()
    columns = read_table(path)
    if "path" not in columns or "rank" not in columns:
        raise ArtefactError(f"{path} lacks the column path or rank; make it again")
    return RunList(columns)
