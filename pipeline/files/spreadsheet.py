"""Which cells of a CSV would a spreadsheet take for a formula, and how are they told to be text?

Names of files, words and speakers come from anywhere, and a table is opened with a click. A cell that
could run as a formula, and one that begins with an apostrophe, is written behind an apostrophe, which is
taken off when it is read: every text comes back as it was.
Source: OWASP, "CSV Injection".
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.files.artefacts import atomic_path

__all__ = ["FORMULA_STARTS", "guarded", "table_cell", "unguarded", "write_csv"]

# Full-width forms included; white space before them is skipped by spreadsheets.
FORMULA_STARTS = "=+-@|%\uff1d\uff0b\uff0d\uff20"
GUARD = "'"


def guarded(cell: str) -> str:
    """Return the text as it is written."""
    begins = cell.lstrip()[:1]
    is_risky = begins != "" and begins in FORMULA_STARTS + GUARD
    return GUARD + cell if is_risky or cell[:1] in ("\t", "\r", "\n") else cell


def unguarded(cell: str) -> str:
    """Return the text that was written by ``guarded``."""
    return cell.removeprefix(GUARD)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    r"""Write rows of cells under a header, or under none where it is empty, as CSV; lines end in a line feed.

    A text that a spreadsheet could take for a formula is guarded; lone surrogates become ``\udcNN`` escapes.
    """
    with (
        atomic_path(path) as temporary,
        open(temporary, "w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        if titles := [table_cell(title) for title in header]:
            writer.writerow(titles)
        writer.writerows([table_cell(value) for value in row] for row in rows)


def table_cell(value: Any) -> Any:
    """Return the value as it is written into a table of numbers and names: a number as text is no formula."""
    if not isinstance(value, str):
        return value
    try:
        float(value)
    except ValueError:
        return guarded(value)
    return value
