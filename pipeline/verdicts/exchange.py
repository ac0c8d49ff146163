"""How do verdicts leave the store and come back, as a table or as lines of JSON?

Conventions: one row of the store is one row or line, withdrawals too, so that a file holds
everything; ``current`` says whether the row stands, and is not read back. UTF-8. In a CSV no cell is a
formula, see ``pipeline.files.spreadsheet``.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.files import guarded, unguarded, write_text
from pipeline.verdicts.store import RefusedRow, VerdictStore
from pipeline.verdicts.verdict import Verdict, problem_of

__all__ = ["FORMATS", "as_text", "export_verdicts", "format_of", "import_verdicts"]

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
COLUMNS = tuple(field.name for field in fields(Verdict))
LATER = ("sound_sha256", "note", "decides")  # files that were exported before do not have it
CURRENT = "current"


def format_of(path: Path) -> str:
    """Return ``csv`` or ``jsonl`` by the name of a file.

    Raises:
        ConfigurationError: the name ends otherwise.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise ConfigurationError(
            f"{path.name!r} ends in none of {', '.join(FORMATS)}; name the file so that its kind is clear"
        ) from None


def as_text(store: VerdictStore, kind: str) -> str:
    """Return every row of a store as ``csv`` or ``jsonl``."""
    standing = {verdict.uid for verdict in store.standing()}
    rows = [{**asdict(row), CURRENT: "yes" if row.uid in standing else "no"} for row in store.rows()]
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([*COLUMNS, CURRENT])
    writer.writerows([guarded(cell) for cell in row.values()] for row in rows)
    return text.getvalue()


def export_verdicts(store: VerdictStore, path: Path) -> int:
    """Write every row of a store to a file and return how many there are.

    Raises:
        ConfigurationError: the file's name does not say which kind it is.
        PipelineError: the file cannot be written.
    """
    text = as_text(store, format_of(path))
    write_text(path, text)
    return len(store.rows())


def import_verdicts(store: VerdictStore, path: Path) -> tuple[int, int]:
    """Add the rows of a file that the store does not hold yet; a damaged file adds none.

    Returns:
        How many rows were added, and how many were known.

    Raises:
        ConfigurationError: the file's name does not say which kind it is.
        PipelineError: the file cannot be read; the number of the damaged line is named.
    """
    kind = format_of(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror}; name another file") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PipelineError(f"{path}, line {line}: the text is not UTF-8; save it as UTF-8") from error
    lines, verdicts = [], []
    for line, row in _csv_rows(path, text) if kind == "csv" else _json_rows(path, text):
        verdict = Verdict(**row)
        if problem := problem_of(verdict):
            raise _damaged(path, line, problem)
        lines.append(line)
        verdicts.append(verdict)
    try:
        return store.add_all(verdicts)
    except RefusedRow as error:
        raise _damaged(path, lines[error.row], str(error)) from error


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = next(reader, [])
        _check_columns(path, 1, header)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != len(header):
                    raise _damaged(path, line, f"it has {len(cells)} cells, the header {len(header)}")
                row = dict(zip(header, map(unguarded, cells), strict=True))
                yield line, _known_columns(path, line, row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _damaged(path, line, str(error)) from error


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _damaged(path, line, f"it is no JSON ({error})") from error
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise _damaged(path, line, "it is no object of texts")
        _check_columns(path, line, list(row))
        yield line, _known_columns(path, line, row)


def _check_columns(path: Path, line: int, found: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in (*found, *LATER)]
    foreign = sorted(set(found) - {*COLUMNS, CURRENT})
    if missing or foreign or len(set(found)) != len(found):
        wrong = (
            f"{missing[0]!r} is missing" if missing else f"{(foreign or found)[0]!r} does not belong there"
        )
        raise _damaged(path, line, f"{wrong}; the columns are {', '.join((*COLUMNS, CURRENT))}")


def _known_columns(path: Path, line: int, row: dict[str, str]) -> dict[str, str]:
    if row.pop(CURRENT, "yes") not in ("yes", "no"):
        raise _damaged(path, line, "current is neither yes nor no")
    return row


def _damaged(path: Path, line: int, problem: str) -> PipelineError:
    return PipelineError(
        f"{path}, line {line}: {problem}; nothing was imported, put the line right or remove it"
    )
