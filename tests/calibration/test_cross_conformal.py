"""Do cross-fitted p-values keep what they promise, and count a recording once?"""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from models.baselines.gaussian import ShrunkGaussian
from pipeline.calibration.cross_conformal import (
    CrossFitted,
    exceeding_weight,
    rank_p_values,
    speaker_weights,
)
from pipeline.calibration.cross_guarantee import cross_fitted_guarantee, refused_cross_fitted_flags

# Few values, so that ties are common.
SCORES = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abcde")), min_size=2, max_size=20).filter(
    lambda clips: len({speaker for _, speaker in clips}) > 1
)


def counts(n: int, n_folds: int = 0) -> CrossFitted:
    return CrossFitted(n_clips=n, n_recordings=n, n_speakers=n, n_folds=n_folds or n)


@given(clips=SCORES, judged=st.integers(-1, 7))
def test_the_weight_of_stranger_clips_is_their_sum(clips: list[tuple[int, str]], judged: int) -> None:
    scores, speakers = np.array([s for s, _ in clips], float), np.array([name for _, name in clips], object)
    weight = speaker_weights(speakers)
    found = exceeding_weight(scores, weight, np.array([judged], float))
    # Rounded to nine digits, so that thirds sum to one.
    assert found[0] == pytest.approx(weight[scores >= judged].sum(), abs=1e-9)


@given(clips=SCORES)
def test_each_speaker_weighs_as_one_clip(clips: list[tuple[int, str]]) -> None:
    speakers = np.array([name for _, name in clips], object)
    assert speaker_weights(speakers).sum() == pytest.approx(len(set(speakers)))


@given(clips=SCORES)
def test_a_clip_is_ranked_among_the_clips_of_others(clips: list[tuple[int, str]]) -> None:
    scores, speakers = np.array([s for s, _ in clips], float), np.array([name for _, name in clips], object)
    weight = speaker_weights(speakers)
    found = rank_p_values(scores, weight, speakers, scores, speakers)
    for p, score, speaker in zip(found, scores, speakers, strict=True):
        others = speakers != speaker
        expected = (1 + weight[others & (scores >= score)].sum()) / (1 + len(set(speakers[others])))
        assert p == pytest.approx(expected)


@pytest.mark.parametrize("n_each", [3, 7])
@pytest.mark.parametrize("n_speakers", [7, 20, 49])
def test_the_most_usual_clip_has_a_p_value_of_one_and_no_more(n_speakers: int, n_each: int) -> None:
    speakers = np.repeat(np.arange(n_speakers), n_each)
    scores = np.arange(len(speakers), dtype=float)
    found = rank_p_values(scores, speaker_weights(speakers), speakers, scores, speakers)
    assert found.max() == 1.0


@given(scores=st.lists(st.integers(0, 50), min_size=2, max_size=60))
def test_no_more_than_alpha_of_the_own_clips_is_flagged(scores: list[int]) -> None:
    of, names = np.array(scores, float), np.arange(len(scores)).astype(str).astype(object)
    found = rank_p_values(of, np.ones(len(of)), names, of, names)
    for alpha in (0.05, 0.1, 0.2, 0.5):
        assert np.mean(found <= alpha) <= alpha


def fresh_rates(n: int, n_folds: int, alpha: float, n_seeds: int, n_each: int = 1) -> float:
    """Return the share of fresh clips that are flagged, of a Gaussian of ``n`` recordings with 20 numbers.

    A recording has ``n_each`` clips, which differ less from each other than recordings do.
    """
    flagged = []
    for seed in range(n_seeds):
        generator = np.random.default_rng(seed)
        place = np.repeat(generator.standard_t(5, size=(n + 20, 20)), n_each, axis=0)
        clips = (place + 0.3 * generator.standard_normal(place.shape) * (n_each > 1)).astype(np.float32)
        speakers = np.repeat(np.arange(n), n_each)
        own, fresh = clips[: n * n_each], clips[n * n_each :]
        weight, exceeding = speaker_weights(speakers), np.zeros(len(fresh))
        for fold in range(n_folds):
            held = speakers % n_folds == fold
            model = ShrunkGaussian(own[~held])
            exceeding += exceeding_weight(-model.log_prob(own[held]), weight[held], -model.log_prob(fresh))
        flagged.append(np.mean((1 + exceeding) / (n + 1) <= alpha))
    return float(np.mean(flagged))


