"""In which split is a clip, so that no speaker is in two?

In this order: the lists ``validation_list.txt`` and ``testing_list.txt`` of the corpus (lines
``word/file.wav``; whatever they do not name is ``train``); a CSV with the columns ``file,split``
(a clip that it does not name is set aside); the speaker's hash. A CSV may also have the column ``recording``,
with ``split`` or in its place: it says which clips were cut from one recording. The hash puts a speaker's
name on [0, 1) by SHA-256: below 0.8 ``train``, below 0.9 ``validation``, else ``test``. It depends on that
name alone, so adding speakers moves nobody, with one exception: where a split would stay empty
although there are three speakers or more, the speaker whose hash lies nearest to that split's
interval moves into it, from a split that keeps another one.
"""

import csv
import hashlib
import stat
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pipeline.corpora.folder.corpus import SPLITS
from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = [
    "TESTING_LIST",
    "VALIDATION_LIST",
    "SplitsTable",
    "read_split_lists",
    "read_splits_csv",
    "split_by_speaker",
]

VALIDATION_LIST = "validation_list.txt"
TESTING_LIST = "testing_list.txt"
INTERVALS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}
LARGEST_LIST_BYTES = 256 << 20


class SplitsTable(NamedTuple):
    """What a CSV says of files, by path; ``splits`` is None where it has no such column."""

    splits: dict[str, str] | None
    recordings: dict[str, str]
    files: set[str]


def split_by_speaker(speakers: Iterable[str]) -> dict[str, str]:
    """Give each speaker a split: 80/10/10 by hash, no split empty from three speakers on.

    Returns:
        The split of each speaker.
    """
    places = {speaker: _place(speaker) for speaker in set(speakers)}
    chosen = {speaker: _split_at(place) for speaker, place in places.items()}
    if len(chosen) < len(SPLITS):
        return chosen
    for split in SPLITS:
        sizes = Counter(chosen.values())
        if sizes[split] == 0:
            low, high = INTERVALS[split]
            movable = [speaker for speaker in chosen if sizes[chosen[speaker]] > 1]
            mover = min(movable, key=lambda name: (max(low - places[name], places[name] - high), name))
            chosen[mover] = split
    return chosen


def _place(speaker: str) -> float:
    digest = hashlib.sha256(speaker.encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _split_at(place: float) -> str:
    return next(split for split, (low, high) in INTERVALS.items() if low <= place < high)


def read_split_lists(root: Path) -> dict[str, set[str]] | None:
    """Read the corpus's own lists.

    Returns:
        The paths listed for ``validation`` and for ``test``, or None where no list stands.

    Raises:
        PipelineError: one list stands without the other, or one cannot be read.
    """
    stands = {name: (root / name).exists() for name in (VALIDATION_LIST, TESTING_LIST)}
    if not any(stands.values()):
        return None
    for name, present in stands.items():
        if not present:
            raise PipelineError(
                f"{root} has one of the two split lists but not {name}; add it, or remove the other one"
            )
    return {
        "validation": _lines(root / VALIDATION_LIST),
        "test": _lines(root / TESTING_LIST),
    }


def _lines(path: Path) -> set[str]:
    lines = (line.strip() for line in _text_of(path).split("\n"))
    return {line.removeprefix("./") for line in lines if line}


def _text_of(path: Path) -> str:
    """Read a text file, but never a pipe (which would hang) nor one of an absurd size."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PipelineError(f"{path} is not a regular file; put a text file in its place")
        if status.st_size > LARGEST_LIST_BYTES:
            raise PipelineError(
                f"{path} has {status.st_size:,} bytes, more than any list's {LARGEST_LIST_BYTES:,}"
            )
        return path.read_text("utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror or error}") from error


def read_splits_csv(path: Path) -> SplitsTable:
    """Read a CSV with the column ``file`` (relative to the corpus), and ``split``, ``recording`` or both.

    Raises:
        ConfigurationError: no such file, a missing column, an unknown split, or a file in two splits or
            recordings.
    """
    if not path.exists():
        raise ConfigurationError(f"the splits file {path} does not exist; check --splits")
    rows = csv.reader(_text_of(path).splitlines())
    found: dict[str, dict[str, str]] = {"split": {}, "recording": {}}
    files: set[str] = set()
    try:
        header = [column.strip() for column in next(rows, [])]
        if "file" not in header or not {"split", "recording"} & set(header):
            raise ConfigurationError(
                f"{path} has the columns {', '.join(header) or 'none'}, but needs file and split, "
                "file and recording, or all three"
            )
        columns = {name: header.index(name) for name in ("file", "split", "recording") if name in header}
        for row in rows:
            if not row:
                continue
            if len(row) <= max(columns.values()):
                raise ConfigurationError(
                    f"{path}, line {rows.line_num}: {len(row)} fields, needs {len(header)}"
                )
            cells = {name: row[place].strip() for name, place in columns.items()}
            file = cells.pop("file").removeprefix("./")
            files.add(file)
            if "split" in cells and cells["split"] not in SPLITS:
                raise ConfigurationError(
                    f"{path}, line {rows.line_num}: unknown split {cells['split']!r}, use train, validation "
                    f"or test{nearest(cells['split'], SPLITS)}"
                )
            for name, cell in cells.items():
                if found[name].setdefault(file, cell) != cell:
                    raise ConfigurationError(
                        f"{path}, line {rows.line_num}: {file!r} is in both {found[name][file]} and {cell}; "
                        "keep one"
                    )
    except csv.Error as error:
        raise ConfigurationError(f"{path}, line {rows.line_num}: not a CSV file ({error})") from error
    return SplitsTable(found["split"] if "split" in columns else None, found["recording"], files)
