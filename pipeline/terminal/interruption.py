"""Is Ctrl-C handled wherever it falls?

Python raises ``KeyboardInterrupt`` at whatever line the program has reached, and libraries lose it: one
with a bare ``except:`` raises an error of its own in its place (TensorFlow's trace types say that an
argument is not hashable), a callback of the garbage collector drops it, and code in C prints the error that
it made of it. So the press is remembered: an error after it counts as the interruption and is shown by no
library, and work that goes on in spite of it ends at its next step.

A request to end (SIGTERM, of ``kill`` and of a system that shuts down) and the end of the terminal (SIGHUP)
are handled as Ctrl-C is; each that is ignored when the program starts (``nohup``) stays ignored.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

__all__ = ["interrupts_handed_to", "interrupts_handled", "raise_if_interrupted"]

# What ends the program, and how each is handled before the program says otherwise.
_BEFORE: dict[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    **({signal.SIGHUP: signal.SIG_DFL} if hasattr(signal, "SIGHUP") else {}),
}


@dataclass
class _CtrlC:
    # A plain attribute, for an event or a lock could be held by the code that the signal interrupts.
    was_pressed: bool = False

    def press(self, number: int, frame: object) -> NoReturn:
        self.was_pressed = True
        raise KeyboardInterrupt


_ctrl_c = _CtrlC()


@contextmanager
def interrupts_handled() -> Iterator[None]:
    """Let Ctrl-C within the block leave it as ``KeyboardInterrupt``, whatever a library makes of it.

    Of the main thread only. A signal that is ignored or handled already stays so.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, and the block ended in an error.
    """
    taken = [number for number, before in _BEFORE.items() if signal.getsignal(number) == before]
    if not taken:
        yield
        return
    _ctrl_c.was_pressed = False
    tell_of_dropped, print_error = sys.unraisablehook, sys.excepthook
    for number in taken:
        signal.signal(number, _ctrl_c.press)
    # TensorFlow's code in C prints by both hooks (``PyErr_WriteUnraisable``, ``PyErr_Print``) what it made of
    # the press, such as a ``SystemError``, and goes on or raises another error.
    sys.unraisablehook = lambda dropped: (
        None if _ctrl_c.was_pressed or dropped.exc_type is KeyboardInterrupt else tell_of_dropped(dropped)
    )
    sys.excepthook = lambda *error: None if _ctrl_c.was_pressed else print_error(*error)
    try:
        yield
    except Exception as error:
        if _ctrl_c.was_pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number in taken:
            signal.signal(number, _BEFORE[number])
        sys.unraisablehook, sys.excepthook = tell_of_dropped, print_error
        _ctrl_c.was_pressed = False
        # Python keeps in mind that Ctrl-C fell into a text that was run (``namedtuple`` runs one), and would
        # end itself by a signal in place of the exit status; the next text that is run makes it forget.
        exec("")


def raise_if_interrupted() -> None:
    """End work that goes on although Ctrl-C was pressed; called between two steps of it.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, and nothing has come of it.
    """
    if _ctrl_c.was_pressed:
        raise KeyboardInterrupt


@contextmanager
def interrupts_handed_to(end: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C within the block call ``end``, and the block go on to its own end in order.

    For an event loop, which an exception at whatever line it has reached leaves half made. Of the main
    thread only.

    Args:
        end: asks what runs in the block to end; must take no lock.
    """
    before = {
        number: signal.signal(number, lambda number, frame: end())
        for number in _BEFORE
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
