"""What do our flows do when they are asked to train, score or draw?

As the program uses them: ``Flow.fit`` with its compiled step, ``evaluate`` with its padded batches over a
compiled ``log_prob``, ``Flow.sample`` compiled. Compiling happens once, before anything is measured.
Conventions: ``rows`` is the path of a float32 ``.npy`` [N, D]; log-densities are in nats.
"""

import importlib.metadata
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.flows.peers.batches import scored
from benchmarks.flows.peers.specification import Specification
from benchmarks.machine import matrix_rate
from pipeline.processes.tensorflow_import import import_tensorflow

__all__ = ["Subject"]


class Subject:
    """One flow of ours; each method answers one question.

    Args:
        library: ``"ours"``.
        n_threads: of TensorFlow, 0 for its default.
    """

    def __init__(self, library: str, n_threads: int = 0) -> None:
        if n_threads:
            # Read when the runtime starts, which importing does.
            os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(n_threads)
        import_tensorflow()
        self.versions = {
            name: importlib.metadata.version(name)
            for name in ("tensorflow", "tensorflow-probability", "numpy")
        }

    def build(self, specification: dict[str, Any], rows: str) -> dict[str, Any]:
        """Make a new flow; ``rows`` are what it will be trained on."""
        from models.flows.architecture import FlowArchitecture
        from models.flows.flow import Flow

        self.spec = Specification.from_json(specification)
        self.rows = np.load(rows, allow_pickle=False)
        self.flow = Flow(
            self.spec.n_features,
            FlowArchitecture(
                family=self.spec.family,
                n_layers=self.spec.n_layers,
                hidden_units=self.spec.hidden_units,
                activation=self.spec.activation,
                n_bins=self.spec.n_bins,
                tail_bound=self.spec.tail_bound,
            ),
            seed=self.spec.seed,
        )
        self.flow.prepare(self.rows)
        self.turns: _Turns | None = None
        self.n_drawn = 0
        return {"n_parameters": int(sum(np.prod(v.shape) for v in self.flow.trainable_variables))}

    def fit(self, n_epochs: int) -> dict[str, Any]:
        """Train for whole epochs."""
        started = time.perf_counter()
        epochs = self._fit(n_epochs)
        return {"seconds": time.perf_counter() - started, "mean_log_prob": epochs[-1].batch}

    def train(self, n_steps: int) -> dict[str, Any]:
        """Take optimiser steps on shuffled full batches, going on where the last call ended."""
        if self.turns is None:
            self.turns = _Turns(
                lambda on_steps: self._fit(1_000_000, report_every=n_steps, on_steps=on_steps)
            )
        seconds, steps = self.turns.take()
        return {"seconds": seconds, "mean_log_prob": steps.batch}

    def score(self, rows: str, n_times: int = 1) -> dict[str, Any]:
        """Return the mean log-density of rows, and how long it took to compute them all, each time anew."""
        values, seconds = self._evaluate(self.flow.compiled_log_prob, rows, n_times)
        return scored(values, seconds)

    def score_bfloat16(self, rows: str, n_times: int = 1) -> dict[str, Any]:
        """Return how long scoring takes with bfloat16 products, and their largest error in nats."""
        self._evaluate(self.flow.coarse_log_prob, rows, 1)
        coarse, seconds = self._evaluate(self.flow.coarse_log_prob, rows, n_times)
        exact, _ = self._evaluate(self.flow.compiled_log_prob, rows, 1)
        return {"seconds": seconds, "worst_difference": float(np.max(np.abs(coarse - exact)))}

    def draw(self, n: int, n_times: int = 1) -> dict[str, Any]:
        """Draw ``n`` samples, ``n_times``, each time with another seed."""
        started = time.perf_counter()
        for _ in range(n_times):
            self.n_drawn += 1
            drawn = self.flow.sample(n, self.n_drawn).numpy()
        seconds = time.perf_counter() - started
        return {"seconds": seconds / n_times, "shape": list(drawn.shape)}

    def matrix_rate(self, **sizes: int) -> dict[str, Any]:
        """Return the fastest multiply-adds of TensorFlow in this process."""
        return {"flops_per_second": matrix_rate(**sizes)}

    def _evaluate(self, log_prob: Any, rows: str, n_times: int) -> tuple[np.ndarray, float]:
        """Return the log-density of each row, and the seconds of one time."""
        from models.flows.fitting import evaluate

        x = np.load(rows, allow_pickle=False)
        started = time.perf_counter()
        for _ in range(n_times):
            values = evaluate(log_prob, x)
        return values, (time.perf_counter() - started) / n_times

    def _fit(self, n_epochs: int, **reports: Any) -> Any:
        from models.flows.fitting.options import FitOptions

        options = FitOptions(
            batch_size=self.spec.batch_size,
            learning_rate=self.spec.learning_rate,
            max_epochs=n_epochs,
            patience=0,
            clip_norm=self.spec.clip_norm,
            seed=self.spec.seed,
        )
        # With no patience the validation rows decide nothing: the last weights stay.
        return self.flow.fit([self.rows], self.rows[: self.spec.batch_size], options, **reports)


class _Turns:
    """A fit in a thread that stops at each report until it is given the next turn.

    Args:
        fit: runs the whole fit and calls what it is given at each report.
    """

    def __init__(self, fit: Callable[[Callable[[Any], None]], object]) -> None:
        self._may_go, self._has_stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._steps: Any = None
        self._error: BaseException | None = None
        self._fit = fit
        threading.Thread(target=self._run, daemon=True).start()

    def take(self) -> tuple[float, Any]:
        """Run to the next report; returns the seconds that it took, and the report."""
        if self._error is not None:
            raise self._error
        started = time.perf_counter()
        self._may_go.release()
        self._has_stopped.acquire()
        seconds = time.perf_counter() - started
        if self._error is not None:
            raise self._error
        return seconds, self._steps

    def _stop(self, steps: Any) -> None:
        self._steps = steps
        self._has_stopped.release()
        self._may_go.acquire()

    def _run(self) -> None:
        self._may_go.acquire()
        try:
            self._fit(self._stop)
            self._error = RuntimeError("the fit ended before the benchmark did")
        except BaseException as error:
            self._error = error
        self._has_stopped.release()
