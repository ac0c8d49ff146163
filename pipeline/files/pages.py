"""How does a process stay small that reads a mapped file from end to end, or has let go of large tables?

A page that was read counts as the process's own memory until the system takes it back, which it does late. So
whoever reads block by block says when a block is done with. Likewise glibc keeps what was freed below memory
that is in use: some 90 MB after each stage over a hundred thousand clips.
"""

import ctypes
import mmap
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["gathered", "release_freed", "release_pages"]

GATHERED_AT_ONCE = 32  # a row far from others may bring 2 MB with it, where the system maps huge pages


def release_pages(array: np.ndarray) -> None:
    """Give back the memory of a file that is mapped for reading; what is read again is the same.

    The pages stay in the system's cache. Does nothing for other arrays, nor where the system knows no such
    advice.
    """
    holder: Any = array
    while isinstance(holder, np.ndarray):
        # What was written to a private copy of a page would be lost.
        if isinstance(holder, np.memmap) and holder.mode != "r":
            return
        holder = holder.base
    if isinstance(holder, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        holder.madvise(mmap.MADV_DONTNEED)


def gathered(array: np.ndarray, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return ``array[rows]``; of a mapped file some at a time, for each row brings its neighbours with it."""
    places = np.asarray(rows)
    places = np.flatnonzero(places) if places.dtype == bool else places.astype(np.intp)
    found = np.empty((len(places), *array.shape[1:]), array.dtype)
    for first in range(0, len(places), GATHERED_AT_ONCE):
        block = slice(first, first + GATHERED_AT_ONCE)
        found[block] = array[places[block]]
        release_pages(array)
    return found


def release_freed() -> None:
    """Give back what this process has freed; costs milliseconds. Does nothing but with glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
