"""Does every pair of choices make a flow that can be prepared, frozen and evaluated, or say why not?"""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

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


def covering_rows() -> list[dict[str, Any]]:
    """Return combinations in which each pair of values of two choices stands together at least once."""
    # Lists in place of sets: each process of the tests must find the same rows in the same order.
    wanted = [
        ((one, a), (other, b))
        for one, other in combinations(CHOICES, 2)
        for a, b in product(CHOICES[one], CHOICES[other])
    ]
    rows = []
    while wanted:
        row: dict[str, Any] = dict(wanted[0])
        for name, values in CHOICES.items():
            if name not in row:
                row[name] = max(values, key=lambda value: len(_covered(wanted, {**row, name: value})))
        covered = _covered(wanted, row)
        wanted = [pair for pair in wanted if pair not in covered]
        rows.append({name: row[name] for name in CHOICES})
    return rows


def _covered(wanted: list[Any], row: dict[str, Any]) -> list[Any]:
    return [pair for pair in wanted if all(name in row and row[name] == value for name, value in pair)]


@pytest.mark.parametrize("choices", covering_rows(), ids=lambda row: "-".join(map(str, row.values())))
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
