"""How is TensorFlow imported, when a name of ours is asked for that needs it, without a word on the terminal?

Before its logging is set up TensorFlow writes lines about absent accelerators straight to file descriptor 2,
where neither a log level nor Python's ``sys.stderr`` reaches them. So do other libraries of C.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import lazy_loader

__all__ = ["attach_quietly", "held_back_standard_error", "prepare_tensorflow"]

STANDARD_ERROR = 2


def attach_quietly(name: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a door whose names stand in its ``.pyi``.

    A module is imported when one of its names is asked for. Where that brings in TensorFlow, its notes on the
    machine are held back; they are shown where the import fails.

    Args:
        name: ``__name__`` of the door.
        file: its ``__file__``.
    """
    plain, names, every = lazy_loader.attach_stub(name, file)

    def find(attribute: str) -> Any:
        if "tensorflow" in sys.modules:
            return plain(attribute)
        prepare_tensorflow()
        with held_back_standard_error(show_if_it_fails=True):
            found = plain(attribute)
            if "tensorflow" in sys.modules:  # what needs it needs the other, too, which warns
                import tensorflow_probability  # noqa: F401
        return found

    return find, names, every


def prepare_tensorflow() -> None:
    """Set what TensorFlow reads from the environment when it is imported, where nobody has set it.

    Without the second variable it imports Keras 3 besides, which nothing here uses: 1.3 s of 4 on two cores.
    Once it is imported that is settled, and TensorFlow Probability would look for what is not there.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


@contextmanager
def held_back_standard_error(*, show_if_it_fails: bool = False) -> Iterator[None]:
    """Hold back whatever this process writes to its standard error while the block lasts.

    For calls of a library alone: lines of other threads are held back, too. Costs 0.1 ms.

    Args:
        show_if_it_fails: write it after all where the block raises; otherwise it is lost.
    """
    try:
        kept = os.dup(STANDARD_ERROR)
    except OSError:  # closed by who started the program: nobody would read it
        yield
        return
    with tempfile.TemporaryFile() if show_if_it_fails else open(os.devnull, "w+b") as held:
        if sys.stderr:
            sys.stderr.flush()
        os.dup2(held.fileno(), STANDARD_ERROR)
        try:
            yield
        except BaseException:
            if show_if_it_fails:
                held.seek(0)
                os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, STANDARD_ERROR)
            os.close(kept)
