"""Which audio files stand below a folder, and which of them must never be opened?

Conventions: paths are relative to the root, with forward slashes, sorted. Nothing is opened here;
the kinds of files come from the folder's own entries, so that 65,000 files are listed in about a
second. A link is followed only to a regular file inside the root, never to a folder, so that no
cycle can be entered and nothing outside the corpus is read.
"""

import os
import stat
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from pipeline.audio import EXTENSIONS

__all__ = ["AUDIO_SUFFIXES", "FoundFile", "Listing", "list_audio", "valid_unicode"]

AUDIO_SUFFIXES = tuple(suffix for suffixes in EXTENSIONS.values() for suffix in suffixes)
FOREIGN_SUFFIXES = (".aac", ".amr", ".m4a", ".webm", ".wma")

HIDDEN_FOLDER = "folders whose names begin with '.' were not entered"
HIDDEN = "audio files whose names begin with '.' were left out"
FOREIGN = "sound files of other kinds were left out; convert them to WAV"
LINKED_FOLDER = "links to folders were not followed; copy the folders into the corpus if they belong to it"
UNREADABLE = "folders could not be listed and were left out; check their permissions"


class FoundFile(NamedTuple):
    """One audio file: its path, the first folder of that path (``""`` for none), and why not to open it.

    ``on_disk`` is the path as the file system has it, whatever its bytes.
    """

    path: str
    folder: str
    name: str
    defect: str
    on_disk: str = ""


class Listing(NamedTuple):
    """The audio files, sorted by path, and sentences that count what was left out.

    ``n_other`` files are no sound at all, nor should they be: texts, lists, ``Thumbs.db``.
    """

    files: list[FoundFile]
    left_out: list[str]
    n_other: int = 0


def list_audio(root: Path, *, of_words: bool = True) -> Listing:
    """List the audio files below ``root``.

    Folders directly below the root whose names begin with ``_`` or ``.`` are no words and are not
    entered; further down, those that begin with ``.`` are not.

    Args:
        root: the corpus folder, without links in its own path (``Path.resolve``).
        of_words: whether the folders are words; where they are not, those that begin with ``_`` are entered.
    """
    files: list[FoundFile] = []
    left_out: Counter[str] = Counter()
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(root / prefix) as scan:
                entries = list(scan)
        except OSError:
            left_out[UNREADABLE] += 1
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("." if prefix or not of_words else ("_", ".")):
                    pending.append(f"{prefix}{entry.name}/")
                elif not of_words:
                    left_out[HIDDEN_FOLDER] += 1
            elif found := _look_at(entry, prefix, root, left_out):
                files.append(found)
    files.sort()
    return Listing(
        files, [f"{n:,} {reason}" for reason, n in sorted(left_out.items()) if reason], left_out[""]
    )


def _look_at(entry: os.DirEntry[str], prefix: str, root: Path, left_out: Counter[str]) -> FoundFile | None:
    """Return the entry as an audio file, or count why it is none."""
    linked = entry.is_symlink()
    if linked and os.path.isdir(entry.path):
        if not entry.name.startswith((".", "_")):
            left_out[LINKED_FOLDER] += 1
        return None
    name = entry.name.lower()
    if not name.endswith(AUDIO_SUFFIXES):
        if name.endswith(FOREIGN_SUFFIXES):
            left_out[FOREIGN] += 1
        else:
            left_out[""] += 1
        return None
    if name.startswith("."):
        left_out[HIDDEN] += 1
        return None
    if linked:
        defect = _defect_of_link(entry, root)
    else:
        defect = "" if entry.is_file(follow_symlinks=False) else _not_a_file(os.lstat(entry.path))
    path = on_disk = prefix + entry.name
    try:
        path.encode()
    except UnicodeEncodeError:
        path = valid_unicode(path)
        defect = defect or "name_bytes: the file name is not UTF-8; rename the file"
    folder, _, rest = path.partition("/")
    return FoundFile(path, folder if rest else "", path.rpartition("/")[2], defect, on_disk)


def valid_unicode(path: str) -> str:
    r"""Return the path with each byte that is not UTF-8 written as ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _defect_of_link(entry: os.DirEntry[str], root: Path) -> str:
    try:
        aim = Path(entry.path).resolve(strict=True)
        status = aim.stat()
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return "unreadable: a link that leads to no file"
    if not aim.is_relative_to(root):
        return "outside: a link to a file outside the corpus; copy the file into it"
    return "" if stat.S_ISREG(status.st_mode) else _not_a_file(status)


def _not_a_file(status: os.stat_result) -> str:
    kinds = {
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
    }
    return f"not_regular: not a regular file but a {kinds.get(stat.S_IFMT(status.st_mode), 'special file')}"
