r"""How is a text file of numbers read fast, and told apart line by line where it is wrong?

Conventions: blocks of whole lines are parsed at once, so that memory does not grow with the file. A
first line of numbers alone is data. In a file separated by white space, a header with another number of
words than there are columns (prose) gives the names X1, X2 and so on. Blank lines may stand at the end
alone. Row numbers count from the first line of data.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipeline.density.tables.number_table import NumberTable
from pipeline.errors import PipelineError

__all__ = ["open_text"]

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20  # a file without line ends must not be taken for one line
SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class _Layout:
    """Where the rows stand in a file: bytes [start, end), cells between ``separator`` (None: white space)."""

    path: Path
    columns: tuple[str, ...]
    separator: str | None
    start: int
    end: int

    def cells(self, line: bytes) -> list[str]:
        """Return the cells of one line."""
        text = line.decode("utf-8", "backslashreplace").strip("\r\n")
        if self.separator is None:
            return text.split()
        return [cell.strip() for cell in next(csv.reader([text], delimiter=self.separator), [])]


def open_text(path: Path, *, is_spaced: bool) -> NumberTable:
    """Open a text file of numbers; reads it once to count its rows.

    Args:
        path: a regular file.
        is_spaced: cells are separated by white space; else by comma, semicolon or tab, whichever the
            first line holds most of.

    Raises:
        PipelineError: no rows, or lines too long for a table.
    """
    try:
        with open(path, "rb") as file:
            layout = _look_at(path, file, is_spaced)
            n_rows = sum(_n_lines(block) for block in _blocks(file, layout))
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror or error}") from error
    return NumberTable(path=path, columns=layout.columns, n_rows=n_rows, read=lambda: _read(layout))


def _look_at(path: Path, file: BinaryIO, is_spaced: bool) -> _Layout:
    """Find names, separator and the bytes that hold rows."""
    first, second = file.readline(MAX_LINE_BYTES), file.readline(MAX_LINE_BYTES)
    if max(len(first), len(second)) >= MAX_LINE_BYTES:
        raise PipelineError(
            f"{path} has a line of {MAX_LINE_BYTES:,} bytes or more; give a table with one line a row"
        )
    bom = b"\xef\xbb\xbf"
    start = len(bom) if first.startswith(bom) else 0
    separator = None if is_spaced else max(SEPARATORS, key=first.decode("utf-8", "replace").count)
    draft = _Layout(path, (), separator, start, _end_of_rows(file))
    names = draft.cells(first[start:])
    n_columns = len(draft.cells(second)) or len(names) if is_spaced else len(names)
    if names and all(_is_number(name) for name in names):
        n_columns, names = len(names), []
    else:
        start = len(first)
    if start >= draft.end or not n_columns:
        raise PipelineError(f"{path} has 0 rows; give a table with one line of names and one line a row")
    if len(names) != n_columns:
        names = [f"X{number}" for number in range(1, n_columns + 1)]
    return _Layout(path, tuple(names), separator, start, draft.end)


def _end_of_rows(file: BinaryIO) -> int:
    """Return the file's size without the white space at its end."""
    size = file.seek(0, io.SEEK_END)
    tail = file.seek(max(0, size - MAX_LINE_BYTES))
    return tail + len(file.read().rstrip())


def _blocks(file: BinaryIO, layout: _Layout) -> Iterator[bytes]:
    """Yield the rows' bytes in blocks of whole lines."""
    position, rest = file.seek(layout.start), b""
    while position < layout.end:
        read = file.read(min(BLOCK_BYTES, layout.end - position))
        if not read:  # cut while it was being read: the count of rows will tell
            break
        position += len(read)
        block = rest + read
        cut = len(block) if position == layout.end else block.rfind(b"\n") + 1
        rest = block[cut:]
        if len(rest) > MAX_LINE_BYTES:
            raise PipelineError(
                f"{layout.path} has a line of more than {MAX_LINE_BYTES:,} bytes; "
                "give a table with one line a row"
            )
        if cut:
            yield block[:cut]
    if rest:
        yield rest


def _n_lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _read(layout: _Layout) -> Iterator[np.ndarray]:
    n_before = 0
    try:
        with open(layout.path, "rb") as file:
            for block in _blocks(file, layout):
                yield _parse(block, layout, n_before)
                n_before += _n_lines(block)
    except OSError as error:
        raise PipelineError(f"{layout.path} cannot be read: {error.strerror or error}") from error


def _parse(block: bytes, layout: _Layout, n_before: int) -> np.ndarray:
    """Return a block's rows; ``n_before`` rows stand before it."""
    expected = (_n_lines(block), len(layout.columns))
    try:
        if block.strip():
            quote = None if layout.separator is None else '"'
            rows = np.loadtxt(
                io.BytesIO(block),
                delimiter=layout.separator,
                comments=None,
                quotechar=quote,
                ndmin=2,
                encoding="utf-8",
            )
            if rows.shape == expected:
                return rows
    except ValueError as error:
        raise _defect(block, layout, n_before) from error
    raise _defect(block, layout, n_before)


def _defect(block: bytes, layout: _Layout, n_before: int) -> PipelineError:
    """Return what is wrong with the first bad line of a block."""
    for row, line in enumerate(block.splitlines(keepends=True), n_before + 1):
        cells = layout.cells(line)
        place = f"{layout.path}, row {row:,}"
        if not any(cells) and len(cells) < 2:
            return PipelineError(f"{place} is blank; take the line out of the file")
        if len(cells) != len(layout.columns):
            return PipelineError(
                f"{place} has {len(cells)} values, but there are {len(layout.columns)} columns; "
                "give every row one value for each column"
            )
        for name, cell in zip(layout.columns, cells, strict=True):
            if not _is_number(cell):
                found = repr(cell[:40]) if cell else "an empty cell"
                return PipelineError(
                    f"{place}, column {name!r}: {found} is no number; "
                    "correct it, or take the row or the column out of the file"
                )
    return PipelineError(
        f"{layout.path}, rows {n_before + 1:,} to {n_before + _n_lines(block):,} cannot be read as "
        f"{len(layout.columns)} columns of numbers; write them as plain decimal numbers, one line a row"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python's own notation, which no table uses
