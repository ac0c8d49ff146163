"""How much of the memory that a process has freed does it keep for later?"""

import ctypes
import os
import sys

__all__ = ["settle_allocation"]

ARROW_POOL = "ARROW_DEFAULT_MEMORY_POOL"
# M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX of glibc's malloc.h: bytes, bytes and a number.
_OF_GLIBC = {
    "MALLOC_TRIM_THRESHOLD_": (-1, 32 << 20),
    "MALLOC_MMAP_THRESHOLD_": (-3, 4 << 20),
    "MALLOC_ARENA_MAX": (-8, 2),
}


def settle_allocation() -> None:
    """Let the system have what is freed in large pieces at once, and keep some of the small ones.

    For the start of a program: it binds what is allocated, and threads that begin, after it. What the
    environment says is left as it is.

    Arrays of 4 MB and more are given back when they are gone. glibc raises its own threshold with what is
    freed, up to 32 MB, and keeps what lies between other memory: 300 MB of a training's copies of 1,373
    clips, for as long as the process scores and reports after it. Of smaller arrays 32 MB are kept: memory
    that is had anew is filled with zeros first, and the scores of blocks of clips, whose arrays come and go,
    took 1.8 times as long where all was given back. What one thread has freed another may use: threads of a
    compiler with free memory of their own had 50 MB of it. Arrow's own allocator kept 100 MB after the tables
    of a hundred thousand clips.
    """
    if ARROW_POOL not in os.environ:
        os.environ[ARROW_POOL] = "system"
        if arrow := sys.modules.get("pyarrow"):  # it has read its environment
            arrow.set_memory_pool(arrow.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for name, (number, value) in _OF_GLIBC.items():
            if name not in os.environ:
                mallopt(number, value)
