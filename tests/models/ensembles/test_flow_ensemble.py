"""Is the mean of flows a density, do they part where no rows were, and do they come back from a file?"""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.ensembles import FlowEnsemble
from models.flows import FlowArchitecture
from tests.models.flows.autodiff import shake

ARCHITECTURE = FlowArchitecture(n_layers=1, hidden_units=(8,), log_scale_bound=1.0)


@pytest.fixture(scope="module")
def apart() -> FlowEnsemble:
    """Three members far from one another."""
    ensemble = FlowEnsemble(2, ARCHITECTURE, n_members=3, dtype=tf.float64)
    for number, member in enumerate(ensemble.members):
        shake(member, 0.4, number)
        member.mean.assign([2.0 * number, 0.0])
    return ensemble


def test_the_mean_of_densities_has_a_mass_of_one(apart: FlowEnsemble) -> None:
    axis = np.linspace(-18.0, 22.0, 401)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    found = np.exp(apart.log_prob(points).numpy())
    assert found.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-9)
    each = np.exp(apart.log_probs(points[:50_000:999]).numpy())
    np.testing.assert_allclose(found[:50_000:999], each.mean(axis=0), rtol=1e-10)


def test_samples_come_from_all_members(apart: FlowEnsemble) -> None:
    drawn, each = apart.sample(300, 0).numpy(), [one.sample(300, 0).numpy() for one in apart.members]
    from_each = [np.all(drawn == rows, axis=1).sum() for rows in each]
    assert sum(from_each) == 300
    assert min(from_each) > 70  # a hundred each, with a deviation of eight


def test_the_spread_is_the_deviation_of_the_log_densities(apart: FlowEnsemble) -> None:
    rows = np.array([[0.0, 0.0], [5.0, -3.0], [1e200, 0.0], [np.nan, 0.0]])
    found = apart.spread(rows).numpy()
    np.testing.assert_allclose(found[:2], apart.log_probs(rows[:2]).numpy().std(axis=0))
    assert found[2:].tolist() == [0.0, 0.0]


def test_an_ensemble_scores_to_the_bit_as_before_it_was_saved(apart: FlowEnsemble, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((20, 2))
    apart.save(tmp_path / "some.flows")
    again = FlowEnsemble.load(tmp_path / "some.flows")
    np.testing.assert_array_equal(again.log_probs(rows), apart.log_probs(rows))
    apart.members[0].save(tmp_path / "one.flow")
    with pytest.raises(ValueError, match=r"one.flow holds no ensemble of flows"):
        FlowEnsemble.load(tmp_path / "one.flow")


def test_members_learn_with_seeds_of_their_own_and_part_where_no_rows_were() -> None:
    rows = np.random.default_rng(0).standard_normal((400, 2)).astype(np.float32)
    rows[:, 1] = rows[:, 0] + 0.3 * rows[:, 1]
    ensemble = FlowEnsemble(2, ARCHITECTURE, n_members=2)
    histories = ensemble.fit(rows, learning_rate=1e-2, max_epochs=6)
    assert [len(history) for history in histories] == [6, 6]
    assert histories[0][0].batch != histories[1][0].batch
    assert all(history[-1].validation > history[0].validation for history in histories)
    assert np.median(ensemble.spread(rows + 8.0)) > 5.0 * np.median(ensemble.spread(rows))


def test_what_an_ensemble_cannot_do_is_said() -> None:
    with pytest.raises(ValueError, match=re.escape("n_members=1 must be at least 2: one flow has no spread")):
        FlowEnsemble(2, ARCHITECTURE, n_members=1)
    with pytest.raises(ValueError, match="keeps no checkpoint; fit its members one by one"):
        FlowEnsemble(2, ARCHITECTURE, n_members=2).fit(np.zeros((9, 2)), checkpoint="x")
