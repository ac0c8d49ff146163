"""Are the linear maps invertible, with the right determinant, and can they be any covariance?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from models.flows.layers.linear import LOG_DIAGONAL_BOUND, LULinear, Rotation
from models.flows.layers.permutation import Permutation, permute
from tests.models.flows.autodiff import jacobians, log_abs_det, shake

SIZE = 5
ORDER = np.array([3, 0, 4, 1, 2])


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((4, SIZE))


def make(*, with_lower: bool = True) -> LULinear:
    layer = LULinear(ORDER, with_lower=with_lower, dtype=tf.float64)
    shake(layer, 0.5)
    return layer


@pytest.mark.parametrize("with_lower", [True, False])
def test_inverse_and_forward_undo_each_other(with_lower: bool, x: np.ndarray) -> None:
    layer = make(with_lower=with_lower)
    np.testing.assert_allclose(layer.inverse(tf.identity(layer.forward(tf.constant(x)))), x, atol=1e-12)
    np.testing.assert_allclose(layer.forward(tf.identity(layer.inverse(tf.constant(x)))), x, atol=1e-12)


@pytest.mark.parametrize("with_lower", [True, False])
def test_both_log_determinants_match_autodiff(with_lower: bool, x: np.ndarray) -> None:
    layer, rows = make(with_lower=with_lower), tf.constant(x)
    for own, function in (
        (layer.inverse_log_det_jacobian(rows, 1), layer.inverse),
        (layer.forward_log_det_jacobian(tf.identity(rows), 1), layer.forward),
    ):
        np.testing.assert_allclose(np.broadcast_to(own, 4), log_abs_det(function, x), atol=1e-12)


def test_leading_axes_are_kept(x: np.ndarray) -> None:
    layer = make()
    twice = layer.forward(tf.constant(np.stack([x, 2.0 * x])))
    np.testing.assert_allclose(twice[1], 2.0 * layer.forward(tf.constant(x)), rtol=1e-12)
    np.testing.assert_allclose(layer.forward(tf.constant(x[0])), twice[0, 0], rtol=1e-12)


def test_it_starts_as_its_permutation(x: np.ndarray) -> None:
    layer = LULinear(ORDER, dtype=tf.float64)
    np.testing.assert_array_equal(layer.inverse(tf.constant(x)), x[:, ORDER])
    assert float(layer.inverse_log_det_jacobian(tf.constant(x), 1)) == 0.0


def test_the_wrong_side_of_a_triangle_counts_for_nothing(x: np.ndarray) -> None:
    layer = make()
    before = layer.inverse(tf.constant(x)).numpy()
    layer.upper.assign_add(np.tril(np.full((SIZE, SIZE), 100.0)))
    layer.lower.assign_add(np.triu(np.full((SIZE, SIZE), 100.0)))  # type: ignore[union-attr]
    np.testing.assert_array_equal(layer.inverse(tf.identity(tf.constant(x))), before)


def test_no_weights_make_it_singular(x: np.ndarray) -> None:
    layer = make()
    layer.log_diagonal.assign(tf.fill([SIZE], tf.constant(-1e6, tf.float64)))
    found = float(layer.inverse_log_det_jacobian(tf.constant(x), 1))
    assert found == pytest.approx(-SIZE * LOG_DIAGONAL_BOUND)
    assert np.isfinite(layer.forward(tf.constant(x))).all()


def test_its_noise_is_white_for_data_of_a_given_precision() -> None:
    generator = np.random.default_rng(1)
    mixing = generator.standard_normal((SIZE, SIZE))
    covariance = mixing @ mixing.T + 0.1 * np.eye(SIZE)
    layer = LULinear(np.arange(SIZE), with_lower=False, dtype=tf.float64)
    layer.set_precision(covariance)
    matrix = jacobians(layer.inverse, np.zeros((1, SIZE)))[0]
    np.testing.assert_allclose(matrix @ covariance @ matrix.T, np.eye(SIZE), atol=1e-10)


def test_a_prepared_affine_flow_is_the_gaussian_of_its_rows() -> None:
    generator = np.random.default_rng(2)
    rows = generator.standard_normal((200, SIZE)) @ generator.standard_normal((SIZE, SIZE)) * 3.0 + 7.0
    flow = Flow(SIZE, FlowArchitecture(family="affine"), dtype=tf.float64)
    flow.prepare(rows)
    inverse = np.linalg.inv(np.cov(rows.T))
    centred = rows - rows.mean(axis=0)
    expected = -0.5 * (
        np.einsum("bi,ij,bj->b", centred, inverse, centred)
        + SIZE * np.log(2.0 * np.pi)
        - np.linalg.slogdet(inverse)[1]
    )
    # A ridge of 1e-6 stands on the correlations, the least eigenvalue of which is about 1e-3.
    np.testing.assert_allclose(flow.log_prob(tf.constant(rows)), expected, atol=0.02)


def test_a_prepared_affine_flow_stands_features_that_are_copies() -> None:
    rows = np.repeat(np.random.default_rng(3).standard_normal((50, 1)), 3, axis=1)
    flow = Flow(3, FlowArchitecture(family="affine"))
    flow.prepare(rows.astype(np.float32))
    assert np.isfinite(flow.log_prob(tf.constant(rows, tf.float32))).all()


def test_a_rotation_keeps_lengths_and_undoes_itself(x: np.ndarray) -> None:
    rotation = Rotation(SIZE, dtype=tf.float64)
    rotation.matrix.assign(np.linalg.qr(np.random.default_rng(4).standard_normal((SIZE, SIZE)))[0])
    there = rotation.forward(tf.constant(x)).numpy()
    np.testing.assert_allclose(np.linalg.norm(there, axis=1), np.linalg.norm(x, axis=1), rtol=1e-12)
    np.testing.assert_allclose(rotation.inverse(tf.constant(there)), x, atol=1e-12)
    np.testing.assert_allclose(log_abs_det(rotation.forward, x), 0.0, atol=1e-12)


@pytest.mark.parametrize("order", [np.arange(SIZE), np.arange(SIZE)[::-1], ORDER], ids=str)
def test_a_permutation_puts_features_in_its_order_and_back(order: np.ndarray, x: np.ndarray) -> None:
    layer = Permutation(order, dtype=tf.float64)
    np.testing.assert_array_equal(layer.forward(tf.constant(x)), x[:, order])
    np.testing.assert_array_equal(layer.inverse(tf.constant(x[:, order])), x)
    assert np.all(layer.forward_log_det_jacobian(tf.constant(x), 1).numpy() == 0.0)
    assert np.all(layer.inverse_log_det_jacobian(tf.constant(x), 1).numpy() == 0.0)


@pytest.mark.parametrize("order", [np.arange(SIZE), np.arange(SIZE)[::-1], ORDER], ids=str)
def test_the_gradient_of_a_permutation_is_its_inverse(order: np.ndarray, x: np.ndarray) -> None:
    found = jacobians(lambda rows: permute(rows, order), x)
    np.testing.assert_array_equal(found, np.broadcast_to(np.eye(SIZE)[order], found.shape))
