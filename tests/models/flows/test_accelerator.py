"""Does a flow give the same on a graphics card as on the processor?

Skipped, and said so, where TensorFlow finds no card: the locked TensorFlow brings no libraries for one.
"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import FitOptions
from models.flows.flow import Flow
from pipeline.processes import find_accelerators

SMALL = {"n_layers": 2, "hidden_units": (16, 16)}


@pytest.fixture(scope="module")
def card() -> str:
    """The first graphics card, by the name that ``tf.device`` takes."""
    found = [name for name in find_accelerators() if name.startswith("GPU")]
    if not found:
        pytest.skip("TensorFlow finds no graphics card on this machine: nothing was run on one")
    return found[0]


@pytest.mark.parametrize("family", ["maf", "real_nvp", "spline_maf"])
def test_a_density_on_a_card_is_that_of_the_processor(card: str, family: str) -> None:
    rows = np.random.default_rng(0).standard_normal((64, 4)).astype(np.float32)
    values = []
    for device in ("CPU:0", card):
        with tf.device(device):
            flow = Flow(4, FlowArchitecture(family=family, **SMALL), seed=1)
            values.append(flow.compiled_log_prob(tf.constant(rows)).numpy())
    # Products of a card may round to 10 bits (TF32), unless it is told not to.
    assert np.allclose(values[0], values[1], atol=0.02)


def test_a_fit_on_a_card_comes_near_that_of_the_processor(card: str) -> None:
    rows = np.random.default_rng(0).standard_normal((400, 4)).astype(np.float32)
    values = []
    for device in ("CPU:0", card):
        with tf.device(device):
            flow = Flow(4, FlowArchitecture(**SMALL), seed=1)
            values.append(flow.fit(rows, options=FitOptions(max_epochs=3))[-1].validation)
    assert values[0] == pytest.approx(values[1], abs=0.05)
