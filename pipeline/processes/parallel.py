"""How is one function applied to many batches at once?

The one map interface of the program: a stage says what is done to a batch, this module says where.
Batches come back in the order in which they were given, whatever the number of workers.
"""

import multiprocessing
import os
import signal
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import resource_tracker
from typing import TypeVar

from pipeline.errors import PipelineError
from pipeline.processes.parent import end_with_parent

__all__ = ["available_cores", "interrupts_held_back", "map_batches", "mapping"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_batches(
    function: Callable[[Batch], Outcome], batches: Iterable[Batch], *, n_workers: int = 0
) -> Iterator[Outcome]:
    """Yield ``function(batch)`` for each batch, in order, computed in parallel processes; see ``mapping``."""
    with mapping(function, batches, n_workers=n_workers) as outcomes:
        yield from outcomes


@contextmanager
def mapping(
    function: Callable[[Batch], Outcome], batches: Iterable[Batch], *, n_workers: int = 0, n_ahead: int = 0
) -> Iterator[Iterator[Outcome]]:
    """Give an iterator of ``function(batch)`` for each batch, in order, computed in parallel processes.

    At most two batches a worker are under way, so memory does not grow with their number. Workers
    are started afresh (spawned): they share no threads and import only what ``function`` needs.

    Args:
        function: a picklable function of one batch.
        batches: the batches; read lazily.
        n_workers: processes; 0 means one for each core, 1 computes in this process.
        n_ahead: so many batches are begun when the block is, and more than two a worker kept under way:
            for a block that first does something else. Without effect in this process.

    Raises:
        PipelineError: a worker was killed, by the system or by what it was given.
    """
    n_workers = n_workers or available_cores()
    if n_workers == 1:
        yield map(function, batches)
        return
    remaining = iter(batches)
    pending: deque[Future[Outcome]] = deque()

    def begin(n_batches: int) -> None:
        for batch in islice(remaining, n_batches):
            with interrupts_held_back(), main_left_alone(function):
                pending.append(pool.submit(function, batch))

    def outcomes() -> Iterator[Outcome]:
        begin(max(0, 2 * n_workers - len(pending)))
        while pending:
            yield pending.popleft().result()
            begin(1)

    context = multiprocessing.get_context("spawn")
    with interrupts_held_back():
        pool = ProcessPoolExecutor(n_workers, mp_context=context, initializer=end_with_parent)
    with pool:
        try:
            begin(n_ahead)
            yield outcomes()
        except BrokenProcessPool as error:
            raise PipelineError(
                f"one of {n_workers} worker processes was killed, perhaps because memory ran out; "
                "run again with --set features.n_workers=1 or a smaller features.batch_size"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def main_left_alone(function: Callable[..., object]) -> Iterator[None]:
    """Keep workers that are started within the block from running this process's main module again.

    A user's script that calls the pipeline in its first line would start workers that start workers. Only a
    function of the main module itself needs it.
    """
    main = sys.modules["__main__"]
    inner = function.func if isinstance(function, partial) else function
    if inner.__module__ == "__main__":
        yield
        return
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C and the end of the terminal back while workers are started.

    They inherit that, and this process alone ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Python's tracker of resources outlives the terminal only where this is blocked before it starts, and its
    # start would end the holding back of Ctrl-C.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
