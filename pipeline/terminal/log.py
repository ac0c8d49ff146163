"""How is what happens told to a program: as lines of JSON on standard error?

Every line has the keys ``time`` (UTC, ISO 8601), ``level`` (``info``, ``warning`` or ``error``), ``event``,
``stage`` (``null`` outside of stages) and ``message``; what is known in numbers stands beside them.
"""

import json
import logging
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, TextIO

from pipeline.terminal.verbosity import is_log, manner

__all__ = ["libraries_logged", "tell_program", "unexpected_logged"]


def tell_program(event: str, message: str, level: str = "info", **told: Any) -> None:
    """Print what happened as one line of JSON on standard error.

    Args:
        event: ``note``, ``warning`` or ``error``; ``stage_begin``, ``stage_skip`` or ``stage_end``;
            ``begin``, ``progress`` or ``end`` of a piece of work.
        message: a sentence for people.
        level: ``info``, ``warning`` or ``error``.
        told: further keys.
    """
    line = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "level": level,
        "event": event,
        "stage": manner().stage or None,
        "message": message,
        **told,
    }
    # In one piece: threads and processes that write at once would otherwise mix their lines.
    sys.stderr.write(json.dumps(line, default=str) + "\n")
    sys.stderr.flush()


@contextmanager
def libraries_logged() -> Iterator[None]:
    """Let what libraries warn of by Python's own means be lines of JSON within the block, where asked."""
    if manner().progress != "json":
        yield
        return
    shown, root, handler = warnings.showwarning, logging.getLogger(), _Lines(logging.WARNING)
    warnings.showwarning = _tell_warning
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        warnings.showwarning = shown


@contextmanager
def unexpected_logged() -> Iterator[None]:
    """Let an error that nobody expected be one line of JSON with its traceback, and end with status 1.

    Where no lines of JSON were asked for the error passes.
    """
    try:
        yield
    except Exception as error:
        if manner().progress != "json":
            raise
        message = f"{type(error).__name__}: {error}"
        tell_program("error", message, "error", status=1, traceback=traceback.format_exc())
        sys.exit(1)


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _tell_of_library(str(message), "warning", category.__name__, f"{filename}:{lineno}")


class _Lines(logging.Handler):
    """Takes what libraries log, of a level of warning or more."""

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        _tell_of_library(record.getMessage(), level, record.name, f"{record.pathname}:{record.lineno}")


def _tell_of_library(message: str, level: str, category: str, place: str) -> None:
    if is_log():  # not where the program is to be quiet
        tell_program("warning", message, level, category=category, place=place)
