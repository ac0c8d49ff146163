"""How does the work of this machine go to processes beside this one?

Each worker process is told apart: a thread gives it one batch at a time and waits, so that the batch that it
had when it died is known. That batch alone is done again, by a process that takes its place.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import LifoQueue
from typing import Generic, TypeVar

from pipeline.processes.engine import N_DEATHS, Work, WorkerKilled, in_order, rescued
from pipeline.processes.isolation import call_isolated
from pipeline.processes.pace import Pace, Timed, timed
from pipeline.processes.parent import end_with_parent
from pipeline.processes.starting import interrupts_held_back, main_left_alone
from pipeline.terminal import Manner, libraries_logged, manner, telling

__all__ = ["LocalEngine", "available_cores"]

_of_worker = ExitStack()

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalEngine:
    """Processes of this machine; small work in this very process."""

    name = "local"
    shares_files = True

    def require(self, versions: Mapping[str, str], folders: Sequence[Path]) -> None:
        """Refuse nobody: the workers are this program on this machine."""

    @contextmanager
    def mapping(self, work: Work[Batch, Outcome], batches: Iterable[Batch]) -> Iterator[Iterator[Outcome]]:
        """Give an iterator of outcomes; see ``Engine``.

        Workers are started afresh (spawned): they share no threads and import only what the function needs.
        """
        if work.own_process:
            attempt = partial(_each_apart, work)
            yield (rescued(work, batch, attempt) for batch in batches)
            return
        n_workers = work.n_workers or available_cores()
        if n_workers == 1:
            with _in_this_process(work, batches) as outcomes:
                yield outcomes
            return
        workers: LifoQueue[_Worker[Batch, Outcome]] = LifoQueue()
        for _ in range(n_workers):
            workers.put(_Worker(work.function))
        pace = Pace()

        def attempt_in_turn(batch: Batch) -> Outcome:
            worker = workers.get()
            try:
                return pace.told(worker.attempt(batch))
            finally:
                workers.put(worker)

        threads = ThreadPoolExecutor(n_workers, "batches")

        def begin(batch: Batch) -> Callable[[], Outcome]:
            return threads.submit(rescued, work, batch, attempt_in_turn).result

        try:
            with pace.shown():
                yield in_order(begin, batches, n_ahead=work.n_ahead, n_under_way=lambda: 2 * n_workers)
        finally:
            threads.shutdown(wait=True, cancel_futures=True)
            while not workers.empty():
                workers.get().end()


@contextmanager
def _in_this_process(work: Work[Batch, Outcome], batches: Iterable[Batch]) -> Iterator[Iterator[Outcome]]:
    n_threads = min(work.n_threads, available_cores())
    if n_threads == 1:
        yield map(work.function, batches)
        return
    threads = ThreadPoolExecutor(n_threads, "batches")
    try:
        yield in_order(
            lambda batch: threads.submit(work.function, batch).result,
            batches,
            n_ahead=0,
            n_under_way=lambda: n_threads,
        )
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


class _Worker(Generic[Batch, Outcome]):
    """One process, which is started when it is first needed and again when it died."""

    def __init__(self, function: Callable[[Batch], Outcome]) -> None:
        self._function = function
        self._pool: ProcessPoolExecutor | None = None

    def attempt(self, batch: Batch) -> Timed[Outcome]:
        """Return the outcome of a batch.

        Raises:
            WorkerKilled: it killed ``N_DEATHS`` processes.
        """
        for _ in range(N_DEATHS):
            try:
                return self._begun(batch)
            except BrokenProcessPool as error:
                self.end()
                killed = error
        raise WorkerKilled(
            f"a block of work killed {N_DEATHS} processes one after another: memory was short, or it is what "
            "the block holds; end other programs and run again, with --set features.n_workers=1 or a smaller "
            "features.batch_size; what was done before is kept"
        ) from killed

    def _begun(self, batch: Batch) -> Timed[Outcome]:
        if self._pool is not None:
            return self._pool.submit(timed, self._function, batch).result()
        with interrupts_held_back(), main_left_alone(self._function):
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(manner(),))
            first = self._pool.submit(timed, self._function, batch)
        return first.result()

    def end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _begin(told: Manner) -> None:
    """Begin a worker process: what its libraries warn of is told as in this one, while it lives."""
    end_with_parent()
    _of_worker.enter_context(telling(told))
    _of_worker.enter_context(libraries_logged())


def _each_apart(work: Work[Batch, Outcome], batch: Batch) -> Outcome:
    for _ in range(N_DEATHS - 1):
        with suppress(WorkerKilled):
            return call_isolated(work.own_process, work.function, batch)
    return call_isolated(work.own_process, work.function, batch)
