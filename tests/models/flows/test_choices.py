"""Does every pair of choices make a flow that can be prepared, frozen and evaluated, or say why not?"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.reliability.settings_pairs import covering_rows
from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow

CHOICES: dict[str, tuple[Any, ...]] = {
    "family": ("maf", "iaf", "real_nvp", "spline_maf", "affine"),
    "normalization": ("none", "activation", "batch"),
    "permutation": ("none", "reversed", "random", "lu"),
    "base": ("normal", "mixture"),
    "activation": ("tanh", "relu"),
    "n_layers": (1, 2),
    "n_classes": (0, 2),
}


@pytest.mark.parametrize("choices", covering_rows(CHOICES), ids=lambda row: "-".join(map(str, row.values())))
def test_each_pair_of_choices_makes_a_flow_or_a_sentence(choices: dict[str, Any]) -> None:
    rows = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    try:
        architecture = FlowArchitecture(hidden_units=(4,), n_base_components=2, **choices)
    except ValueError as error:
        assert len(str(error)) > 20
        return
    flow = Flow(3, architecture)
    label = tf.zeros(len(rows), tf.int32) if choices["n_classes"] else None
    flow.prepare(rows, label=label)
    if label is None:
        flow.freeze(rows)
    assert np.isfinite(flow.log_prob(tf.constant(rows), label=label).numpy()).all()
