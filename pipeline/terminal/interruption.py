"""Is Ctrl-C handled wherever it falls?

Python raises ``KeyboardInterrupt`` at whatever line the program has reached, and libraries lose it: one
with a bare ``except:`` raises an error of its own in its place (TensorFlow's trace types say that an
argument is not hashable), and a callback of the garbage collector drops it. So the press is remembered:
an error after it counts as the interruption, and work that goes on in spite of it ends at its next step.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

__all__ = ["interrupts_handed_to", "interrupts_handled", "raise_if_interrupted"]


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

    Of the main thread only. Where Ctrl-C is ignored or handled already, it stays so.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, and the block ended in an error.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _ctrl_c.was_pressed = False
    tell_of_dropped = sys.unraisablehook
    signal.signal(signal.SIGINT, _ctrl_c.press)
    sys.unraisablehook = lambda dropped: (
        None if dropped.exc_type is KeyboardInterrupt else tell_of_dropped(dropped)
    )
    try:
        yield
    except Exception as error:
        if _ctrl_c.was_pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = tell_of_dropped
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
    before = signal.signal(signal.SIGINT, lambda number, frame: end())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
