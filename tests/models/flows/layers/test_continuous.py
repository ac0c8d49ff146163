"""Does a differential equation lead where a solver that adapts its steps does, and does matching teach it?"""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from models.flows.layers.continuous import OdeLayer
from tests.models.flows.autodiff import shake

SIZE = 3


@pytest.fixture(scope="module")
def layer() -> OdeLayer:
    layer = OdeLayer(SIZE, (8,), context_size=0, activation="tanh", n_steps=32, seed=0, dtype=tf.float64)
    shake(layer, 0.3)
    return layer


def test_the_steps_lead_where_a_solver_that_adapts_them_leads(layer: OdeLayer) -> None:
    noise = np.random.default_rng(0).standard_normal((4, SIZE))
    solver = tfp.math.ode.DormandPrince(rtol=1e-8, atol=1e-8)

    @tf.function(autograph=False)
    def solved(z: tf.Tensor) -> tf.Tensor:
        times = tf.constant([0.0, 1.0], tf.float64)
        found = solver.solve(lambda t, x: layer.velocity(x, t), times[0], z, solution_times=times[1:])
        return found.states[0]

    # Waves of up to four half turns are followed to the fourth order in the size of a step.
    np.testing.assert_allclose(layer.forward(noise), solved(tf.constant(noise)), atol=1e-5)


def test_training_draws_other_ways_each_time_and_validation_the_same(layer: OdeLayer) -> None:
    rows = tf.constant(np.random.default_rng(1).standard_normal((5, SIZE)))
    first, second = layer.matching(rows), layer.matching(rows)
    assert np.all(first.numpy() != second.numpy())
    one, again = (layer.matching(rows, for_validation=True) for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_rows_become_likelier_by_matching_alone() -> None:
    rows = 3.0 + np.random.default_rng(0).standard_normal((300, 2)) @ np.array([[1.0, 0.9], [0.0, 0.3]])
    flow = Flow(2, FlowArchitecture(family="flow_matching", hidden_units=(32,), ode_steps=8))
    flow.prepare(rows)
    before = float(np.mean(flow.log_prob(rows)))
    history = flow.fit(rows, max_epochs=30, patience=0, learning_rate=1e-2, batch_size=90)
    assert history[-1].validation > history[0].validation
    # Two features that are almost one: their Gaussian has 0.6 nats more than features apart.
    assert float(np.mean(flow.log_prob(rows))) > before + 0.4
