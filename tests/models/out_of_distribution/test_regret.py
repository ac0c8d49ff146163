"""Is the regret of a row the rise that its closed form says, and is the flow afterwards what it was?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows import Flow, FlowArchitecture
from models.out_of_distribution import LikelihoodRegret
from tests.models.out_of_distribution.densities import StandardNormal, normal_rows

SIZE = 3


@pytest.fixture(scope="module")
def flow() -> Flow:
    flow = Flow(SIZE, FlowArchitecture(n_layers=1, hidden_units=(4,)), seed=1)
    flow.prepare(normal_rows(200, SIZE, seed=0))
    return flow


@pytest.fixture(scope="module")
def regret(flow: Flow) -> LikelihoodRegret:
    return LikelihoodRegret(flow, n_steps=2)


def test_the_regret_under_a_normal_is_its_closed_form() -> None:
    """The mean moves towards the row by the distance: d becomes d - 0.4, as far as that is a rise."""
    rows = normal_rows(20, SIZE, seed=0)
    rows[0] *= 0.05 / np.linalg.norm(rows[0])  # nearer than half of a step, which would make it worse
    score = LikelihoodRegret(StandardNormal(SIZE), distance=0.4, n_steps=2)  # type: ignore[arg-type]
    far = np.linalg.norm(rows, axis=1)
    assert far[1:].min() > 0.4
    np.testing.assert_allclose(score.score(rows)[1:], 0.5 * (far**2 - (far - 0.4) ** 2)[1:], rtol=1e-9)
    assert score.score(rows)[0] == 0.0


def test_the_weights_are_the_trained_ones_afterwards(flow: Flow, regret: LikelihoodRegret) -> None:
    before = [variable.numpy().tobytes() for variable in flow.variables]
    assert np.isfinite(regret.score(normal_rows(5, SIZE, seed=1))).all()
    assert [variable.numpy().tobytes() for variable in flow.variables] == before


def test_the_weights_are_the_trained_ones_after_an_error(flow: Flow) -> None:
    score, before = LikelihoodRegret(flow, n_steps=2), [one.numpy().tobytes() for one in flow.variables]

    def fails(rows: tf.Tensor) -> tf.Tensor:
        for variable in flow.trainable_variables:
            variable.assign_add(tf.ones_like(variable))
        raise RuntimeError("broken off")

    score._regrets = fails
    with pytest.raises(RuntimeError, match="broken off"):
        score.score(np.ones((1, SIZE)))
    assert [one.numpy().tobytes() for one in flow.variables] == before


def test_a_row_far_out_has_a_large_regret_and_one_beyond_numbers_an_infinite_one(
    regret: LikelihoodRegret,
) -> None:
    usual = regret.score(normal_rows(50, SIZE, seed=2))
    far, beyond = regret.score(np.array([[20.0, -20.0, 20.0], [np.nan, 0.0, 0.0]]))
    assert usual.min() >= 0.0 and far > usual.max()
    assert beyond == np.inf


def test_a_row_has_its_own_regret_whatever_stands_beside_it(regret: LikelihoodRegret) -> None:
    rows = normal_rows(6, SIZE, seed=3)
    np.testing.assert_array_equal(regret.score(rows)[2:4], regret.score(rows[2:4]))
    assert regret.score(rows[:0]).shape == (0,)


@pytest.mark.parametrize(("distance", "n_steps"), [(0.0, 5), (1.0, 5), (0.1, 0)])
def test_no_distance_and_no_steps_are_refused(flow: Flow, distance: float, n_steps: int) -> None:
    with pytest.raises(ValueError, match=f"distance={distance} must be .*, and n_steps={n_steps}"):
        LikelihoodRegret(flow, distance=distance, n_steps=n_steps)


class Cliff(tf.Module):  # type: ignore[misc]
    """A density that a step of the weight takes to infinity: it stands before a wall at 0.5."""

    dtype = tf.float32

    def __init__(self) -> None:
        super().__init__()
        self.place = tf.Variable(0.0)

    def log_prob(self, x: tf.Tensor) -> tf.Tensor:
        return -tf.math.log(tf.maximum(0.5 - self.place, 0.0)) + 0.0 * x[:, 0]


def test_a_step_that_overflows_is_no_regret() -> None:
    rows = np.zeros((2, SIZE), np.float32)
    over = LikelihoodRegret(Cliff(), distance=0.9, n_steps=1)  # type: ignore[arg-type]
    assert over.score(rows).tolist() == [0.0, 0.0]
    before = LikelihoodRegret(Cliff(), distance=0.9, n_steps=3)  # type: ignore[arg-type]
    np.testing.assert_allclose(before.score(rows), np.log(0.5) - np.log(0.2), rtol=1e-5)
