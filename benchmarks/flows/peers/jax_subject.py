"""What does flowjax do when it is asked to train, score or draw?

JAX as flowjax's own guides use it: compiled by ``equinox.filter_jit``, Adam of optax, as many threads as XLA
likes. Rows are standardised with the training rows' mean and deviation inside ``log_prob``, as ours are. Each
layer is followed by a permutation of flowjax's own, drawn at random, which costs what reversing costs.
Conventions: ``rows`` is the path of a float32 ``.npy`` [N, D]; log-densities are in nats.
"""

import importlib
import importlib.metadata
import os
import time
from typing import Any

import numpy as np

from benchmarks.flows.peers.batches import Batches, scored
from benchmarks.flows.peers.specification import Specification

__all__ = ["Subject"]

MODULES = ("jax", "equinox", "optax", "flowjax.flows", "flowjax.distributions", "flowjax.bijections")


class Subject:
    """One flow of flowjax; each method answers one question.

    Args:
        library: ``"flowjax"``.
        n_threads: of XLA, 0 for its default.
    """

    def __init__(self, library: str, n_threads: int = 0) -> None:
        if n_threads:
            flags = f"--xla_cpu_multi_thread_eigen={str(n_threads > 1).lower()}"
            os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"
        # Everything that will be needed: what is missing shows here, and not in the midst of a benchmark.
        self.jax, self.equinox, self.optax, *_ = (importlib.import_module(name) for name in MODULES)
        self.versions = {name: importlib.metadata.version(name) for name in (library, "jax", "numpy")}

    def build(self, specification: dict[str, Any], rows: str) -> dict[str, Any]:
        """Make a new flow and its optimiser; ``rows`` are what it will be trained on."""
        spec = Specification.from_json(specification)
        if len(set(spec.hidden_units)) != 1:
            raise ValueError(f"flowjax takes hidden layers of one width only, got {spec.hidden_units}")
        self.batches = Batches(np.load(rows, allow_pickle=False), spec)
        self.flow = _flow(self.jax, spec)
        shift, scale = self.batches.shift, self.batches.scale
        adam = self.optax.adam(spec.learning_rate)
        if spec.clip_norm:
            adam = self.optax.chain(self.optax.clip_by_global_norm(spec.clip_norm), adam)
        arrays, equinox = self._arrays(), self.equinox
        self.state = adam.init(arrays)
        less = float(np.log(scale).sum())

        @equinox.filter_jit
        def log_prob(flow: Any, x: Any) -> Any:
            return flow.log_prob((x - shift) / scale) - less

        @equinox.filter_jit
        def step(flow: Any, state: Any, x: Any) -> tuple[Any, Any, Any]:
            loss, gradients = equinox.filter_value_and_grad(lambda some: -log_prob(some, x).mean())(flow)
            updates, state = adam.update(gradients, state, equinox.filter(flow, equinox.is_inexact_array))
            return equinox.apply_updates(flow, updates), state, loss

        @equinox.filter_jit
        def draw(flow: Any, key: Any, n: int) -> Any:
            return flow.sample(key, (n,)) * scale + shift

        self._log_prob, self._step, self._draw = log_prob, step, draw
        self.keys = self.jax.random.key(spec.seed + 1)
        return {"n_parameters": sum(leaf.size for leaf in self.jax.tree_util.tree_leaves(arrays))}

    def train(self, n_steps: int) -> dict[str, Any]:
        """Take optimiser steps on shuffled full batches, going on where the last call ended."""
        started = time.perf_counter()
        losses = []
        for _ in range(n_steps):
            self.flow, self.state, loss = self._step(self.flow, self.state, self.batches.take())
            losses.append(float(loss))
        return {"seconds": time.perf_counter() - started, "mean_log_prob": -float(np.mean(losses))}

    def fit(self, n_epochs: int) -> dict[str, Any]:
        """Train for whole epochs."""
        return self.train(n_epochs * self.batches.n_in_epoch)

    def score(self, rows: str, n_times: int = 1) -> dict[str, Any]:
        """Return the mean log-density of rows, and how long it took to compute them all, each time anew."""
        x = np.load(rows, allow_pickle=False)
        started = time.perf_counter()
        for _ in range(n_times):
            values = np.asarray(self._log_prob(self.flow, x))
        seconds = time.perf_counter() - started
        return scored(values, seconds / n_times)

    def draw(self, n: int, n_times: int = 1) -> dict[str, Any]:
        """Draw ``n`` samples, ``n_times``."""
        started = time.perf_counter()
        for _ in range(n_times):
            self.keys, key = self.jax.random.split(self.keys)
            drawn = np.asarray(self._draw(self.flow, key, n))
        return {"seconds": (time.perf_counter() - started) / n_times, "shape": list(drawn.shape)}

    def _arrays(self) -> Any:
        return self.equinox.filter(self.flow, self.equinox.is_inexact_array)


def _flow(jax: Any, spec: Specification) -> Any:
    flows = importlib.import_module("flowjax.flows")
    bijections = importlib.import_module("flowjax.bijections")
    normal = importlib.import_module("flowjax.distributions").StandardNormal((spec.n_features,))
    spline = None
    if spec.family == "spline_maf":
        spline = bijections.RationalQuadraticSpline(knots=spec.n_bins, interval=spec.tail_bound)
    return flows.masked_autoregressive_flow(
        jax.random.key(spec.seed),
        base_dist=normal,
        transformer=spline,
        flow_layers=spec.n_layers,
        nn_width=spec.hidden_units[0],
        nn_depth=len(spec.hidden_units),
        nn_activation={"tanh": jax.numpy.tanh, "relu": jax.nn.relu}[spec.activation],
    )
