"""What does a peer do when it is asked to train, score or draw?

PyTorch as its guides use it: eager, as many threads as it likes, Adam, ``no_grad`` where no gradient is
needed. With "-compiled" behind the library's name the log-density goes through ``torch.compile``, drawing
does not. Rows are standardised with the training rows' mean and deviation inside ``log_prob``, as ours are.
Conventions: ``rows`` is the path of a float32 ``.npy`` [N, D]; log-densities are in nats.
"""

import importlib
import importlib.metadata
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.flows.peers.batches import Batches, scored
from benchmarks.flows.peers.specification import Specification
from benchmarks.flows.peers.torch_flows import MODULES, TorchFlow, build

__all__ = ["Subject"]


class Subject:
    """One flow of one peer; each method answers one question.

    Args:
        library: ``"zuko"``, ``"nflows"``, ``"normflows"``, or ``"zuko-compiled"``.
        n_threads: of PyTorch, 0 for its default.
    """

    def __init__(self, library: str, n_threads: int = 0) -> None:
        # What the peers and PyTorch deprecate of one another is not for the reader of a benchmark.
        warnings.simplefilter("ignore")
        self.torch = importlib.import_module("torch")
        library, _, how = library.partition("-")
        self.is_compiled = bool(how)
        # Everything that will be needed: what is missing shows here, and not in the midst of a benchmark.
        for name in MODULES[library]:
            importlib.import_module(name)
        self.library = library
        self.versions = {name: importlib.metadata.version(name) for name in (library, "torch", "numpy")}
        if n_threads:
            self.torch.set_num_threads(n_threads)

    def build(self, specification: dict[str, Any], rows: str) -> dict[str, Any]:
        """Make a new flow and its optimiser; ``rows`` are what it will be trained on."""
        self.spec = Specification.from_json(specification)
        self.torch.manual_seed(self.spec.seed)
        self.flow: TorchFlow = build(self.library, self.spec)
        self.batches = Batches(np.load(rows, allow_pickle=False), self.spec)
        self.shift, self.scale = map(self.torch.from_numpy, (self.batches.shift, self.batches.scale))
        self._log_prob = self.torch.compile(self._density) if self.is_compiled else self._density
        parameters = list(self.flow.module.parameters())
        self.optimizer = self.torch.optim.Adam(parameters, self.spec.learning_rate)
        return {"n_parameters": sum(p.numel() for p in parameters)}

    def train(self, n_steps: int) -> dict[str, Any]:
        """Take optimiser steps on shuffled full batches, going on where the last call ended."""
        started = time.perf_counter()
        losses = [self._step(self.torch.from_numpy(self.batches.take())) for _ in range(n_steps)]
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "mean_log_prob": -float(np.mean(losses))}

    def fit(self, n_epochs: int) -> dict[str, Any]:
        """Train for whole epochs."""
        return self.train(n_epochs * self.batches.n_in_epoch)

    def score(self, rows: str, n_times: int = 1) -> dict[str, Any]:
        """Return the mean log-density of rows, and how long it took to compute them all, each time anew."""
        x = self._read(rows)
        started = time.perf_counter()
        with self.torch.no_grad():
            for _ in range(n_times):
                values = self._log_prob(x).numpy()
        seconds = time.perf_counter() - started
        return scored(values, seconds / n_times)

    def draw(self, n: int, n_times: int = 1) -> dict[str, Any]:
        """Draw ``n`` samples, ``n_times``."""
        started = time.perf_counter()
        with self.torch.no_grad():
            for _ in range(n_times):
                drawn = (self.flow.draw(n) * self.scale + self.shift).numpy()
        seconds = time.perf_counter() - started
        return {"seconds": seconds / n_times, "shape": list(drawn.shape)}

    def _read(self, rows: str) -> Any:
        return self.torch.from_numpy(np.load(rows, allow_pickle=False))

    def _density(self, x: Any) -> Any:
        return self.flow.log_prob((x - self.shift) / self.scale) - self.scale.log().sum()

    def _step(self, batch: Any) -> float:
        self.optimizer.zero_grad()
        loss = -self._log_prob(batch).mean()
        loss.backward()
        if self.spec.clip_norm:
            self.torch.nn.utils.clip_grad_norm_(self.flow.module.parameters(), self.spec.clip_norm)
        self.optimizer.step()
        return float(loss.detach())
