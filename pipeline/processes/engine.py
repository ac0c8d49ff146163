"""What does an engine promise: here, in processes beside this one, or on a cluster?

An engine does the same work to each of many batches. Outcomes come back in the order in which the batches
were given, so that neither the engine nor the number of its workers changes a byte. A worker that dies costs
the batch that it had, which is given to another.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pipeline.errors import PipelineError

__all__ = ["N_DEATHS", "Engine", "Rescue", "Work", "WorkerKilled", "in_order", "rescued"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")
# A batch that was begun: waits for its outcome.
Begun = Callable[[], Outcome]
# Makes an outcome of a batch that kills its workers; it is given the batch, and a function that tries a batch
# and raises ``WorkerKilled``.
Rescue = Callable[[Batch, Callable[[Batch], Outcome]], Outcome]

# Workers that one batch may kill before it is told to be the reason. One is often chance: the system was
# short of memory, or somebody ended a machine.
N_DEATHS = 3


class WorkerKilled(PipelineError):
    """A batch killed each worker that it was given to."""


@dataclass(frozen=True, kw_only=True)
class Work(Generic[Batch, Outcome]):
    """What is done to each batch.

    Attributes:
        function: a picklable function of one batch.
        n_workers: processes of this machine; 0 means one for each core, 1 computes in this process. A cluster
            has its own number.
        n_threads: threads of this process that compute where no other does, at most one for each core.
        n_ahead: so many batches are begun when the block is, and more than two a worker kept under way: for a
            block that first does something else. Without effect in this process.
        own_process: on this machine each batch has a process of its own, one after another, because what
            TensorFlow compiles is never freed within one; the sentence for a process that was killed.
        when_killed: see ``Rescue``.
    """

    function: Callable[[Batch], Outcome]
    n_workers: int = 0
    n_threads: int = 1
    n_ahead: int = 0
    own_process: str = ""
    when_killed: Rescue[Batch, Outcome] | None = None


class Engine(Protocol):
    """Where batches are worked on.

    Attributes:
        name: what it is called on the command line.
        shares_files: whether workers and this process may write into one mapped file.
    """

    name: str
    shares_files: bool

    def require(self, versions: Mapping[str, str], folders: Sequence[Path]) -> None:
        """Refuse workers that would make something else of a batch, now or when they join.

        Args:
            versions: of Python and of each library that outcomes depend on, as here.
            folders: that every worker must see.

        Raises:
            PipelineError: a worker of another version, or one that does not see a folder.
        """

    def mapping(self, work: Work[Any, Any], batches: Iterable[Any]) -> AbstractContextManager[Iterator[Any]]:
        """Give an iterator of the outcome of each batch, in order; batches are read lazily.

        Raises:
            WorkerKilled: a batch killed ``N_DEATHS`` workers, and nothing rescues it.
        """


def rescued(work: Work[Batch, Outcome], batch: Batch, attempt: Callable[[Batch], Outcome]) -> Outcome:
    """Return the outcome of a batch, by ``work.when_killed`` where it kills its workers.

    Args:
        work: what is done.
        batch: to which.
        attempt: does it, and raises ``WorkerKilled`` where the batch killed several workers.
    """
    try:
        return attempt(batch)
    except WorkerKilled:
        if work.when_killed is None:
            raise
    return work.when_killed(batch, attempt)


def in_order(
    begin: Callable[[Batch], Begun[Outcome]],
    batches: Iterable[Batch],
    *,
    n_ahead: int,
    n_under_way: Callable[[], int],
) -> Iterator[Outcome]:
    """Return an iterator of outcomes in the order of the batches; those ahead are begun by this call.

    Args:
        begin: begins a batch.
        batches: read lazily.
        n_ahead: so many are begun now.
        n_under_way: how many may be under way, those that wait for an earlier one included; at least 1.
    """
    remaining = iter(batches)
    pending: deque[Begun[Outcome]] = deque(map(begin, islice(remaining, n_ahead)))

    def top_up() -> None:
        free = max(n_ahead, n_under_way()) - len(pending)
        pending.extend(map(begin, islice(remaining, max(0, free))))

    def outcomes() -> Iterator[Outcome]:
        top_up()
        while pending:
            yield pending.popleft()()
            top_up()

    return outcomes()
