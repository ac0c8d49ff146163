"""How does the program tell a person, or a log, something that is no result?"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from pipeline.terminal.verbosity import manner

__all__ = ["say", "tell_error", "tell_program", "waiting"]

_ERASE_LINE = "\r\x1b[2K"


def say(sentence: str) -> None:
    """Print a note for the user on standard error, unless the program is to be quiet."""
    if manner().is_quiet:
        return
    if manner().progress == "json":
        tell_program("note", text=sentence)
        return
    print(sentence, file=sys.stderr, flush=True)


def tell_program(event: str, **told: Any) -> None:
    """Print what happened as one line of JSON on standard error, with its time in UTC (ISO 8601).

    Args:
        event: ``note``, or ``begin``, ``progress`` or ``end`` of a piece of work.
        told: further keys.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    print(json.dumps({"time": now, "event": event, **told}), file=sys.stderr, flush=True)


def tell_error(sentence: str) -> None:
    """Print what went wrong on standard error, however quiet the program is to be."""
    print(f"error: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Name work whose length is not known while it lasts: for parts that take a second or more.

    On a terminal the name goes when the work ends. There is no bar, for libraries may write there meanwhile.
    Where nobody looks on, as in a log, it is told only on request.

    Args:
        what: is done, a few words.
    """
    told = manner()
    if told.is_quiet or told.progress == "none":
        yield
        return
    form = told.progress
    if form == "auto":
        if not sys.stderr.isatty():
            yield
            return
        print(f"{what} ...", file=sys.stderr, end="", flush=True)
        try:
            yield
        finally:
            print(_ERASE_LINE, file=sys.stderr, end="", flush=True)
        return
    if form != "json":
        print(what, file=sys.stderr, flush=True)
        yield
        return
    tell_program("begin", title=what)
    yield
    tell_program("end", title=what)
