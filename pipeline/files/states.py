"""Is a file still the one that was read before, without reading it again?

As git tells it: by its size, the times at which its content and its entry were last changed, and its number
on the disk. Whoever writes into a file, or puts another in its place, changes one of them. A file that
changed within the last seconds before it was looked at may change again without a trace, for clocks of file
systems are coarse: of such a file nothing is known. What a disk loses by itself is seen by reading alone.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import sha256_file
from pipeline.files.sealed import read_sealed_json, write_sealed_json

__all__ = ["UNKNOWN_STATE", "SeenFiles", "file_state", "file_states"]

State = tuple[int, int, int, int]
UNKNOWN_STATE: State = (-1, -1, -1, -1)  # differs from the state of every file, and counts as equal to none
SETTLED_NS = 2_000_000_000  # the coarsest clock of a file system in use, that of FAT


def file_state(path: str | Path) -> State:
    """Return a file's state, or ``UNKNOWN_STATE`` where it cannot be told, or changed just now."""
    return _state(path, time.time_ns())


def file_states(paths: Iterable[str]) -> np.ndarray:
    """Return the state of each file: int64 [N, 4]; costs one ``stat`` each."""
    now = time.time_ns()
    return np.array([_state(path, now) for path in paths], np.int64).reshape(-1, 4)


def _state(path: str | Path, now: int) -> State:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return UNKNOWN_STATE
    if now - max(found.st_mtime_ns, found.st_ctime_ns) < SETTLED_NS:
        return UNKNOWN_STATE
    # Numbers of some file systems need the 64th bit, which tables of whole numbers do not have.
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino & (2**63 - 1)


class SeenFiles:
    """The SHA-256 of files that were read, and their states then.

    Args:
        root: the folder that they are in.
        path: where what was seen is kept for later calls; what cannot be read there is as if it were not.
    """

    def __init__(self, root: Path, path: Path) -> None:
        self._root, self._path = root, path
        self._now: dict[str, tuple[State, str]] = {}
        self._before: dict[str, tuple[State, str]] | None = None

    def sha256(self, name: str, *, as_before: bool = False) -> str:
        """Return the digest of a file, which is read unless this object read it in this state.

        Args:
            name: of the file, relative to the folder.
            as_before: whether it counts as well that an earlier call read it in this state.

        Raises:
            OSError: it cannot be read.
        """
        path = self._root / name
        state = file_state(path)
        if state != UNKNOWN_STATE:
            for seen in (self._now, self._earlier()) if as_before else (self._now,):
                if name in seen and seen[name][0] == state:
                    return seen[name][1]
        digest = sha256_file(path)
        self._now[name] = state, digest
        return digest

    def keep(self) -> None:
        """Keep what this object read for later calls, and what they still know of other files."""
        known = {name: entry for name, entry in self._now.items() if entry[0] != UNKNOWN_STATE}
        # What is unknown now may be of a file that was written since.
        merged = {name: entry for name, entry in self._earlier().items() if name not in self._now} | known
        if merged != self._earlier():
            told = {name: [*state, digest] for name, (state, digest) in merged.items()}
            write_sealed_json(self._path, {"files": told})
            self._before = merged

    def _earlier(self) -> dict[str, tuple[State, str]]:
        if self._before is None:
            try:
                told = read_sealed_json(self._path).get("files", {})
                self._before = {name: (tuple(entry[:4]), str(entry[4])) for name, entry in told.items()}
            except (ArtefactError, AttributeError, IndexError, TypeError):
                self._before = {}
        return self._before
