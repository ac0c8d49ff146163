"""Which file of a corpus is meant by what a list says?

Lists come from other systems: a path may have backslashes, stand below the corpus's own absolute path, its
name or other folders, or differ in the case of its letters or in the form of its accents, as long as one file
alone is meant.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

__all__ = ["FileNames"]


class FileNames:
    """The files of a corpus, found by what lists call them.

    Args:
        root: of the corpus, an absolute path.
        paths: of its files, relative to the root.
    """

    def __init__(self, root: Path, paths: Iterable[str]) -> None:
        self._paths = set(paths)
        self._alike: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            self._alike[_folded(path)].append(path)
        self._fronts = (_folded(root.as_posix()) + "/", _folded(root.name) + "/")

    def find(self, written: str) -> str | None:
        """Return the path of the one file that is meant, or None."""
        name = written.removeprefix("./")
        if name in self._paths:
            return name
        folded = _folded(name.replace("\\", "/").removeprefix("./"))
        for key in self._keys(folded):
            alike = self._alike.get(key, [])
            if len(alike) == 1:
                return alike[0]
        return None

    def _keys(self, folded: str) -> Iterable[str]:
        yield folded
        for front in self._fronts:
            if folded.startswith(front):
                yield folded.removeprefix(front)
        # A path of another machine, or from another folder: what follows the corpus's name, else as much of
        # its end as names a file, and at least folder and file.
        _, found, rest = folded.rpartition(f"/{self._fronts[1]}")
        if found:
            yield rest
        parts = folded.split("/")
        for first in range(1, len(parts) - 1):
            yield "/".join(parts[first:])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
