"""Which of several workers is the slowest?

Each tells how long it took for a batch. Beside the progress stands the worker whose batches take longest on
average: a machine that something else keeps busy, or one with a slower disk, is seen there first.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.terminal import beside_progress

__all__ = ["Pace", "Timed", "timed"]

Batch = TypeVar("Batch")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Timed(Generic[Outcome]):
    """An outcome, which worker made it, and the seconds that it took."""

    outcome: Outcome
    worker: str
    seconds: float


def timed(function: Callable[[Batch], Outcome], batch: Batch, worker: str = "") -> Timed[Outcome]:
    """Return ``function(batch)`` with who made it, by default this process, and how long it took."""
    began = time.perf_counter()
    outcome = function(batch)
    return Timed(outcome, worker or f"process {os.getpid()}", time.perf_counter() - began)


class Pace:
    """The seconds that each worker took for its batches so far."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}  # of each worker: all of them, and the number of batches
        self._one_at_a_time = threading.Lock()

    def told(self, found: Timed[Outcome]) -> Outcome:
        """Take note of who made an outcome, and return it."""
        with self._one_at_a_time:
            of_worker = self._seconds.setdefault(found.worker, [0.0, 0.0])
            of_worker[0] += found.seconds
            of_worker[1] += 1
        return found.outcome

    def slowest(self) -> str:
        """Return which worker is the slowest, and how fast the median is; nothing of fewer than two."""
        with self._one_at_a_time:
            means = {worker: total / n for worker, (total, n) in self._seconds.items()}
        if len(means) < 2:
            return ""
        worker = max(means, key=lambda name: means[name])
        median = statistics.median(means.values())
        return f"slowest {worker} at {means[worker]:.2f} s a block, median {median:.2f} s"

    def shown(self) -> AbstractContextManager[None]:
        """Show the slowest worker beside the progress while a block lasts."""
        return beside_progress(self.slowest)
