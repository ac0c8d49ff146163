"""Does normalisation use the batch in training only, and is it a bijector?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.fitting.scoring import SCORING_BATCH_SIZE, evaluate
from models.flows.flow import Flow
from models.flows.layers.normalization import ActivationNormalization, FrozenBatchNormalization
from tests.models.flows.autodiff import log_abs_det, shake

SIZE = 4


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((30, SIZE)) * [1.0, 5.0, 0.1, 2.0] + [
        0.0,
        -3.0,
        7.0,
        100.0,
    ]


@pytest.fixture
def layer(x: np.ndarray) -> FrozenBatchNormalization:
    """A frozen layer with a gain and an offset of its own."""
    layer = FrozenBatchNormalization(SIZE, dtype=tf.float64)
    shake(layer, 0.5)
    layer.freeze(x)
    return layer


@pytest.fixture
def flow(x: np.ndarray) -> Flow:
    flow = Flow(
        SIZE, FlowArchitecture(n_layers=2, hidden_units=(8,), normalization="batch"), dtype=tf.float64
    )
    shake(flow, 0.3)
    flow.prepare(x)
    return flow


def test_after_freezing_a_score_does_not_depend_on_the_batch(flow: Flow, x: np.ndarray) -> None:
    flow.freeze(x)
    together = flow.log_prob(tf.constant(x)).numpy()
    alone = np.concatenate([flow.log_prob(tf.constant(x[i : i + 1])).numpy() for i in range(3)])
    # Products of other sizes may round differently in the last digits.
    np.testing.assert_allclose(alone, together[:3], rtol=1e-12)


def test_in_training_the_batchs_statistics_are_used(flow: Flow, x: np.ndarray) -> None:
    flow.freeze(x)
    one, other = (
        flow.training_log_prob(tf.constant(rows)).numpy()[0] for rows in (x[:20], x[[0, *range(10, 29)]])
    )
    assert abs(one - other) > 1e-3


def test_in_training_a_batch_is_normalised_whatever_was_frozen(
    layer: FrozenBatchNormalization, x: np.ndarray
) -> None:
    layer.training = True
    z = layer.inverse(tf.constant(100.0 * x[:12] + 50.0)).numpy()
    np.testing.assert_allclose(z.mean(axis=0), layer.offset, atol=1e-10)
    # epsilon = 1e-5 is added to the variances, the least of which is about 100.
    np.testing.assert_allclose(z.std(axis=0), np.exp(layer.log_gain), rtol=1e-6)


def test_in_training_the_log_determinant_is_that_of_the_batchs_scale(
    layer: FrozenBatchNormalization, x: np.ndarray
) -> None:
    layer.training = True
    batch = x[:12]
    expected = (layer.log_gain.numpy() - 0.5 * np.log(batch.var(axis=0) + layer.epsilon)).sum()
    assert layer.inverse_log_det_jacobian(tf.constant(batch), 1).numpy() == pytest.approx(expected, rel=1e-12)


def test_freezing_a_flow_fixes_each_layers_statistics_to_what_reaches_it(flow: Flow, x: np.ndarray) -> None:
    for normalization in (layer for layer in flow.layers if isinstance(layer, FrozenBatchNormalization)):
        normalization.log_gain.assign(tf.zeros_like(normalization.log_gain))
        normalization.offset.assign(tf.zeros_like(normalization.offset))
    flow.freeze(x)
    # The chain ends in a normalisation: the training set leaves it with mean 0 and variance 1, less epsilon.
    noise = flow.distribution.bijector.inverse(tf.constant(x)).numpy()
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(noise.std(axis=0), 1.0, atol=1e-3)


def test_forward_undoes_inverse(layer: FrozenBatchNormalization, x: np.ndarray) -> None:
    again = layer.forward(tf.identity(layer.inverse(tf.constant(x))))
    np.testing.assert_allclose(again, x, rtol=1e-10, atol=1e-10)


def test_the_log_determinant_matches_autodiff(layer: FrozenBatchNormalization, x: np.ndarray) -> None:
    own = layer.inverse_log_det_jacobian(tf.constant(x), 1)
    np.testing.assert_allclose(np.broadcast_to(own, len(x)), log_abs_det(layer.inverse, x), rtol=1e-10)


def test_forward_and_inverse_log_determinants_cancel(layer: FrozenBatchNormalization, x: np.ndarray) -> None:
    z = layer.inverse(tf.constant(x))
    both = layer.forward_log_det_jacobian(tf.identity(z), 1) + layer.inverse_log_det_jacobian(
        tf.constant(x), 1
    )
    np.testing.assert_allclose(both, 0.0, atol=1e-12)


def test_gain_and_offset_are_trained_and_statistics_are_not(layer: FrozenBatchNormalization) -> None:
    names = {variable.name.split(":")[0].split("/")[-1] for variable in layer.trainable_variables}
    assert names == {"log_gain", "offset"}


def test_a_constant_feature_gives_a_finite_log_determinant(
    layer: FrozenBatchNormalization, x: np.ndarray
) -> None:
    x[:, 1] = 3.0
    layer.freeze(x)
    assert np.isfinite(layer.inverse_log_det_jacobian(tf.constant(x), 1))
    assert np.isfinite(layer.inverse(tf.constant(x))).all()


def test_scores_are_frozen_though_training_batches_have_the_scoring_size() -> None:
    rows = np.random.default_rng(0).standard_normal((SCORING_BATCH_SIZE, SIZE)).astype(np.float32)
    flow = Flow(SIZE, FlowArchitecture(n_layers=1, hidden_units=(4,), normalization="batch"))
    flow.fit([rows], rows, FitOptions(batch_size=SCORING_BATCH_SIZE, max_epochs=1))
    # A trace shared with training would go on using the batch's own statistics.
    log_prob = flow.compiled_log_prob
    np.testing.assert_array_equal(evaluate(log_prob, rows[:5]), evaluate(log_prob, rows)[:5])


@pytest.fixture
def activation(x: np.ndarray) -> ActivationNormalization:
    layer = ActivationNormalization(SIZE, dtype=tf.float64)
    layer.prepare(x)
    return layer


def test_activation_normalisation_starts_from_mean_and_deviation(
    activation: ActivationNormalization, x: np.ndarray
) -> None:
    z = activation.inverse(tf.constant(x)).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-12)


def test_activation_normalisation_is_invertible_with_the_right_determinant(
    activation: ActivationNormalization, x: np.ndarray
) -> None:
    shake(activation, 0.5)
    z = activation.inverse(tf.constant(x))
    np.testing.assert_allclose(activation.forward(tf.identity(z)), x, rtol=1e-12, atol=1e-12)
    expected = log_abs_det(activation.inverse, x)
    own = activation.inverse_log_det_jacobian(tf.constant(x), 1)
    np.testing.assert_allclose(np.broadcast_to(own, len(x)), expected, rtol=1e-12)
    other = activation.forward_log_det_jacobian(tf.identity(z), 1)
    np.testing.assert_allclose(np.broadcast_to(other, len(x)), -expected, rtol=1e-12)


def test_activation_normalisation_stands_a_constant_feature(x: np.ndarray) -> None:
    x[:, 1] = 3.0
    layer = ActivationNormalization(SIZE)
    layer.prepare(x)
    assert np.isfinite(layer.inverse(tf.constant(x, tf.float32))).all()


def test_preparing_a_flow_starts_each_activation_normalisation_from_what_reaches_it(x: np.ndarray) -> None:
    architecture = FlowArchitecture(n_layers=2, hidden_units=(8,), normalization="activation")
    flow = Flow(SIZE, architecture, dtype=tf.float64)
    shake(flow, 0.3)
    flow.prepare(x)
    # The chain ends in a normalisation: the training rows leave it with mean 0 and deviation 1.
    noise = flow.bijector.inverse(tf.constant(x)).numpy()
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(noise.std(axis=0), 1.0, rtol=1e-10)
