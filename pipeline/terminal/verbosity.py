"""How much does the program tell while it works, and in which form?

Of the whole process: libraries and stages tell without knowing which verb was typed. A verb sets it for as
long as it runs; outside of verbs it is plain, as Python callers expect.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["PROGRESS_FORMS", "Manner", "manner", "telling"]

# auto is a bar on a terminal and plain lines elsewhere.
PROGRESS_FORMS = ("auto", "plain", "json", "none")


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What is told on standard error.

    Attributes:
        is_quiet: nothing but errors.
        is_verbose: also what few need: caveats, and each stage's seconds.
        progress: one of ``PROGRESS_FORMS``; ``json`` makes each note a line of JSON, too.
    """

    is_quiet: bool = False
    is_verbose: bool = False
    progress: str = "auto"


_now = [Manner()]


def manner() -> Manner:
    """Return what is told at the moment."""
    return _now[-1]


@contextmanager
def telling(chosen: Manner) -> Iterator[None]:
    """Tell as chosen within the block."""
    _now.append(chosen)
    try:
        yield
    finally:
        _now.pop()
