"""Which files do the lists of a corpus name, and which split do they give them?

``validation_list.txt`` and ``testing_list.txt`` have lines ``word/file.wav``; whatever they do not name is
``train``. A CSV has the columns ``file`` and ``split``, ``recording`` or both, separated by commas,
semicolons or tabs: a file that it does not name is set aside, and ``recording`` says which clips were cut
from one. Text is UTF-8 or UTF-16, with a mark in front or without.
"""

import codecs
import csv
import stat
from pathlib import Path
from typing import NamedTuple

from pipeline.corpora.folder.corpus import SPLITS
from pipeline.corpora.folder.file_names import FileNames
from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = [
    "TESTING_LIST",
    "VALIDATION_LIST",
    "SplitLists",
    "SplitsTable",
    "read_split_lists",
    "read_splits_csv",
    "text_of",
]

VALIDATION_LIST = "validation_list.txt"
TESTING_LIST = "testing_list.txt"
LARGEST_LIST_BYTES = 256 << 20

# What other programs call the columns and the splits.
COLUMNS = {
    "file": (
        "file",
        "path",
        "filename",
        "file_name",
        "filepath",
        "file_path",
        "name",
        "clip",
        "audio",
        "wav",
    ),
    "split": ("split", "subset", "set", "partition"),
    "recording": ("recording", "recording_id", "source"),
}
SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


class SplitLists(NamedTuple):
    """The paths that lists name, by split, and a note for each list that names clips which are not there."""

    paths: dict[str, set[str]]
    notes: tuple[str, ...]


class SplitsTable(NamedTuple):
    """What a CSV says of files, by path; ``splits`` is None where it has no such column.

    ``n_rows`` counts its rows, ``unmatched`` holds the files of those that name no file of the corpus.
    """

    splits: dict[str, str] | None
    recordings: dict[str, str]
    files: set[str]
    n_rows: int
    unmatched: tuple[str, ...]


def read_split_lists(root: Path, names: FileNames) -> SplitLists | None:
    """Read the corpus's own lists, which may name more files than there are.

    Returns:
        What they list for ``validation`` and for ``test``, or None where no list stands.

    Raises:
        PipelineError: one list stands without the other, one cannot be read, or none of its lines names
            a file.
    """
    stands = {name: (root / name).exists() for name in (VALIDATION_LIST, TESTING_LIST)}
    if not any(stands.values()):
        return None
    for name, present in stands.items():
        if not present:
            raise PipelineError(
                f"{root} has one of the two split lists but not {name}; add it, or remove the other one"
            )
    listed, notes = {}, []
    for split, name in (("validation", VALIDATION_LIST), ("test", TESTING_LIST)):
        lines = [line.strip().strip('"') for line in text_of(root / name).split("\n") if line.strip()]
        files = [names.find(line) for line in lines]
        listed[split] = {path for path in files if path is not None}
        if lines and not listed[split]:
            raise PipelineError(
                f"none of the {len(lines):,} lines of {root / name} names an audio file of the corpus; the "
                f"first is {lines[0]!r}, a line has the form word/file.wav"
            )
        if n_absent := files.count(None):
            notes.append(
                f"{n_absent:,} of {len(lines):,} lines of {name} name no audio file of {root.name}; the "
                f"first is {lines[files.index(None)]!r}"
            )
    return SplitLists(listed, tuple(notes))


def read_splits_csv(path: Path, names: FileNames) -> SplitsTable:
    """Read a CSV with the column ``file`` (relative to the corpus), and ``split``, ``recording`` or both.

    Raises:
        ConfigurationError: no such file, a missing column, an unknown split, a file in two splits or
            recordings, or rows of which none names a file.
    """
    if not path.exists():
        raise ConfigurationError(f"the splits file {path} does not exist; check --splits")
    lines = text_of(path).splitlines()
    rows = csv.reader(lines, delimiter=_separator(lines[0] if lines else ""))
    found: dict[str, dict[str, str]] = {"split": {}, "recording": {}}
    files: dict[str, str] = {}  # as the corpus calls it, by what is written
    unmatched: dict[str, None] = {}
    n_rows = 0
    try:
        header = [column.strip() for column in next(rows, [])]
        columns = _columns(header)
        if "file" not in columns or len(columns) < 2:
            raise ConfigurationError(
                f"{path} has the columns {', '.join(header) or 'none'}, but needs file and split, "
                "file and recording, or all three"
            )
        for row in rows:
            if not row:
                continue
            n_rows += 1
            if len(row) <= max(columns.values()):
                raise ConfigurationError(
                    f"{path}, line {rows.line_num}: {len(row)} fields, needs {len(header)}"
                )
            cells = {name: row[place].strip() for name, place in columns.items()}
            written = cells.pop("file")
            if "split" in cells:
                split = SPLIT_NAMES.get(cells["split"].lower())
                if split is None:
                    raise ConfigurationError(
                        f"{path}, line {rows.line_num}: unknown split {cells['split']!r}, use train, "
                        f"validation or test{nearest(cells['split'], SPLITS)}"
                    )
                cells["split"] = split
            file = names.find(written)
            if file is None:
                unmatched[written] = None
                continue
            files[written] = file
            for name, cell in cells.items():
                if found[name].setdefault(file, cell) != cell:
                    raise ConfigurationError(
                        f"{path}, line {rows.line_num}: {file!r} is in both {found[name][file]} and {cell}; "
                        "keep one"
                    )
    except csv.Error as error:
        raise ConfigurationError(f"{path}, line {rows.line_num}: not a CSV file ({error})") from error
    if unmatched and not files:
        raise ConfigurationError(
            f"none of the {n_rows:,} rows of {path} names an audio file of the corpus; the first is "
            f"{next(iter(unmatched))!r}, a row has the form word/file.wav,train"
        )
    splits = found["split"] if "split" in columns else None
    return SplitsTable(splits, found["recording"], set(files.values()), n_rows, tuple(unmatched))


def _separator(header: str) -> str:
    """Return what separates the columns of a header line."""
    known = {name for names in COLUMNS.values() for name in names}
    return max(
        (",", ";", "\t"),
        key=lambda mark: sum(column.strip().strip('"').lower() in known for column in header.split(mark)),
    )


def _columns(header: list[str]) -> dict[str, int]:
    """Return the place of each known column; the first name of a list of names wins."""
    called = [column.lower().replace(" ", "_") for column in header]
    return {
        name: called.index(next(alias for alias in aliases if alias in called))
        for name, aliases in COLUMNS.items()
        if set(aliases) & set(called)
    }


def text_of(path: Path) -> str:
    """Read a text file, but never a pipe (which would hang) nor one of an absurd size."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PipelineError(f"{path} is not a regular file; put a text file in its place")
        if status.st_size > LARGEST_LIST_BYTES:
            raise PipelineError(
                f"{path} has {status.st_size:,} bytes, more than any list's {LARGEST_LIST_BYTES:,}"
            )
        content = path.read_bytes()
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror or error}") from error
    encoding = _encoding(content[:4096])
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return content.decode(encoding, errors).removeprefix("\ufeff")


def _encoding(head: bytes) -> str:
    """Return how a text is encoded: bytes of 0 stand in UTF-16 alone, where they are the upper halves."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    n_even, n_odd = head[::2].count(0), head[1::2].count(0)
    if n_even == n_odd:
        return "utf-8"
    return "utf-16-le" if n_odd > n_even else "utf-16-be"