@pytest.mark.parametrize(("n", "n_folds", "n_each"), [(20, 20, 1), (30, 30, 1), (30, 5, 1), (20, 20, 4)])
@pytest.mark.parametrize("alpha", [0.1, 0.2])
def test_fresh_clips_are_flagged_within_the_bound_and_near_alpha(
    n: int, n_folds: int, n_each: int, alpha: float
) -> None:
    n_seeds = 40
    rate = fresh_rates(n, n_folds, alpha, n_seeds, n_each)
    assert rate <= counts(n, n_folds).flag_rate_bound(alpha)
    # Fresh clips of one seed share what calibrates them: a share is beta-binomial there, 4 deviations in all.
    k = int(alpha * (n + 1) + 1e-9)
    spread = 4 * scipy.stats.beta(k, n + 1 - k).std() / np.sqrt(n_seeds)
    assert alpha - 1 / (n + 1) - spread < rate < alpha + spread + 0.02


def test_clips_of_one_recording_that_count_each_are_flagged_too_often() -> None:
    """What the weights are for: 20 clips of 5 recordings are no 20 draws."""
    alpha, n_seeds, n_each = 0.1, 200, 20
    plain, weighted = [], []
    for seed in range(n_seeds):
        generator = np.random.default_rng(seed)
        recordings = np.repeat(generator.standard_normal(5), n_each)
        scores = recordings + 0.1 * generator.standard_normal(5 * n_each)
        fresh = generator.standard_normal(50)
        weight = speaker_weights(np.repeat(np.arange(5), n_each))
        plain.append(np.mean((1 + exceeding_weight(scores, np.ones(100), fresh)) / 101 <= alpha))
        weighted.append(np.mean((1 + exceeding_weight(scores, weight, fresh)) / 6 <= alpha))
    assert np.mean(plain) > 1.2 * alpha
    assert np.mean(weighted) <= alpha


def test_a_fold_for_each_recording_promises_twice_alpha_and_fewer_folds_promise_less() -> None:
    bounds = [counts(30, n_folds).flag_rate_bound(0.05) for n_folds in (30, 15, 10, 5)]
    assert bounds[0] == pytest.approx(0.1)
    assert bounds == sorted(bounds)
    # Barber et al. 2021, theorem 4: the smaller of 2 (1 - 1/5) / (30/5 + 1) and (1 - 5/30) / (5 + 1).
    assert bounds[3] == pytest.approx(0.1 + (1 - 5 / 30) / 6)


def test_the_guarantee_names_bound_recordings_folds_and_floor() -> None:
    told = cross_fitted_guarantee(counts(30), 0.05, 0.1, n_other=70)
    assert "at most 0.1, whatever the model" in told.flags and "30 recordings in 30 folds" in told.flags
    assert "starts at 23 that are stranger" in told.listed  # 70 / (0.1 * 31) = 22.6
    assert "1/(n + 1) = 0.03226" in told.floor
    assert told.refusals == ()


def test_speakers_are_named_where_they_are_fewer_than_recordings() -> None:
    crossed = CrossFitted(n_clips=90, n_recordings=45, n_speakers=20, n_folds=20)
    assert "20 speakers in 45 recordings" in cross_fitted_guarantee(crossed, 0.05, 0.1, n_other=0).flags


def test_too_few_recordings_flag_and_list_nothing_and_say_so() -> None:
    told = cross_fitted_guarantee(counts(8), 0.05, 0.1, n_other=70)
    assert told.flags == refused_cross_fitted_flags(8, 0.05)
    assert "alpha=0.05 needs at least 19 recordings to calibrate, got 8" in told.flags
    assert "fdr=0.1 needs at least 9 recordings to calibrate, got 8" in told.listed
    assert told.refusals == (told.flags, told.listed)


def test_one_class_alone_has_no_list_and_that_is_no_refusal() -> None:
    told = cross_fitted_guarantee(counts(30), 0.05, 0.1, n_other=0)
    assert told.listed.startswith("No clip is listed") and told.refusals == ()
