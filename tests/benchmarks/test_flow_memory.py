"""Is the training step with shared layers, whose memory is measured, that of the flow?"""

import numpy as np
import tensorflow as tf

from benchmarks.flows.memory import shared_layers
from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow


def test_layers_that_share_a_body_give_the_density_of_the_flow() -> None:
    flow = Flow(5, FlowArchitecture(n_layers=3, hidden_units=(8, 8)), seed=2)
    rows = np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)
    flow.prepare(3 * rows + 1)
    log_prob, variables = shared_layers(flow)
    assert sum(int(np.prod(v.shape)) for v in variables) == sum(
        int(np.prod(v.shape)) for v in flow.trainable_variables
    )
    assert np.allclose(log_prob(tf.constant(rows)), flow.log_prob(rows), rtol=1e-5)
    # The flow's own weights are its own again.
    assert all(isinstance(v, tf.Variable) for v in flow.layers[0].network.hidden[0].weights)
