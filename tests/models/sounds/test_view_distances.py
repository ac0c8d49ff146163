"""Is a recording far in a view where no training clip goes, and is the second measure that of Mahalanobis?"""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.covariance import ledoit_wolf

from models.baselines.gaussian import ShrunkGaussian
from models.sounds.view_distances import ViewDistances


def leaning(n: int, seed: int) -> np.ndarray:
    """Vectors of two numbers that move together, by 10, and apart by 1."""
    generator = np.random.default_rng(seed)
    along, across = 10.0 * generator.standard_normal((n, 1)), generator.standard_normal((n, 1))
    return np.hstack([along + across, along - across]).astype(np.float32)


def test_whitened_vectors_are_as_far_apart_as_by_the_shrunk_covariance() -> None:
    train, x = leaning(50, 0), leaning(5, 1).astype(np.float64)
    deviation = train.std(axis=0, dtype=np.float64)
    covariance, _ = ledoit_wolf((train - train.mean(axis=0)) / deviation)
    expected = cdist(x / deviation, x / deviation, "mahalanobis", VI=np.linalg.inv(covariance))
    whitened = x @ ShrunkGaussian(train).whitening()
    np.testing.assert_allclose(cdist(whitened, whitened), expected, rtol=1e-4)


def test_a_change_that_no_training_clip_makes_is_far_by_the_second_measure_alone() -> None:
    distances = ViewDistances(leaning(200, 0))
    in_decibel, in_deviations = distances.log_distances(np.array([[12.0, 12.0], [7.0, -7.0]], np.float32))
    normal = distances.log_distances(leaning(200, 1))
    assert in_deviations[1] > np.quantile(normal[1], 0.99) > in_deviations[0]
    assert in_deviations[1] - in_deviations[0] > in_decibel[1] - in_decibel[0]


def test_what_was_saved_measures_the_same() -> None:
    distances, x = ViewDistances(leaning(30, 0)), leaning(7, 1)
    again = ViewDistances.restored(distances.arrays(), 2)
    np.testing.assert_array_equal(again.log_distances(x), distances.log_distances(x))


def test_more_numbers_than_clips_have_distances() -> None:
    train = np.random.default_rng(0).standard_normal((10, 300)).astype(np.float32)
    near, far = ViewDistances(train).log_distances(np.stack([train.mean(axis=0), train[0] + 9.0])).T
    assert np.all(far > near)
