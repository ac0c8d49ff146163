"""Which file of a batch ends whoever reads it?

A batch that killed several workers is halved, and its halves are tried alike, until the files that do it are
alone. A decoder that fails on one file, or a file that takes all memory, costs that file and no other.
"""

from collections.abc import Callable
from typing import TypeVar

from pipeline.processes import WorkerKilled

__all__ = ["by_halves"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")


def by_halves(
    batch: Batch,
    attempt: Callable[[Batch], Outcome],
    *,
    halves: Callable[[Batch], tuple[Batch, Batch] | None],
    alone: Callable[[Batch], Outcome],
) -> list[Outcome]:
    """Return the outcomes of the parts of a batch that kills its workers, in order.

    Args:
        batch: that killed several.
        attempt: does a batch, and raises ``WorkerKilled`` where it kills its workers.
        halves: of a batch; ``None`` of one that has one file.
        alone: what the outcome of such a file is.
    """
    parts = halves(batch)
    if parts is None:
        return [alone(batch)]
    outcomes = []
    for half in parts:
        try:
            outcomes.append(attempt(half))
        except WorkerKilled:
            outcomes += by_halves(half, attempt, halves=halves, alone=alone)
    return outcomes
