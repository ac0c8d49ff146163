"""Are the norms of gradients those that a Gaussian has in closed form?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows import Flow, FlowArchitecture
from models.out_of_distribution import InputGradientNorm, LayerGradientNorms
from tests.models.out_of_distribution.densities import StandardNormal, affine_flow, normal_rows

SIZE = 3
MIXING = np.array([[1.0, 0.0, 0.0], [0.8, 2.0, 0.0], [-0.3, 0.1, 0.5]])
ROWS = normal_rows(300, SIZE, seed=0) @ MIXING.T


@pytest.fixture(scope="module")
def flow() -> Flow:
    return affine_flow(ROWS)


@pytest.fixture(scope="module")
def of_features(flow: Flow) -> InputGradientNorm:
    return InputGradientNorm(flow)


@pytest.fixture(scope="module")
def of_layers(flow: Flow) -> LayerGradientNorms:
    return LayerGradientNorms(flow, ROWS)


def test_the_gradient_by_the_features_of_a_gaussian_is_its_closed_form(
    of_features: InputGradientNorm,
) -> None:
    """It is - inverse(covariance) (x - mean)."""
    covariance = np.cov(ROWS.T)
    expected = np.linalg.norm(np.linalg.solve(covariance, (ROWS - ROWS.mean(axis=0)).T), axis=0)
    # The flow adds a millionth to the diagonal.
    assert np.allclose(of_features.score(ROWS), expected, rtol=1e-4)


def test_the_gradient_by_the_mean_of_a_normal_is_its_closed_form() -> None:
    """The gradient is x - mean; its logarithm is asked of a normal."""
    norms = LayerGradientNorms(StandardNormal(SIZE), ROWS)  # type: ignore[arg-type]
    logs = np.log(np.sum(ROWS**2, axis=1))
    assert np.allclose(norms.log_squares(ROWS)[:, 0], logs)
    deviation = logs.std()
    density = -0.5 * ((logs - logs.mean()) / deviation) ** 2 - np.log(deviation * np.sqrt(2 * np.pi))
    assert np.allclose(norms.score(ROWS), -density)


def test_each_row_has_its_own_gradient_whatever_stands_beside_it(of_layers: LayerGradientNorms) -> None:
    assert np.allclose(of_layers.score(ROWS)[7:9], of_layers.score(ROWS[7:9]), rtol=1e-12)


def test_norms_of_a_flow_are_those_of_the_tape() -> None:
    flow = Flow(SIZE, FlowArchitecture(n_layers=1, hidden_units=(4,)), dtype=tf.float64)
    flow.prepare(ROWS)
    row = ROWS[5:6]
    with tf.GradientTape() as tape:
        value = flow.log_prob(row)
    gradients = tape.gradient(value, flow.trainable_variables, unconnected_gradients="zero")
    expected = [float(tf.reduce_sum(gradient**2)) for gradient in gradients]
    found = np.exp(LayerGradientNorms(flow, ROWS).log_squares(row)[0])
    assert np.allclose(found, np.maximum(expected, 1e-30), rtol=1e-9)


def test_rows_far_out_are_strange_and_rows_without_a_gradient_infinitely(
    of_features: InputGradientNorm, of_layers: LayerGradientNorms
) -> None:
    far = np.array([[30.0, 0.0, 0.0], [np.nan, 0.0, 0.0]])
    for score in (of_features, of_layers):
        found = score.score(far)
        assert found[0] > score.score(ROWS).max()
        assert found[1] == np.inf


def test_reference_rows_that_are_all_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="0 of 1 variables have gradients that are finite and vary over 4"):
        LayerGradientNorms(StandardNormal(SIZE), np.ones((4, SIZE)))  # type: ignore[arg-type]


def test_no_rows_have_no_gradients(of_features: InputGradientNorm, of_layers: LayerGradientNorms) -> None:
    assert of_features.score(ROWS[:0]).shape == of_layers.score(ROWS[:0]).shape == (0,)
