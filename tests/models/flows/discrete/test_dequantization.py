"""Is the bound of dequantisation below the log-mass, and does it reach it as points are added?"""

import math

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from models.flows.discrete import Cells, Dequantization
from models.flows.discrete.dequantization import points_within

ROWS = np.array([[0.0, 2.0], [1.0, -1.0], [3.0, 0.0]])


def bound(n_draws: int, seed: int) -> np.ndarray:
    """Return the bound under two normal variables of deviation 0.4, so that a cell is far from flat."""
    cells = Cells(2, ((0, 0, 3), (1, -1, 2)))

    def density(x: tf.Tensor, given: dict) -> tf.Tensor:
        return tf.reduce_sum(-0.5 * (x / 0.4) ** 2 - math.log(0.4 * math.sqrt(2.0 * math.pi)), axis=-1)

    made = Dequantization(cells, density, lambda z, given: z, n_draws=n_draws, seed=seed, dtype=tf.float64)
    return made.log_prob(tf.constant(ROWS), {}).numpy()


def log_masses() -> np.ndarray:
    below, above = (scipy.stats.norm.cdf((ROWS + side) / 0.4) for side in (-0.5, 0.5))
    return np.log(above - below).sum(axis=1)


def test_the_mean_bound_over_seeds_grows_with_the_points_and_stays_below_the_log_mass() -> None:
    means = [np.mean([bound(n_draws, seed) for seed in range(200)], axis=0) for n_draws in (1, 4, 32)]
    for few, many in zip(means, [*means[1:], log_masses()], strict=True):
        assert np.all(few < many)


def test_many_points_give_the_mass() -> None:
    np.testing.assert_allclose(bound(20_000, 0), log_masses(), atol=5e-3)


@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_points_fill_the_cell_evenly(n_features: int) -> None:
    points = points_within(1000, n_features, 3)
    assert points.shape == (1000, n_features)
    assert points.min() >= -0.5 and points.max() < 0.5
    for column in points.T:
        counts = np.histogram(column, bins=10, range=(-0.5, 0.5))[0]
        assert np.abs(counts - 100).max() <= 15


def test_a_whole_number_next_to_an_end_never_reaches_it() -> None:
    cells = Cells(1, ((0, -65_536, 65_536),))
    made = Dequantization(cells, lambda x, given: x, lambda z, given: z, n_draws=1, seed=0, dtype=tf.float32)
    rows = np.array([[-65_536.0], [65_536.0]] * 500)
    for filled in (made.latent(rows), made.filled(tf.constant(rows, tf.float32)).numpy()):
        assert filled.dtype == np.float32
        assert np.all(np.abs(filled) < np.float32(65_536.5))


def test_noise_in_training_differs_from_call_to_call_and_in_validation_does_not() -> None:
    cells = Cells(2, ((0, 0, 3),))
    made = Dequantization(cells, lambda x, given: x, lambda z, given: z, n_draws=1, seed=0, dtype=tf.float64)
    rows = tf.constant([[1.0, 0.25]] * 50, tf.float64)
    first, second = made.filled(rows).numpy(), made.filled(rows).numpy()
    assert np.all(first[:, 0] != second[:, 0])
    assert np.all(first[:, 1] == 0.25)
    assert np.all(np.abs(first[:, 0] - 1.0) <= 0.5)
    np.testing.assert_array_equal(
        made.filled(rows, for_validation=True), made.filled(rows, for_validation=True)
    )
