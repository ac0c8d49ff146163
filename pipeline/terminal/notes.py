"""How does the program tell a person, or a log, something that is no result?"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pipeline.terminal.log import tell_program
from pipeline.terminal.verbosity import is_log, manner, telling

__all__ = ["say", "tell_error", "telling_stage", "waiting"]

_ERASE_LINE = "\r\x1b[2K"


def say(sentence: str, *, event: str = "note", level: str = "info", **told: Any) -> None:
    """Print a note for the user on standard error, unless the program is to be quiet.

    Args:
        sentence: the note.
        event: what it is of to a program, see ``tell_program``, as the others.
        level: ``info`` or ``warning``.
        **told: the same in numbers, for programs alone.
    """
    if is_log():
        tell_program(event, sentence, level, **told)
    elif not manner().is_quiet:
        print(sentence, file=sys.stderr, flush=True)


def tell_error(sentence: str, status: int) -> None:
    """Print what went wrong on standard error, however quiet the program is to be.

    Args:
        sentence: the error.
        status: with which the program ends for it.
    """
    if manner().progress == "json":
        tell_program("error", sentence, "error", status=status)
    else:
        print(f"error: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def telling_stage(stage: str, reason: str, say: Callable[..., None]) -> Iterator[None]:
    """Tell that a stage runs, what is told within the block as told of it, and to programs its end.

    Args:
        stage: its name.
        reason: why it is not skipped.
        say: takes what ``say`` of this module takes.
    """
    began = time.perf_counter()
    with telling(replace(manner(), stage=stage)):
        say(f"{stage}: running, {reason}", event="stage_begin", reason=reason)
        yield
        if is_log():
            seconds = round(time.perf_counter() - began, 3)
            tell_program("stage_end", f"{stage}: done in {seconds} s", seconds=seconds)


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
    tell_program("begin", what, title=what)
    yield
    tell_program("end", f"{what}: done", title=what)
