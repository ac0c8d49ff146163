"""Are the maps of single features near the identity at first, bounded, and invertible whatever is said?"""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements import AffineElements, Elements, SplineElements, bounded

SIZE = 7
ELEMENTS: dict[str, Elements] = {"affine": AffineElements(2.0), "spline": SplineElements(4, 3.0)}


@pytest.fixture
def z() -> np.ndarray:
    """Rows that cover the inside of a spline, its border and its tails."""
    return np.linspace(-4.0, 4.0, 9 * SIZE).reshape(9, SIZE)


def parameters_of(elements: Elements, scale: float) -> tf.Tensor:
    shape = (9, elements.n_parameters, SIZE)
    return tf.constant(scale * np.random.default_rng(0).standard_normal(shape))


@pytest.mark.parametrize("kind", ELEMENTS)
def test_zero_parameters_give_the_identity(kind: str, z: np.ndarray) -> None:
    elements = ELEMENTS[kind]
    parameters = parameters_of(elements, 0.0)
    np.testing.assert_allclose(elements.to_data(parameters, tf.constant(z)), z, atol=1e-12)
    noise, log_slope = elements.to_noise(parameters, tf.constant(z))
    np.testing.assert_allclose(noise, z, atol=1e-12)
    np.testing.assert_allclose(log_slope, 0.0, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("kind", ELEMENTS)
def test_forward_and_inverse_undo_each_other(kind: str, scale: float, z: np.ndarray) -> None:
    elements = ELEMENTS[kind]
    parameters = parameters_of(elements, scale)
    again = elements.to_noise(parameters, elements.to_data(parameters, tf.constant(z)))[0].numpy()
    # Slopes of a thousandth, 16 digits of which a quadratic equation keeps at least 12.
    np.testing.assert_allclose(again, z, atol=1e-9)


def test_a_spline_is_the_identity_beyond_its_bound(z: np.ndarray) -> None:
    elements = ELEMENTS["spline"]
    x = elements.to_data(parameters_of(elements, 3.0), tf.constant(z)).numpy()
    outside = np.abs(z) >= 3.0
    np.testing.assert_array_equal(x[outside], z[outside])
    assert np.all(np.abs(x[~outside]) <= 3.0)
    assert np.all(x[np.abs(z) < 2.5] != z[np.abs(z) < 2.5])


def test_a_splines_slope_has_no_jump_at_its_bound() -> None:
    elements = SplineElements(4, 3.0)
    parameters = tf.constant(3.0 * np.random.default_rng(0).standard_normal((11, 1)))
    at = tf.constant([[-3.0 - 1e-9], [-3.0 + 1e-9], [3.0 - 1e-9], [3.0 + 1e-9]], tf.float64)
    _, slopes = elements.to_noise(parameters, at)
    np.testing.assert_allclose(slopes, 0.0, atol=1e-4)


def test_a_spline_never_falls(z: np.ndarray) -> None:
    elements = SplineElements(8, 3.0)
    parameters = tf.constant(20.0 * np.random.default_rng(1).standard_normal((23, 1)))
    x = elements.to_data(parameters, tf.constant(np.linspace(-4, 4, 1001)[:, None])).numpy()
    assert np.all(np.diff(x[:, 0]) > 0.0)


@pytest.mark.parametrize("n_bins", [2, 3, 8])
def test_a_spline_is_that_of_tensorflow_probability(n_bins: int, z: np.ndarray) -> None:
    elements = SplineElements(n_bins, 3.0)
    parameters = parameters_of(elements, 2.0)
    widths, heights, slopes = np.split(np.moveaxis(parameters.numpy(), 1, 2), [n_bins, 2 * n_bins], axis=-1)

    def sizes(raw: np.ndarray) -> np.ndarray:
        return 6.0 * (tf.nn.softmax(raw).numpy() * (1.0 - n_bins * elements.least) + elements.least)

    peer = tfp.bijectors.RationalQuadraticSpline(
        sizes(widths), sizes(heights), np.exp(bounded(slopes, -np.log(elements.least))), range_min=-3.0
    )
    noise, log_slope = elements.to_noise(parameters, tf.constant(z))
    np.testing.assert_allclose(noise, peer.forward(z), atol=1e-10)
    np.testing.assert_allclose(log_slope, peer.forward_log_det_jacobian(z, 0), atol=1e-9)
    np.testing.assert_allclose(elements.to_data(parameters, tf.constant(z)), peer.inverse(z), atol=1e-10)


@pytest.mark.parametrize("scale", [0.0, 3.0, 100.0])
@pytest.mark.parametrize("by_noise", [False, True])
def test_a_splines_gradients_are_finite_at_knots_ends_and_infinities(scale: float, by_noise: bool) -> None:
    elements = SplineElements(4, 3.0)
    at = tf.constant([[-np.inf, -1e30, -3.0, -1.5, 0.0, 1.5, 3.0, 1e30, np.inf]], tf.float32)
    shape = (1, elements.n_parameters, at.shape[1])
    drawn = tf.constant(scale * np.random.default_rng(0).standard_normal(shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(drawn)
        found = elements.to_data(drawn, at) if by_noise else elements.to_noise(drawn, at)[1]
        inside = tf.where(tf.math.is_finite(at), found, tf.zeros_like(found))
    assert np.all(np.isfinite(tape.gradient(inside, drawn)))


@pytest.mark.parametrize("bound", [0.5, 2.0, 7.0])
def test_a_log_scale_stays_within_its_bound_at_absurd_values(bound: float) -> None:
    values = bounded(tf.constant([-1e300, -50.0, 0.0, 50.0, 1e300], tf.float64), bound).numpy()
    assert np.abs(values).max() <= bound
    assert np.all(np.diff(values) >= 0.0)


def test_a_bound_of_zero_leaves_the_log_scale_free() -> None:
    assert float(bounded(tf.constant(1e3), 0.0)) == 1e3


def test_a_small_log_scale_passes_the_bound_almost_unchanged() -> None:
    values = np.linspace(-0.05, 0.05, 11)
    # B tanh(s / B) = s - s^3 / (3 B^2) + ...: at |s| = 0.05 and B = 3 the difference is below 5e-6.
    np.testing.assert_allclose(bounded(tf.constant(values), 3.0), values, atol=5e-6)


@pytest.mark.parametrize("n_bins", [0, 1, 1000])
def test_a_number_of_bins_that_cannot_be_is_refused(n_bins: int) -> None:
    with pytest.raises(ValueError, match=f"n_bins={n_bins} must lie between 2 and 999"):
        SplineElements(n_bins, 3.0)
