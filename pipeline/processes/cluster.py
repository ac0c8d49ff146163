"""How does work go to the workers of a Dask scheduler?

Each works on one batch at a time, whatever threads it has. A worker that dies costs its batch, which Dask
gives to another. Of several batches that a dying worker held Dask blames all, so that one that is blamed too
often is tried once more while nothing else of this program is under way.
"""

import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import PipelineError
from pipeline.processes.connection import ask_workers, check_extra, opened_client, tell_of_cluster
from pipeline.processes.engine import N_DEATHS, Work, WorkerKilled, in_order, rescued
from pipeline.processes.likeness import PROGRAM, Terms, UnlikeWorker, refused, versions_of
from pipeline.processes.pace import Pace, Timed, timed
from pipeline.processes.threads import fix_threads
from pipeline.terminal import Manner, say, telling

__all__ = ["DaskEngine"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")

SECONDS_BETWEEN_COUNTS = 2.0
_one_at_a_time = threading.Lock()


class DaskEngine:
    """The workers of a Dask scheduler.

    Args:
        scheduler: its address, ``tcp://host:port``; empty for a cluster of this machine, with one worker a
            core, which starts with the first work and ends with ``close``.
        n_deaths: workers that a batch may kill, where the cluster is of this machine.

    Raises:
        ConfigurationError: the address is none.
        PipelineError: the extra is not installed, nobody answers at the address, or the scheduler or a worker
            is of another version.
    """

    name = "dask"
    shares_files = False  # machines that map one file of a shared disk lose each other's pages

    def __init__(self, scheduler: str = "", *, n_deaths: int = N_DEATHS) -> None:
        check_extra()
        self._scheduler, self._n_deaths = scheduler, n_deaths
        self._opened = ExitStack()
        self._terms = Terms(folder=os.getcwd(), versions=versions_of((PROGRAM, "python", "distributed")))
        self._client: Any = None
        self._counted = (0, float("-inf"))  # workers, and when they were counted
        if scheduler:
            try:
                self._connect()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Leave the scheduler; end the cluster where it is of this machine."""
        self._opened.close()
        self._client = None

    def require(self, versions: Mapping[str, str], folders: Sequence[Path]) -> None:
        """See ``Engine``; workers that join later are asked before each of their batches."""
        self._terms = Terms(
            folder=self._terms.folder,
            versions={**self._terms.versions, **versions_of(tuple(versions))},
            folders=tuple(sorted({*self._terms.folders, *(str(folder.absolute()) for folder in folders)})),
        )
        if self._scheduler:
            ask_workers(self._client, self._scheduler, self._terms)

    @contextmanager
    def mapping(self, work: Work[Batch, Outcome], batches: Iterable[Batch]) -> Iterator[Iterator[Outcome]]:
        """Give an iterator of outcomes; see ``Engine``."""
        if self._client is None:
            self._connect()
        if self._scheduler and not self._n_workers():
            say(f"engine: no worker has joined {self._scheduler} yet; waiting for one")
        pace, under_way = Pace(), set[Any]()
        order = _Sealed(_Order(work.function, self._terms, _this_process()))
        # As a task it goes to each worker once, and is made again where all who had it died.
        ordered = self._client.submit(_same, order, pure=False)

        def submitted(batch: Batch) -> Any:
            future = self._client.submit(_work, ordered, _Sealed(batch), pure=False)
            under_way.add(future)
            return future

        def outcome_of(future: Any) -> Outcome:
            try:
                outcome: Outcome = pace.told(self._waited_for(future))
                return outcome
            finally:
                under_way.discard(future)

        def alone(batch: Batch) -> Outcome:
            self._wait_for(under_way)
            return outcome_of(submitted(batch))

        def outcome(batch: Batch, future: Any) -> Outcome:
            try:
                return outcome_of(future)
            except WorkerKilled:
                return rescued(work, batch, alone)

        def begin(batch: Batch) -> Callable[[], Outcome]:
            return partial(outcome, batch, submitted(batch))

        try:
            with pace.shown():
                yield in_order(
                    begin, batches, n_ahead=work.n_ahead, n_under_way=lambda: 2 * max(self._n_workers(), 1)
                )
        finally:
            for future in (*under_way, ordered):
                future.release()

    def _connect(self) -> None:
        self._client = opened_client(self._scheduler, self._n_deaths, self._opened)
        if self._scheduler:
            ask_workers(self._client, self._scheduler, self._terms)
        tell_of_cluster(self._client, self._scheduler)

    def _n_workers(self) -> int:
        n, when = self._counted
        if time.monotonic() - when >= SECONDS_BETWEEN_COUNTS:
            n = len(self._client.nthreads())
            self._counted = (n, time.monotonic())
        return n

    def _waited_for(self, future: Any) -> Timed[Any]:
        from distributed import KilledWorker

        try:
            found: Timed[Any] = future.result()
        except KilledWorker as error:
            raise WorkerKilled(
                f"a block of work killed {error.allowed_failures + 1} workers one after another: memory was "
                "short, or it is what the block holds; give the workers more memory, or set a smaller "
                "features.batch_size, and run again; what was done before is kept"
            ) from error
        except CancelledError as error:
            raise PipelineError(
                f"the scheduler at {self._scheduler or 'this machine'} is gone; start it and run the same "
                "command again: what was done before is kept"
            ) from error
        return found

    def _wait_for(self, futures: Iterable[Any]) -> None:
        from distributed import wait

        if waiting := [future for future in futures if not future.done()]:
            with self._client.as_current():
                wait(waiting)


@dataclass(frozen=True)
class _Sealed:
    """Something that Dask hands on as it is, without a look for tasks within."""

    content: Any


@dataclass(frozen=True)
class _Order:
    """What a worker is to do, under which terms, and for whom."""

    function: Callable[[Any], Any]
    terms: Terms
    sender: tuple[str, int]


def _this_process() -> tuple[str, int]:
    return platform.node(), os.getpid()


def _same(order: _Sealed) -> _Sealed:
    return order


def _work(ordered: _Sealed, batch: _Sealed) -> Timed[Any]:
    """Do the work of one batch, on a worker."""
    from distributed import get_worker

    order: _Order = ordered.content
    worker = get_worker().address
    if reason := refused(order.terms):
        raise UnlikeWorker(f"the worker {worker} is refused: {reason}")
    is_elsewhere = order.sender != _this_process()
    quiet = telling(Manner(is_quiet=True, progress="none")) if is_elsewhere else nullcontext()
    # The folder that paths are relative to, and what libraries of C print, are of the whole process.
    with _one_at_a_time, quiet:
        fix_threads()
        here = os.getcwd()
        os.chdir(order.terms.folder)
        try:
            return timed(order.function, batch.content, f"worker {worker}")
        finally:
            os.chdir(here)
