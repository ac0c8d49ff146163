"""Is the log-mass of a cell under a normal distribution right to the last digits, and so its slope?"""

import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from models.flows.discrete.masses import log_normal_mass

EDGES = np.array([-200.0, -30.0, -8.0, -2.0, -0.3, 0.0, 0.1, 1.5, 7.0, 29.0, 150.0])
WIDTHS = np.array([1e-7, 1e-5, 1e-4, 1.3e-4, 1e-3, 0.017, 0.02, 0.1, 1.0, 3.0, 60.0])


def mass_of(low: np.ndarray, high: np.ndarray, dtype: tf.DType = tf.float64) -> tf.Tensor:
    none = np.zeros(np.shape(low), bool)
    return log_normal_mass(tf.constant(low, dtype), tf.constant(high, dtype), none, none)


def truth(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Integrate the density over the cell by Gauss and Legendre, relative to its greatest value there."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    peak = np.clip(0.0, low, high)
    # Nothing counts that lies 40 lengths of decay from the peak.
    reach = 40.0 / np.maximum(1.0, np.abs(peak))
    a, b = np.maximum(low, peak - reach), np.minimum(high, peak + reach)
    at = 0.5 * (a + b) + 0.5 * (b - a) * nodes[:, None, None]
    shape = np.exp(0.5 * (peak**2 - at**2))
    inside = 0.5 * (b - a) * np.tensordot(weights, shape, axes=1)
    return np.asarray(np.log(inside) - 0.5 * peak**2 - 0.5 * np.log(2 * np.pi))


@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-7), (tf.float32, 2e-3)])
def test_a_log_mass_is_that_of_the_integral(dtype: tf.DType, tolerance: float) -> None:
    low, width = np.meshgrid(EDGES, WIDTHS if dtype == tf.float64 else WIDTHS[5:], indexing="ij")
    low = low.astype(dtype.as_numpy_dtype)
    high = (low + width).astype(dtype.as_numpy_dtype)
    found = mass_of(low, high, dtype).numpy().astype(np.float64)
    expected = truth(low.astype(np.float64), high.astype(np.float64))
    # Of numbers as great as 20,000 nats a dtype keeps some digits only.
    np.testing.assert_allclose(found, expected, rtol=10 * np.finfo(low.dtype).eps, atol=tolerance)


def test_slopes_are_those_of_the_density_at_the_ends() -> None:
    low, high = tf.constant([-9.0, -1.0, 0.3, 5.0, 1.0]), tf.constant([-8.0, 2.0, 0.3005, 6.0, 1.01])
    low, high = tf.cast(low, tf.float64), tf.cast(high, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([low, high])
        value = log_normal_mass(low, high, tf.zeros(5, tf.bool), tf.zeros(5, tf.bool))
    down, up = tape.gradient(value, [low, high])
    density = [-0.5 * (one**2 + np.log(2 * np.pi)) for one in (low.numpy(), high.numpy())]
    np.testing.assert_allclose(down, -np.exp(density[0] - value.numpy()), rtol=1e-6)
    np.testing.assert_allclose(up, np.exp(density[1] - value.numpy()), rtol=1e-6)


def test_the_least_and_the_greatest_cell_have_no_end() -> None:
    edge = tf.constant([-3.0, 0.5, 9.0], tf.float64)
    far, near = tf.ones(3, tf.bool), tf.zeros(3, tf.bool)
    expected = scipy.special.log_ndtr(edge.numpy())
    np.testing.assert_allclose(log_normal_mass(edge - 1.0, edge, far, near), expected, rtol=1e-12)
    mirrored = scipy.special.log_ndtr(-edge.numpy())
    np.testing.assert_allclose(log_normal_mass(edge, edge + 1.0, near, far), mirrored, rtol=1e-12)
    with tf.GradientTape() as tape:
        tape.watch(edge)
        value = log_normal_mass(edge, edge, far, near)  # rounding can leave a cell no width
    assert np.isfinite(tape.gradient(value, edge).numpy()).all()
