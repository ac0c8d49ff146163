"""Is a flag as rare on normal clips as alpha promises?"""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from pipeline.calibration.conformal import n_calibration_needed, p_values

N_SEEDS, ALPHA = 4000, 0.05


def test_p_values_by_hand() -> None:
    found = p_values(np.array([3.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.5, 2.0, 3.0, 4.0]))
    assert found.tolist() == [4 / 4, 4 / 4, 3 / 4, 3 / 4, 2 / 4, 1 / 4]


def test_a_tie_counts_against_a_flag() -> None:
    assert p_values(np.full(9, 5.0), np.array([5.0])).tolist() == [1.0]


def false_alarms(draw: str, n_calibration: int) -> int:
    """Count flags over seeds, with one fresh clip a seed so that the seeds are independent."""
    generator = np.random.default_rng(0)
    n_flagged = 0
    for _ in range(N_SEEDS):
        scores = getattr(generator, draw)(4.0, size=n_calibration + 1)
        n_flagged += bool(p_values(scores[1:], scores[:1])[0] <= ALPHA)
    return n_flagged


@pytest.mark.parametrize("draw", ["standard_t", "chisquare"])
def test_false_alarm_rate_holds_on_fresh_normal_clips(draw: str) -> None:
    # With 99 calibration clips a flag has probability exactly 5 / 100; a right one fails once in a million.
    low, high = scipy.stats.binom.interval(1 - 1e-6, N_SEEDS, ALPHA)
    assert low <= false_alarms(draw, 99) <= high


def test_false_alarm_rate_does_not_exceed_alpha_where_scores_tie() -> None:
    assert false_alarms("poisson", 99) <= scipy.stats.binom.ppf(1 - 1e-6, N_SEEDS, ALPHA)


def test_with_too_few_calibration_clips_nothing_is_flagged() -> None:
    assert n_calibration_needed(ALPHA) == 19
    assert false_alarms("standard_t", 18) == 0


@pytest.mark.parametrize(("alpha", "n"), [(0.5, 1), (0.1, 9), (0.05, 19), (0.01, 99), (0.001, 999), (0.3, 3)])
def test_the_calibration_clips_needed_by_hand(alpha: float, n: int) -> None:
    assert n_calibration_needed(alpha) == n


@given(alpha=st.floats(0.001, 0.9))
def test_the_calibration_clips_needed_are_enough_and_one_less_is_not(alpha: float) -> None:
    n = n_calibration_needed(alpha)
    strangest = np.array([1.0])
    # 1e-9 is the slack that keeps 1 / 0.05 - 1 = 19.000000000000004 at 19.
    assert p_values(np.zeros(n), strangest)[0] <= alpha * (1 + 1e-8)
    assert n == 0 or p_values(np.zeros(n - 1), strangest)[0] > alpha


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_a_stranger_clip_never_has_a_larger_p_value(calibration: list[float], scores: list[float]) -> None:
    found = p_values(np.array(calibration), np.sort(scores))
    assert np.all(np.diff(found) <= 0.0)
    assert np.all((found > 0.0) & (found <= 1.0))


@pytest.mark.parametrize("score", [np.inf, np.nan])
def test_a_score_that_is_not_finite_is_the_strangest(score: float) -> None:
    assert p_values(np.arange(9.0), np.array([score])).tolist() == [0.1]


@pytest.mark.parametrize("score", [np.inf, np.nan])
def test_a_calibration_score_that_is_not_finite_makes_flags_rarer(score: float) -> None:
    assert p_values(np.array([0.0, 1.0, score]), np.array([5.0])).tolist() == [2 / 4]
