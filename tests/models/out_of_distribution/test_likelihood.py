"""Do the likelihood, its ratio and the rows of a background hold what they say?"""

import numpy as np
import pytest

from models.baselines import ShrunkGaussian
from models.out_of_distribution import Likelihood, LikelihoodRatio, mutated
from tests.models.out_of_distribution.densities import StandardNormal, affine_flow, normal_rows

ROWS = normal_rows(200, 3, seed=0)


class Impossible:
    """A density that holds every row for impossible."""

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), -np.inf)


def test_the_likelihood_of_a_standard_normal_has_its_closed_form() -> None:
    expected = 0.5 * np.sum(ROWS**2, axis=1) + 1.5 * np.log(2 * np.pi)
    assert np.allclose(Likelihood(StandardNormal(3)).score(ROWS), expected, rtol=1e-12)


def test_a_gaussian_of_numpy_is_a_density_too() -> None:
    gaussian = ShrunkGaussian(ROWS)
    assert np.array_equal(Likelihood(gaussian).score(ROWS), -gaussian.log_prob(ROWS))


def test_a_row_outside_of_the_arithmetic_is_infinitely_strange() -> None:
    rows = np.array([[np.nan, 0.0, 0.0], [np.inf, 0.0, 0.0], [1e300, 1.0, 1.0]])
    assert Likelihood(affine_flow(ROWS)).score(rows).tolist() == [np.inf] * 3


def test_the_ratio_of_a_flow_with_itself_is_zero() -> None:
    flow = affine_flow(ROWS)
    assert np.all(LikelihoodRatio(flow, flow).score(ROWS) == 0.0)


def test_the_ratio_of_two_normals_has_its_closed_form() -> None:
    moved = StandardNormal(3)
    moved.mean.assign([2.0, 0.0, 0.0])
    found = LikelihoodRatio(StandardNormal(3), moved).score(ROWS)
    assert np.allclose(found, 2.0 * ROWS[:, 0] - 2.0, atol=1e-12)


def test_what_the_flow_holds_for_impossible_is_infinitely_strange_whatever_the_background_says() -> None:
    for background in (Impossible(), StandardNormal(3)):
        assert np.all(LikelihoodRatio(Impossible(), background).score(ROWS) == np.inf)


def test_a_mutated_row_keeps_the_share_of_its_features_that_the_rate_leaves() -> None:
    kept = np.mean(mutated(ROWS, 0.3, seed=0) == ROWS)
    assert kept == pytest.approx(0.7, abs=0.06)  # 600 features: three standard errors
    assert np.array_equal(mutated(ROWS, 0.0, seed=0), ROWS)


def test_a_mutated_feature_stays_within_its_range() -> None:
    found = mutated(ROWS, 1.0, seed=0)
    assert np.all((found >= ROWS.min(axis=0)) & (found <= ROWS.max(axis=0)))
    assert np.array_equal(found, mutated(ROWS, 1.0, seed=0))


def test_a_rate_that_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rate=1\.5 must lie between 0 and 1"):
        mutated(ROWS, 1.5, seed=0)


def test_a_single_row_without_an_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rows have shape \(3,\) and need \(N, D\)"):
        Likelihood(StandardNormal(3)).score(ROWS[0])


def test_no_rows_have_no_scores() -> None:
    assert Likelihood(affine_flow(ROWS)).score(ROWS[:0]).shape == (0,)
