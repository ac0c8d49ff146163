"""Is each layer's network evaluated once for a density and its gradients, and the density that of TFP?"""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from models.flows.layers.coupling import CouplingNetwork
from models.flows.layers.made import MADE
from tests.models.flows.autodiff import shake

N_LAYERS, SIZE = 2, 4
NETWORKS = {"maf": MADE, "spline_maf": MADE, "real_nvp": CouplingNetwork}


@pytest.fixture(params=NETWORKS)
def flow(request: pytest.FixtureRequest) -> Flow:
    flow = Flow(SIZE, FlowArchitecture(family=request.param, n_layers=N_LAYERS, hidden_units=(8,)))
    shake(flow, 0.3)
    return flow


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((5, SIZE)).astype(np.float32)


@pytest.mark.parametrize("is_traced", [False, True])
def test_a_density_and_its_gradients_evaluate_each_network_once(
    flow: Flow, rows: np.ndarray, is_traced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NETWORKS[flow.architecture.family]
    evaluated: list[object] = []
    plain = network.__call__

    def counted(self: tf.Module, *arguments: tf.Tensor, **condition: tf.Tensor) -> object:
        evaluated.append(self)
        return plain(self, *arguments, **condition)

    monkeypatch.setattr(network, "__call__", counted)
    (tf.function(gradients) if is_traced else gradients)(flow, flow.log_prob, tf.constant(rows))
    assert len(evaluated) == len({id(one) for one in evaluated}) == N_LAYERS


def test_the_density_and_its_gradients_are_those_of_the_bijectors(flow: Flow, rows: np.ndarray) -> None:
    x = tf.constant(rows)
    # TFP's own composition asks each layer for value and Jacobian apart.
    np.testing.assert_allclose(flow.log_prob(x), flow.distribution.log_prob(x), rtol=1e-6)
    apart = gradients(flow, flow.distribution.log_prob, x)
    for once, twice in zip(gradients(flow, flow.log_prob, x), apart, strict=True):
        np.testing.assert_allclose(once, twice, rtol=1e-4, atol=1e-5)


def gradients(flow: Flow, log_prob: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(log_prob(x))
    return tape.gradient(loss, flow.trainable_variables)


def test_one_graph_scores_two_batches_each_by_itself(flow: Flow, rows: np.ndarray) -> None:
    both = tf.function(lambda x, y: (flow.log_prob(x), flow.log_prob(y)))
    first, second = both(tf.constant(rows), tf.constant(2.0 * rows))
    np.testing.assert_allclose(first, flow.log_prob(tf.constant(rows)), rtol=1e-5)
    np.testing.assert_allclose(second, flow.log_prob(tf.constant(2.0 * rows)), rtol=1e-5)
