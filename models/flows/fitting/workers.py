"""How do several processes make one fit, each from its share of every batch?

Every process holds the weights and all rows, shuffles them alike, and takes the gradient of its share of a
batch. The mean over the shares, which each gets from all others, is that of the whole batch, so that all
make the same step. The first process alone reads and writes the checkpoint, and tells the others.
Conventions: shares are equal; processes are counted from 0.
Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2.
"""

import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.fitting.progress import FitProgress

__all__ = ["WorkerLost", "Workers"]


class WorkerLost(RuntimeError):
    """Another process of a fit can no longer be reached; what all have done since the checkpoint is lost."""


class Workers:
    """The processes of one fit, of which this is one.

    Args:
        strategy: of ``tf.distribute``, with one replica in each process; None where this process is alone.

    Attributes:
        n: how many there are.
        number: of this one.

    Raises:
        ValueError: several replicas in this process.
    """

    def __init__(self, strategy: Any = None) -> None:
        self._strategy, self.n, self.number = strategy, 1, 0
        if strategy is None:
            return
        here = len(strategy.extended.worker_devices)
        if here != 1:
            raise ValueError(
                f"the strategy has {here} replicas in this process, and a fit takes 1 in each; start a "
                "process for each device (python -m models.flows.fitting.launch), and take "
                "MultiWorkerMirroredStrategy"
            )
        self.n = strategy.num_replicas_in_sync
        self.number = _task_number(strategy) if self.n > 1 else 0
        add = tf.distribute.ReduceOp.SUM
        self._sum_over_all = tf.function(
            lambda x: strategy.reduce(add, strategy.run(lambda own: own, args=(x,)), axis=None),
            autograph=False,
            reduce_retracing=False,
        )

    def share(self, n_rows: int) -> slice:
        """Return which rows of a batch of ``n_rows`` are those of this process."""
        size = n_rows // self.n
        return slice(self.number * size, (self.number + 1) * size)

    def rows_of_a_step(self, n_rows: int, batch_size: int, accumulate: int) -> int:
        """Return how many rows make one step of all processes.

        Args:
            n_rows: there are.
            batch_size: rows whose gradient is to be taken at once.
            accumulate: such batches of a step.

        Raises:
            ValueError: there are too few, or they cannot be shared evenly.
        """
        if n_rows < accumulate * self.n:
            shared = f" shared among {self.n} processes" if self.n > 1 else ""
            raise ValueError(f"accumulate={accumulate} batches{shared} need as many rows, got {n_rows}")
        if batch_size % self.n:
            raise ValueError(
                f"batch_size={batch_size} rows cannot be shared evenly among {self.n} processes; "
                f"take {-(-batch_size // self.n) * self.n}"
            )
        of_batch = min(batch_size, n_rows // accumulate)
        return (of_batch - of_batch % self.n) * accumulate

    def mean(self, function: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], tf.Tensor]:
        """Return ``function`` followed by the mean of what it gives in all processes; each must call it."""
        strategy, operation = self._strategy, tf.distribute.ReduceOp.MEAN

        @tf.function(autograph=False)
        def over_all(x: tf.Tensor) -> tf.Tensor:
            return strategy.reduce(operation, strategy.run(function, args=(x,)), axis=None)

        def told(x: tf.Tensor) -> tf.Tensor:
            with _losses_told(self.n):
                return over_all(x)

        return told

    def any(self, is_so: bool) -> bool:
        """Return whether it is so in any process."""
        return is_so if self.n == 1 else bool(self._sum(np.array([is_so], np.int64)).any())

    def value_of_first(self, value: float) -> float:
        """Return the number of the first process in each: machines may round what they score differently."""
        if self.n == 1:
            return value
        return float(self._sum(np.array([value if self.number == 0 else 0.0], np.float64))[0])

    def of_first(self, arrays: Mapping[str, np.ndarray] | None) -> Mapping[str, np.ndarray] | None:
        """Return the named arrays of the first process, or its None, in each."""
        if self.n == 1:
            return arrays
        packed = io.BytesIO()
        if self.number == 0 and arrays is not None:
            np.savez(packed, **arrays)  # type: ignore[arg-type]
        sent = np.frombuffer(packed.getvalue(), np.uint8)
        n_bytes = int(self._sum(np.array([len(sent)], np.int64))[0])
        if not n_bytes:
            return None
        if self.number:
            sent = np.zeros(n_bytes, np.uint8)
        received = self._sum(sent.astype(np.int32)).astype(np.uint8)
        with np.load(io.BytesIO(received.tobytes()), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def progress_of_first(
        self, progress: FitProgress | None, variables: Sequence[tf.Variable]
    ) -> FitProgress | None:
        """Return where the first process stands, in each; where it begins, all take its variables."""
        if self.n == 1:
            return progress
        told = self.of_first(None if progress is None else progress.arrays())
        if told is not None:
            return FitProgress.from_arrays(told)
        first = self.of_first({str(place): one.numpy() for place, one in enumerate(variables)}) or {}
        for place, variable in enumerate(variables):
            variable.assign(first[str(place)])
        return None

    def check_same(self, rows: np.ndarray) -> None:
        """Compare the rows of this process with those of the first.

        Raises:
            ValueError: some process has others; raised in each.
        """
        if self.n == 1:
            return
        own = np.array([zlib.crc32(np.ascontiguousarray(rows).tobytes()), *rows.shape], np.int64)
        first = self.of_first({"own": own})
        differs = first is not None and not np.array_equal(own, first["own"])
        if self.any(differs):
            whose = f"this one, {self.number}, has others" if differs else "another one has others"
            raise ValueError(
                f"the {self.n} processes of a fit must be given the same rows, and {whose} than the first; "
                "read and split them alike in each"
            )

    def _sum(self, array: np.ndarray) -> np.ndarray:
        with _losses_told(self.n):
            return np.asarray(self._sum_over_all(tf.constant(array)).numpy())


def _task_number(strategy: Any) -> int:
    """Return which task of all this process is; the chief is the first where there is one."""
    resolver = strategy.cluster_resolver
    chiefs = resolver.cluster_spec().as_dict().get("chief", [])
    return int(resolver.task_id) + (len(chiefs) if resolver.task_type == "worker" else 0)


@contextmanager
def _losses_told(n: int) -> Iterator[None]:
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.InternalError) as error:
        raise WorkerLost(
            f"a process of the {n} of this fit was lost; start all of them again with the same checkpoint, "
            f"and they go on from it ({str(error).splitlines()[-1][:200]})"
        ) from error
