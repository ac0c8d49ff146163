"""Of which flows must every law hold?

One architecture for each thing that can differ: family, permutation, order, normalisation, base,
condition, activation and bound. All are small, for they run eagerly. Members are far from the identity
and, where they take a condition, have one for each row.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from models.flows.layers.normalization import ActivationNormalization
from tests.models.flows.autodiff import shake

__all__ = ["MEMBERS", "SIZE", "Member", "clips", "member"]

SIZE, N_CLIPS = 4, 40

_SMALL = FlowArchitecture(n_layers=2, hidden_units=(8, 8), log_scale_bound=2.0, n_bins=4, tail_bound=3.0)

MEMBERS: dict[str, FlowArchitecture] = {
    name: replace(_SMALL, **changes)  # type: ignore[arg-type]
    for name, changes in {
        "made": {"n_layers": 1},
        "made-free-relu": {"n_layers": 1, "log_scale_bound": 0.0, "activation": "relu", "order": "reversed"},
        "made-narrow": {"n_layers": 1, "hidden_units": (2,), "order": "random"},
        "maf-3-layers": {"n_layers": 3, "hidden_units": (8,)},
        "maf-none": {"permutation": "none", "order": "reversed"},
        "maf-random": {"permutation": "random", "order": "random"},
        "maf-lu-activation": {"permutation": "lu", "normalization": "activation"},
        "maf-batch": {"normalization": "batch"},
        "maf-mixture": {"base": "mixture", "n_base_components": 3},
        "maf-context": {"context_size": 3},
        "maf-label": {"n_classes": 3, "normalization": "activation"},
        "maf-both": {"n_classes": 3, "context_size": 2, "permutation": "lu", "base": "mixture"},
        "iaf": {"family": "iaf"},
        "iaf-lu-batch": {"family": "iaf", "permutation": "lu", "normalization": "batch"},
        "iaf-both": {"family": "iaf", "n_classes": 3, "context_size": 2, "order": "random"},
        "real-nvp": {"family": "real_nvp"},
        "real-nvp-lu-activation": {"family": "real_nvp", "permutation": "lu", "normalization": "activation"},
        "real-nvp-batch-mixture": {"family": "real_nvp", "normalization": "batch", "base": "mixture"},
        "real-nvp-both": {"family": "real_nvp", "n_classes": 3, "context_size": 2, "permutation": "random"},
        "spline": {"family": "spline_maf"},
        "spline-random-activation": {
            "family": "spline_maf",
            "permutation": "random",
            "order": "random",
            "normalization": "activation",
        },
        "spline-both": {"family": "spline_maf", "n_classes": 3, "context_size": 2, "permutation": "lu"},
        "spline-coupling-both": {
            "family": "spline_coupling",
            "n_classes": 3,
            "context_size": 2,
            "permutation": "lu",
            "normalization": "activation",
        },
        "angles-label": {"family": "spline_coupling", "circular": (0,), "n_classes": 3},
        "bounds": {"n_layers": 1, "bounds": ((0, -20.0, 20.0), (1, -np.inf, 50.0), (3, 0.0, np.inf))},
        "unaf-both": {"family": "unaf", "n_signals": 2, "n_classes": 3, "context_size": 2, "n_layers": 1},
        "flow-matching-both": {"family": "flow_matching", "n_classes": 3, "context_size": 2},
        "affine": {"family": "affine"},
        "affine-mixture": {"family": "affine", "base": "mixture", "n_base_components": 3},
    }.items()
}


def clips(size: int = SIZE, n: int = N_CLIPS) -> np.ndarray:
    """Return correlated rows [n, size] with features of unequal places and widths."""
    generator = np.random.default_rng(1)
    mixing = np.eye(size) + 0.5 * np.tril(generator.standard_normal((size, size)), -1)
    rows = generator.standard_normal((n, size)) @ mixing
    return rows * np.resize([1.0, 5.0, 0.1, 2.0], size) + np.resize([0.0, -3.0, 7.0, 100.0], size)


@dataclass(frozen=True)
class Member:
    """A flow, rows of data that it was prepared with, and a condition for each of the rows."""

    flow: Flow
    x: np.ndarray
    given: dict[str, tf.Tensor]

    @cached_property
    def z(self) -> np.ndarray:
        """The noise that belongs to ``x``."""
        return self.flow.bijector.inverse(tf.constant(self.x, self.flow.dtype), **self.condition).numpy()

    @property
    def condition(self) -> dict[str, dict[str, tf.Tensor]]:
        """What the chain of bijectors takes."""
        return self.flow.condition(**self.given)

    def to_noise(self, x: tf.Tensor) -> tf.Tensor:
        return self.flow.bijector.inverse(x, **self.condition)

    def to_data(self, z: tf.Tensor) -> tf.Tensor:
        return self.flow.bijector.forward(z, **self.condition)

    def log_prob(self, x: np.ndarray | None = None) -> np.ndarray:
        """Return the log-density of its own rows, or of others under the same conditions."""
        return self.flow.log_prob(
            tf.constant(self.x if x is None else x, self.flow.dtype), **self.given
        ).numpy()

    def head(self, n: int) -> "Member":
        """Return the member with its first ``n`` rows."""
        return Member(self.flow, self.x[:n], {name: value[:n] for name, value in self.given.items()})


def given_to(architecture: FlowArchitecture, n: int, dtype: tf.DType) -> dict[str, tf.Tensor]:
    """Return a context vector and a label for each of ``n`` rows, where the architecture takes them."""
    given: dict[str, tf.Tensor] = {}
    if architecture.context_size:
        vectors = np.random.default_rng(2).standard_normal((n, architecture.context_size))
        given["context"] = tf.constant(vectors, dtype)
    if architecture.n_classes:
        given["label"] = tf.constant(np.arange(n) % architecture.n_classes)
    return given


def member(
    architecture: FlowArchitecture,
    *,
    size: int = SIZE,
    seed: int = 0,
    amount: float = 0.3,
    dtype: tf.DType = tf.float64,
) -> Member:
    """Return a flow with all of its trainable variables shaken, prepared and frozen."""
    flow = Flow(size, architecture, seed=seed, dtype=dtype)
    x = clips(size)
    shake(flow, amount, seed)
    given = given_to(architecture, len(x), dtype)
    flow.prepare(x, **given)
    for layer in flow.layers:
        if isinstance(layer, ActivationNormalization):
            shake(layer, amount, seed)
    flow.freeze(x)
    return Member(flow, x, given)
