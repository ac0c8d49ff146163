"""How is work done in a process of its own, so that its memory comes back when it ends?

What TensorFlow compiles is never freed within a process: 0.25 GB a fit of the default preset, 400 MB for
a flow of ten layers. The process is started afresh (spawned), writes its progress to standard error, and
is ended in any case: after Ctrl-C it would go on for hours.
"""

import multiprocessing
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn, ParamSpec, TypeVar

from pipeline.processes.engine import WorkerKilled
from pipeline.processes.parent import end_with_parent
from pipeline.processes.starting import interrupts_held_back
from pipeline.terminal import Manner, libraries_logged, manner, telling

__all__ = ["call_isolated"]

Arguments = ParamSpec("Arguments")
Outcome = TypeVar("Outcome")

# For what it has open: a progress bar shows the terminal's cursor again. A long compilation hears nothing.
SECONDS_TO_END = 3.0


def call_isolated(
    was_killed: str,
    function: Callable[Arguments, Outcome],
    *given: Arguments.args,
    **named: Arguments.kwargs,
) -> Outcome:
    """Return what a function returns that is called in a process of its own; costs a start of Python.

    Args:
        was_killed: the sentence for a process that ended without a word.
        function: of a module; it, its arguments and what it returns must be picklable.
        given: its arguments.
        named: its arguments by name.

    Raises:
        WorkerKilled: the process was killed.
        Exception: what the function raised, with the traceback of its process as the cause.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    # A daemon is ended with this process even where a second Ctrl-C cuts the ending here short.
    worker = context.Process(target=_work, args=(sender, manner(), function, given, named), daemon=True)
    try:
        with interrupts_held_back():
            worker.start()
        sender.close()
        told, found = receiver.recv()
        if told:
            found = _exception_from(receiver)
    except (EOFError, BrokenPipeError) as error:
        raise WorkerKilled(was_killed) from error
    finally:
        if worker.pid is not None:
            worker.terminate()
            worker.join(SECONDS_TO_END)
            worker.kill()
            worker.join()
        sender.close()
        receiver.close()
    if told:
        raise found from RuntimeError(f"in a process of its own:\n{told}")
    outcome: Outcome = found
    return outcome


def _exception_from(receiver: Connection) -> Exception:
    """Return what the function raised, or that it does not survive the way."""
    try:
        error: Exception = receiver.recv()
    except Exception as lost:
        return RuntimeError(f"what was raised in a process of its own cannot be handed on ({lost!r})")
    return error


def _work(
    sender: Connection,
    told: Manner,
    function: Callable[..., Any],
    given: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    end_with_parent()
    signal.signal(signal.SIGTERM, _end)
    try:
        with telling(told), libraries_logged():
            message = ("", function(*given, **named))
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sender.send(message)
    except Exception as error:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sender.send((traceback.format_exc(), None))
        with suppress(Exception):  # what cannot be sent was told
            sender.send(error)
    except SystemExit:
        # What was open is closed; Python's own end would take TensorFlow seconds more.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)


def _end(number: int, frame: object) -> NoReturn:
    """Leave all that is open in order, which a signal alone does not."""
    sys.exit(128 + number)
