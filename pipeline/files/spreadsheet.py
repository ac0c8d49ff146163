"""Which cells of a CSV would a spreadsheet take for a formula, and how are they told to be text?

Names of files, words and speakers come from anywhere, and a table is opened with a click. A cell that
could run as a formula, and one that begins with an apostrophe, is written behind an apostrophe, which is
taken off when it is read: every text comes back as it was.
Source: OWASP, "CSV Injection".
"""

from typing import Any

__all__ = ["FORMULA_STARTS", "guarded", "table_cell", "unguarded"]

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


def table_cell(value: Any) -> Any:
    """Return the value as it is written into a table of numbers and names: a number as text is no formula."""
    if not isinstance(value, str):
        return value
    try:
        float(value)
    except ValueError:
        return guarded(value)
    return value
