"""How does a process start without what belongs to this one: Ctrl-C, and the user's own script?"""

import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker

__all__ = ["interrupts_held_back", "main_left_alone"]

_main_is_away = threading.Lock()


@contextmanager
def main_left_alone(function: Callable[..., object]) -> Iterator[None]:
    """Keep workers that are started within the block from running this process's main module again.

    A user's script that calls the pipeline in its first line would start workers that start workers. Only a
    function of the main module itself needs it. One thread at a time.
    """
    inner = function.func if isinstance(function, partial) else function
    if inner.__module__ == "__main__":
        yield
        return
    with _main_is_away:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C and the end of the terminal back while workers are started.

    They inherit that, and this process alone ends them. So do threads that are started within the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Python's tracker of resources outlives the terminal only where this is blocked before it starts, and its
    # start would end the holding back of Ctrl-C.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
