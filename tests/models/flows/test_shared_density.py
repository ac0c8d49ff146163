"""Do flows that share what is compiled keep their own weights, and fit as if they were alone?"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.flow import Flow
from models.flows.shared_density import SharedDensity, shared_density
from tests.models.flows.autodiff import shake

SIZE = 3
ARCHITECTURE = FlowArchitecture(n_layers=2, hidden_units=(8,), permutation="random")
OPTIONS = FitOptions(batch_size=20, max_epochs=2)


def rows_of(seed: int, n: int = 50) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, SIZE + 1)).astype(np.float32)


def flow_of(seed: int) -> Flow:
    flow = Flow(SIZE, ARCHITECTURE, seed=seed)
    shake(flow, 0.3)
    return flow


def weights_after_fit(density: SharedDensity, flow: Flow, options: FitOptions = OPTIONS) -> list[np.ndarray]:
    density.fit(
        flow, [rows_of(1)], rows_of(2), options, monitored={"other": rows_of(3)}, on_epoch=lambda epoch: None
    )
    return [variable.numpy() for variable in flow.variables]


def test_each_turn_scores_with_the_weights_and_orders_of_its_flow() -> None:
    rows = rows_of(0)
    flows = [flow_of(1), flow_of(2)]
    for flow in [*flows, *flows]:
        expected = flow.log_prob(tf.constant(rows[:, :-1])).numpy() + rows[:, -1]
        found = shared_density(SIZE, ARCHITECTURE).score(flow, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_fit_after_another_is_the_fit_of_a_new_density_to_the_bit() -> None:
    used = SharedDensity(SIZE, ARCHITECTURE)
    weights_after_fit(used, flow_of(1), FitOptions(batch_size=20, max_epochs=3, learning_rate=0.1))
    again = weights_after_fit(used, flow_of(2))
    alone = weights_after_fit(SharedDensity(SIZE, ARCHITECTURE), flow_of(2))
    for one, other in zip(again, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_fit_leaves_the_flow_that_had_the_turn_before_as_it_was() -> None:
    density, first = SharedDensity(SIZE, ARCHITECTURE), flow_of(1)
    before = weights_after_fit(density, first)
    weights_after_fit(density, flow_of(2))
    for one, other in zip(before, first.variables, strict=True):
        np.testing.assert_array_equal(one, other.numpy())


def test_threads_take_turns() -> None:
    density, rows = shared_density(SIZE, ARCHITECTURE), rows_of(0)
    flows = [flow_of(1), flow_of(2)] * 20
    alone = {id(flow): density.score(flow, rows) for flow in flows}
    with ThreadPoolExecutor(4) as pool:
        for flow, found in zip(flows, pool.map(lambda flow: density.score(flow, rows), flows), strict=True):
            np.testing.assert_array_equal(found, alone[id(flow)])


def test_scoring_within_a_fit_of_the_same_shape_is_refused() -> None:
    density, flow, rows = SharedDensity(SIZE, ARCHITECTURE), flow_of(1), rows_of(0)
    with pytest.raises(RuntimeError, match="score after the fit"):
        density.fit(
            flow, [rows], rows, OPTIONS, monitored={}, on_epoch=lambda epoch: density.score(flow, rows)
        )
    density.score(flow, rows)


def test_one_shape_has_one_density() -> None:
    assert shared_density(SIZE, ARCHITECTURE) is shared_density(SIZE, ARCHITECTURE)
    assert shared_density(SIZE + 1, ARCHITECTURE) is not shared_density(SIZE, ARCHITECTURE)
