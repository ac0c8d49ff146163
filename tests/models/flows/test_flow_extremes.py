"""Is a log-density a number whatever the weights and the data: finite, or minus infinity, and never NaN?

1,000 random configurations are drawn: an architecture of 24 (which are traced once each, for TFP takes a
second to build a graph), a scale and a seed of the weights, and a batch of inputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st

from models.flows.architecture import CHOICES, FlowArchitecture
from models.flows.flow import Flow
from models.flows.layers.normalization import FrozenBatchNormalization

N_ARCHITECTURES, N_ROWS, MAX_SIZE = 24, 4, 6
EXTREMES = [0.0, -0.0, 1.0, -5.0, 1e6, -1e6, 1e30, -1e30, 5e-324, 1e-40, 1.1754944e-38, 3e38, -3e38]


def random_architecture(number: int) -> tuple[int, FlowArchitecture, tf.DType]:
    """Return the number-th of a fixed list of random sizes, architectures and dtypes."""
    generator = np.random.default_rng(number)
    family = CHOICES["family"][number % len(CHOICES["family"])]
    chosen = {name: str(generator.choice(known)) for name, known in CHOICES.items()} | {"family": family}
    if family == "flow_matching":
        chosen |= {"normalization": "none", "base": "normal"}
    condition: dict[str, Any] = {}
    if family != "affine" and chosen["normalization"] != "batch" and generator.random() < 0.4:
        condition = {"context_size": 2, "n_classes": 3}
    size = int(generator.integers(2 if family in ("real_nvp", "spline_coupling") else 1, MAX_SIZE + 1))
    architecture = FlowArchitecture(
        **chosen,  # type: ignore[arg-type]
        **condition,
        n_layers=int(generator.integers(1, 4)),
        hidden_units=tuple(generator.integers(1, 9, generator.integers(1, 3)).tolist()),
        log_scale_bound=float(generator.choice([0.5, 3.0])),
        n_base_components=2,
        n_bins=3,
    )
    return size, architecture, (tf.float32, tf.float64)[number // len(CHOICES["family"]) % 2]


@dataclass(frozen=True)
class Built:
    """A flow, its traced log-density, and its trainable variables with their initial values.

    The variables are listed once: TFP walks through every bijector to find them.
    """

    flow: Flow
    log_prob: Callable[..., tf.Tensor]
    weights: list[tuple[tf.Variable, np.ndarray]]


@cache
def built(number: int) -> Built:
    size, architecture, dtype = random_architecture(number)
    flow = Flow(size, architecture, dtype=dtype)
    weights = [(variable, variable.numpy()) for variable in flow.trainable_variables]
    return Built(flow, tf.function(flow.log_prob, autograph=False), weights)


def log_prob_of(number: int, amount: float, seed: int, inputs: list[float], scale: float) -> np.ndarray:
    """Return the log-density of rows made of ``inputs`` under weights moved by ``amount``."""
    flow, generator = built(number).flow, np.random.default_rng(seed)
    for variable, initial in built(number).weights:
        variable.assign(initial + amount * generator.standard_normal(initial.shape))
    flow.mean.assign(generator.standard_normal(flow.event_size))
    flow.scale.assign(np.full(flow.event_size, scale))
    for layer in flow.layers:
        if isinstance(layer, FrozenBatchNormalization):
            layer.variance.assign(np.exp(generator.standard_normal(flow.event_size)))
    dtype = flow.dtype.as_numpy_dtype
    x = np.resize(np.array(inputs), (N_ROWS, flow.event_size)).astype(dtype)
    conditions = {}
    if flow.architecture.condition_size:
        conditions["context"] = tf.constant(
            np.resize(inputs[::-1], (N_ROWS, 2)).clip(-1e6, 1e6).astype(dtype)
        )
        conditions["label"] = tf.constant([0, 1, 2, 1])
    return built(number).log_prob(tf.constant(x), **conditions).numpy()


NUMBERS = st.integers(0, N_ARCHITECTURES - 1)
SEEDS = st.integers(0, 2**31)


@settings(max_examples=250)
@given(
    number=NUMBERS,
    amount=st.sampled_from([0.1, 1.0, 10.0, 1e4]),
    seed=SEEDS,
    inputs=st.lists(st.sampled_from(EXTREMES) | st.floats(-(2.0**127), 2.0**127), min_size=1, max_size=12),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_a_log_prob_is_finite_or_minus_infinity_and_never_nan(
    number: int, amount: float, seed: int, inputs: list[float], scale: float
) -> None:
    found = log_prob_of(number, amount, seed, inputs, scale)
    assert found.shape == (N_ROWS,)
    assert not np.isnan(found).any()
    assert not np.isposinf(found).any()


@settings(max_examples=150)
@given(
    number=NUMBERS.filter(lambda number: random_architecture(number)[2] == tf.float64),
    amount=st.sampled_from([0.1, 0.5, 1.0]),
    seed=SEEDS,
    inputs=st.lists(
        st.sampled_from([value for value in EXTREMES if abs(value) <= 1e6]) | st.floats(-1e6, 1e6),
        min_size=1,
        max_size=12,
    ),
)
def test_a_log_prob_is_finite_for_inputs_up_to_a_million_in_float64(
    number: int, amount: float, seed: int, inputs: list[float]
) -> None:
    assert np.isfinite(log_prob_of(number, amount, seed, inputs, 1.0)).all()


def test_the_random_architectures_cover_every_choice() -> None:
    every = [random_architecture(number) for number in range(N_ARCHITECTURES)]
    for name, known in CHOICES.items():
        assert {getattr(architecture, name) for _, architecture, _ in every} == set(known)
    assert {1, MAX_SIZE} <= {size for size, _, _ in every} <= set(range(1, MAX_SIZE + 1))
    assert {architecture.n_layers for _, architecture, _ in every} == {1, 2, 3}
    assert {dtype for _, _, dtype in every} == {tf.float32, tf.float64}
    assert any(architecture.condition_size for _, architecture, _ in every)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("family", CHOICES["family"])
def test_a_row_that_is_no_number_is_infinitely_strange_and_spoils_no_other(family: str, value: float) -> None:
    flow = Flow(3, FlowArchitecture(family=family, n_layers=1, hidden_units=(4,)), dtype=tf.float64)
    rows = np.zeros((3, 3))
    rows[1, 0] = value
    found = flow.log_prob(tf.constant(rows)).numpy()
    assert found[1] == -np.inf
    assert np.isfinite(found[[0, 2]]).all()
