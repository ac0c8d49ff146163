"""How is one function applied to many batches at once?

The one map interface of the program: a stage says what is done to a batch, the engine of the moment says
where. A verb chooses the engine for as long as it runs; outside of verbs it is this machine.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pipeline.processes.engine import Engine, Rescue, Work
from pipeline.processes.local import LocalEngine

__all__ = ["engine_of_the_moment", "map_batches", "mapping", "working_with"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")

_now: list[Engine] = [LocalEngine()]


def engine_of_the_moment() -> Engine:
    """Return the engine that work goes to."""
    return _now[-1]


@contextmanager
def working_with(engine: Engine) -> Iterator[None]:
    """Let all work within the block go to an engine."""
    _now.append(engine)
    try:
        yield
    finally:
        _now.pop()


def map_batches(
    function: Callable[[Batch], Outcome], batches: Iterable[Batch], *, n_workers: int = 0
) -> Iterator[Outcome]:
    """Yield ``function(batch)`` for each batch, in order, by the engine of the moment; see ``mapping``."""
    with mapping(function, batches, n_workers=n_workers) as outcomes:
        yield from outcomes


@contextmanager
def mapping(
    function: Callable[[Batch], Outcome],
    batches: Iterable[Batch],
    *,
    n_workers: int = 0,
    n_threads: int = 1,
    n_ahead: int = 0,
    own_process: str = "",
    when_killed: Rescue[Batch, Outcome] | None = None,
) -> Iterator[Iterator[Outcome]]:
    """Give an iterator of ``function(batch)`` for each batch, in order, by the engine of the moment.

    At most two batches a worker are under way, so memory does not grow with their number. A worker that dies
    costs the batch that it had, which is given to another.

    Args:
        function: see ``Work``, as what follows the batches.
        batches: read lazily.
        n_workers: processes of this machine; 0 means one for each core, 1 computes in this process.
        n_threads: of this process, where it computes: for functions that spend their time outside of Python.
        n_ahead: batches that are begun when the block is.
        own_process: not empty: each batch has a process of its own on this machine.
        when_killed: makes an outcome of a batch that kills its workers.

    Raises:
        WorkerKilled: a batch killed several workers, by what it is or for want of memory.
    """
    work = Work(
        function=function,
        n_workers=n_workers,
        n_threads=n_threads,
        n_ahead=n_ahead,
        own_process=own_process,
        when_killed=when_killed,
    )
    with engine_of_the_moment().mapping(work, batches) as outcomes:
        yield outcomes
