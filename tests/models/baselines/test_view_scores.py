"""Do textbook scores of views rank what is far as strange, and stay on one scale when summed?"""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from models.baselines.view_scores import LocalDensitySum, gaussian_view_score, neighbours_view_score


def cloud(n: int, size: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, size)) + shift


def test_neighbours_are_the_two_nearest() -> None:
    train, x = cloud(20, 3, 0), cloud(4, 3, 1)
    expected = np.log(np.sort(cdist(x, train), axis=1)[:, :2].mean(axis=1))
    np.testing.assert_allclose(neighbours_view_score(train)(x), expected, rtol=1e-6)


def test_a_gaussian_view_scores_by_its_covariance() -> None:
    train = cloud(4_000, 2, 0) * [1.0, 10.0]
    near, far = gaussian_view_score(train)(np.array([[0.0, 20.0], [4.0, 0.0]]))
    # Squared distances of about 2 squared and 4 squared, however wide the second feature is.
    assert near == pytest.approx(np.log(4.0), abs=0.15)
    assert far == pytest.approx(np.log(16.0), abs=0.15)


def test_a_view_in_which_nothing_differs_weighs_no_more_than_one_in_which_all_does() -> None:
    train = {"told": cloud(60, 4, 0), "noise": 1e3 * cloud(60, 4, 1)}
    summed = LocalDensitySum(train, seed=0)
    normal = summed.score({"told": cloud(40, 4, 2), "noise": 1e3 * cloud(40, 4, 3)})
    strange = summed.score({"told": cloud(40, 4, 4, shift=4.0), "noise": 1e3 * cloud(40, 4, 5)})
    assert np.mean(strange[:, None] > normal) > 0.95
    assert abs(normal.mean()) < 0.5  # centred and scaled by clips that were left out


def test_too_few_clips_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match="at least 6 training clips, got 5"):
        LocalDensitySum({"one": cloud(5, 2, 0)}, seed=0)
