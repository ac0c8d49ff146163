"""How much does the program tell while it works, and in which form?

Of the whole process: libraries and stages tell without knowing which verb was typed. A verb sets it for as
long as it runs; outside of verbs it is plain, as Python callers expect.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["PROGRESS_FORMS", "Manner", "is_log", "manner", "telling"]

# auto is a bar on a terminal and plain lines elsewhere.
PROGRESS_FORMS = ("auto", "plain", "json", "none")


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What is told on standard error.

    Attributes:
        is_quiet: nothing but errors.
        is_verbose: also what few need: caveats, and each stage's seconds.
        progress: one of ``PROGRESS_FORMS``; ``json`` makes every line one of JSON, errors too.
        stage: that is under way, or "".
    """

    is_quiet: bool = False
    is_verbose: bool = False
    progress: str = "auto"
    stage: str = ""


_now = [Manner()]


def manner() -> Manner:
    """Return what is told at the moment."""
    return _now[-1]


def is_log() -> bool:
    """Say whether what happens is told, and in lines of JSON; an error is, however quiet the program is."""
    return manner().progress == "json" and not manner().is_quiet


@contextmanager
def telling(chosen: Manner) -> Iterator[None]:
    """Tell as chosen within the block."""
    _now.append(chosen)
    try:
        yield
    finally:
        _now.pop()
