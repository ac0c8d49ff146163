"""What do tests let workers do with a number? Imports nothing that a worker would have to load."""

import os
import signal
from pathlib import Path

__all__ = ["dying_once", "failing", "squared"]


def squared(number: int) -> int:
    return number * number


def failing(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


def dying_once(number: int, *, folder: Path) -> int:
    """Note that a number was begun, and kill the worker at 3 where there is a file ``deaths`` to take."""
    with open(folder / "begun", "a", encoding="ascii") as begun:
        begun.write(f"{number}\n")
    if number == 3 and (folder / "deaths").exists():
        (folder / "deaths").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return number
