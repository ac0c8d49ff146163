"""How does one program at a time work on a place?

A lock is a file; it ends with the process that holds it, however that ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["locked"]


@contextmanager
def locked(path: Path, *, on_taken: Callable[[], None]) -> Iterator[None]:
    """Hold a lock while the block lasts; wait for another process that holds it.

    Args:
        path: of the lock's file; its folder exists.
        on_taken: called once where another process holds the lock, before waiting; raises where that is an
            error.

    Raises:
        OSError: the file cannot be made.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        on_taken()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
