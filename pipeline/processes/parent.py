"""How does a worker end when the process that started it is gone?

A process that is killed (SIGKILL, or by a system without memory) tells nobody, and a worker that waits for
its next batch waits on: it holds both ends of the queue itself. So a thread in each worker waits for the
end of the process that started it, and ends the worker at once.
"""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait
from typing import Any

__all__ = ["end_with_parent"]

# As after a signal that cannot be handled.
_STATUS = 137


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, by whatever means; for a worker to call.

    Raises:
        ValueError: this process was started by nobody who could be watched.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        raise ValueError("only a process that multiprocessing started has a parent to end with")
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: Any) -> None:
    wait([sentinel])
    os._exit(_STATUS)
