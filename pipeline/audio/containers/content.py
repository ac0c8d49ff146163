"""How are the bytes of a file read, whatever its size?

A small file is read at once. Of a large one only the parts are read that somebody asks for. Only regular
files are read: nothing waits on a pipe or a device. Offsets and sizes are in bytes.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import UnusableClip

__all__ = ["AT_ONCE_BYTES", "Content", "LargeFile", "open_content", "sha256_of"]

AT_ONCE_BYTES = 32 << 20  # a quarter of an hour of 16-bit mono at 16 kHz
_PART_BYTES = 4 << 20
_NEARBY_BYTES = 1 << 18  # heads are read in small steps: each would open the file
_NOT_REGULAR = "not a regular file (a folder, pipe or device); give an audio file"


class LargeFile:
    """The bytes of a file that is too large to be held: it has a length and slices, as ``bytes`` have.

    Args:
        path: of a regular file.
        size: its bytes.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._size = size
        self._nearby = (0, b"")

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        n_bytes = max(0, stop - start)
        first, nearby = self._nearby
        if not first <= start <= stop <= first + len(nearby):
            with self.opened() as file:
                file.seek(start)
                nearby = file.read(max(n_bytes, _NEARBY_BYTES))
            if n_bytes > _NEARBY_BYTES:
                return nearby
            self._nearby = first, nearby = start, nearby
        return nearby[start - first : start - first + n_bytes]

    def opened(self) -> BinaryIO:
        """Open the file for reading, from its beginning."""
        return os.fdopen(_descriptor(self.path), "rb", buffering=0)

    def parts(self) -> Iterator[bytes]:
        """Yield all bytes, a few megabytes at a time."""
        with self.opened() as file:
            while part := file.read(_PART_BYTES):
                yield part


Content = bytes | LargeFile


def open_content(path: Path, at_once_bytes: int | None = None) -> Content:
    """Return the bytes of a regular file, or a way to parts of one that is larger than ``at_once_bytes``.

    Args:
        path: of the file.
        at_once_bytes: ``AT_ONCE_BYTES`` where it is ``None``.

    Raises:
        UnusableClip: not a regular file.
        OSError: the file system refuses.
    """
    with os.fdopen(_descriptor(path), "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        most = AT_ONCE_BYTES if at_once_bytes is None else at_once_bytes
        return file.read(size) if size <= most else LargeFile(path, size)


def sha256_of(content: Content) -> str:
    """Return the lower-case hexadecimal digest of all bytes; of no bytes, ``""``."""
    if not len(content):
        return ""
    digest = hashlib.sha256()
    for part in content.parts() if isinstance(content, LargeFile) else (content,):
        digest.update(part)
    return digest.hexdigest()


def _descriptor(path: Path) -> int:
    # Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    )
    try:
        status = os.stat(path)
    except ValueError as error:  # a name with a zero byte
        raise UnusableClip("unreadable", f"the name cannot be opened ({error}); rename the file") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnusableClip("not_regular", _NOT_REGULAR)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableClip("not_regular", _NOT_REGULAR)
    return descriptor
