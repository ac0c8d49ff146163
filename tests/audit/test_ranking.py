"""Can scores of different models be compared, though a tenth of the clips is wrong?"""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from pipeline.audit.ranking import place_and_spread, rank_strangest_first, standardise

PLACES = st.floats(-1e4, 1e4)
SPREADS = st.floats(1e-2, 1e4)


@given(PLACES, SPREADS)
def test_a_model_with_another_place_and_spread_gives_the_same_scores(place: float, spread: float) -> None:
    scores = np.random.default_rng(0).normal(size=200)
    fold = np.arange(200) % 2
    moved = np.where(fold == 1, place + spread * scores, scores)
    # Rounding of the sum: places are up to 1e6 times the spread.
    np.testing.assert_allclose(standardise(moved, fold), standardise(scores, fold), atol=1e-8)


def test_normal_scores_have_the_spread_of_one_deviation() -> None:
    place, spread = place_and_spread(np.random.default_rng(0).normal(7.0, 3.0, 100_000))
    # Four standard errors of each estimate, 1.25 and 1.17 deviations over the root of the number.
    assert (place, spread) == pytest.approx((7.0, 3.0), abs=0.05)


def test_wild_scores_in_one_fold_do_not_hide_that_folds_milder_ones() -> None:
    generator = np.random.default_rng(0)
    scores = generator.normal(size=400)
    fold = np.arange(400) % 2
    wild, mild = np.arange(0, 32, 2), np.arange(32, 40, 2)
    scores[wild], scores[mild] = 1e6, 8.0
    right = np.setdiff1d(np.arange(400), np.concatenate([wild, mild]))
    assert standardise(scores, fold)[mild].min() > standardise(scores, fold)[right].max()


@given(st.floats(5.0, 1e6))
def test_a_tenth_of_wrong_clips_moves_right_ones_by_half_a_deviation_at_most(distance: float) -> None:
    """A fold with a tenth of wrong clips, however strange, beside one with none."""
    right = scipy.stats.norm.ppf((np.arange(1_000) + 0.5) / 1_000)
    wrong = np.concatenate([right, np.full(111, distance)])
    alone = standardise(right, np.zeros(1_000))
    beside = standardise(wrong, np.zeros(1_111))[:1_000]
    # With a tenth above them the median is the 0.556 quantile of the right ones, 0.14 deviations up, and the
    # spread is 1.14 deviations: a clip at 3 comes to (3 - 0.14) / 1.14.
    assert np.abs(beside - alone)[np.abs(alone) < 3].max() < 0.5


def test_equal_scores_are_no_stranger_than_one_another() -> None:
    assert standardise(np.full(10, 4.0), np.zeros(10)).tolist() == [0.0] * 10


def test_one_strange_clip_among_equal_ones_stands_out() -> None:
    scores = standardise(np.array([4.0] * 9 + [9.0]), np.zeros(10))
    assert scores[-1] > 1.0
    assert np.all(scores[:-1] == 0.0)


def test_the_strangest_clip_has_rank_one() -> None:
    rank = rank_strangest_first(np.array([0.5, 3.0, -1.0]), np.ones(3), ["a", "b", "c"])
    assert rank.tolist() == [2, 1, 3]


def test_equal_scores_are_ranked_by_p_value_and_then_by_path() -> None:
    rank = rank_strangest_first(np.zeros(3), np.array([0.5, 0.1, 0.5]), ["b", "c", "a"])
    assert rank.tolist() == [3, 1, 2]
