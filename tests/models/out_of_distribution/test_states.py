"""Is the density of states that of the statistics, and does it see both sides?"""

import numpy as np
import pytest

from models.out_of_distribution import DensityOfStates, Likelihood
from tests.models.out_of_distribution.densities import StandardNormal, normal_rows

SIZE = 100
REFERENCE = normal_rows(1_000, SIZE, seed=0)


class Feature:
    """The first feature of a row."""

    def score(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x)[:, 0]


def test_the_density_of_a_normal_statistic_is_nearly_the_normal_one() -> None:
    found = DensityOfStates({"feature": Feature()}, REFERENCE).score(REFERENCE)
    centre = np.abs(REFERENCE[:, 0]) < 2.0
    expected = 0.5 * REFERENCE[:, 0] ** 2 + 0.5 * np.log(2.0 * np.pi)
    assert np.abs(found - expected)[centre].max() < 0.3  # 1,000 rows, and the width of the kernel


def test_statistics_add_up() -> None:
    alone = [
        DensityOfStates({"one": one}, REFERENCE) for one in (Feature(), Likelihood(StandardNormal(SIZE)))
    ]
    both = DensityOfStates({"a": Feature(), "b": Likelihood(StandardNormal(SIZE))}, REFERENCE)
    assert np.allclose(both.score(REFERENCE), sum(one.score(REFERENCE) for one in alone))


def test_rows_that_are_too_likely_are_as_strange_as_rows_that_are_too_unlikely() -> None:
    states = DensityOfStates({"likelihood": Likelihood(StandardNormal(SIZE))}, REFERENCE)
    usual = states.score(normal_rows(100, SIZE, seed=1)).max()
    assert states.score(0.1 * REFERENCE[:50]).min() > usual
    assert states.score(2.0 * REFERENCE[:50]).min() > usual


def test_a_statistic_that_is_not_finite_is_infinitely_strange() -> None:
    rows = REFERENCE[:2].copy()
    rows[0, 0] = np.inf
    found = DensityOfStates({"feature": Feature()}, REFERENCE).score(rows)
    assert found[0] == np.inf
    assert np.isfinite(found[1])


def test_no_statistic_and_one_that_does_not_vary_are_refused() -> None:
    with pytest.raises(ValueError, match="0 statistics were given and at least 1 is needed"):
        DensityOfStates({}, REFERENCE)
    with pytest.raises(ValueError, match="'feature' has 0 values that are not finite and 1 different"):
        DensityOfStates({"feature": Feature()}, np.ones((5, SIZE)))
