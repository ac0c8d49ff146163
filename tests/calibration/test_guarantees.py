"""Do flags and the list keep the rates that they promise, and say so when they cannot?"""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from models.baselines.gaussian import ShrunkGaussian
from pipeline.calibration.conformal import benjamini_hochberg, guarantee, p_values

ALPHA, FDR = 0.05, 0.1
ONE_IN_A_MILLION = 1e-6


def fitted_rates(n_seeds: int, *, on_fitted_clips: bool) -> list[int]:
    """Count the flagged of 50 fresh clips a seed, for a Gaussian fitted to 60 clips of 20 numbers."""
    counts = []
    for seed in range(n_seeds):
        clips = np.random.default_rng(seed).standard_t(5, size=(60 + 99 + 50, 20)).astype(np.float32)
        train, held_out, fresh = clips[:60], clips[60:159], clips[159:]
        gaussian = ShrunkGaussian(train)
        calibration = -gaussian.log_prob(train if on_fitted_clips else held_out)
        counts.append(int(np.sum(p_values(calibration, -gaussian.log_prob(fresh)) <= ALPHA)))
    return counts


def test_false_alarm_rate_of_a_fitted_model_holds_on_fresh_clips_over_many_seeds() -> None:
    n_seeds = 300
    counts = fitted_rates(n_seeds, on_fitted_clips=False)
    # Clips of one seed share its calibration: their flags are beta-binomial with k = 5 of 100.
    one = scipy.stats.betabinom(50, 5, 95)
    spread = float(np.sqrt(n_seeds * one.var()))
    far = -scipy.stats.norm.ppf(ONE_IN_A_MILLION / 2)
    assert abs(sum(counts) - n_seeds * one.mean()) < far * spread


def test_flags_of_one_calibration_set_are_beta_binomial() -> None:
    n_seeds = 300
    counts = np.array(fitted_rates(n_seeds, on_fitted_clips=False))
    low, high = scipy.stats.betabinom(50, 5, 95).interval(0.95)
    inside = int(np.sum((counts >= low) & (counts <= high)))
    least = scipy.stats.binom.ppf(ONE_IN_A_MILLION, n_seeds, 0.95)
    assert inside >= least


def test_clips_that_were_fitted_on_calibrate_badly() -> None:
    n_seeds = 40
    counts = fitted_rates(n_seeds, on_fitted_clips=True)
    one = scipy.stats.betabinom(50, 3, 58)
    assert sum(counts) > n_seeds * one.mean() + 5 * np.sqrt(n_seeds * one.var())


def discovery_proportions(n_seeds: int, n_strange: int, shift: float) -> list[float]:
    """Return the share of ordinary clips on the list of 200 clips, of which some are strange."""
    shares = []
    for seed in range(n_seeds):
        generator = np.random.default_rng(seed)
        scores = generator.standard_normal(200)
        scores[:n_strange] += shift
        listed = benjamini_hochberg(p_values(generator.standard_normal(499), scores), FDR)
        shares.append(float(listed[n_strange:].sum() / max(1, listed.sum())))
    return shares


@pytest.mark.parametrize(("n_strange", "shift"), [(0, 0.0), (10, 4.0), (50, 3.0), (150, 2.0)])
def test_false_discovery_rate_holds_on_mixtures(n_strange: int, shift: float) -> None:
    n_seeds = 1_000
    shares = discovery_proportions(n_seeds, n_strange, shift)
    promised = FDR * (200 - n_strange) / 200
    # A proportion lies between 0 and 1: its mean spreads by at most 0.5 over the root of the seeds.
    spread = max(float(np.std(shares)), 1e-3) / n_seeds**0.5
    assert float(np.mean(shares)) < promised + 4.8 * spread


def test_strange_clips_do_come_on_the_list() -> None:
    generator = np.random.default_rng(0)
    scores = np.concatenate([generator.standard_normal(150) + 6.0, generator.standard_normal(50)])
    listed = benjamini_hochberg(p_values(generator.standard_normal(499), scores), FDR)
    assert listed[:150].mean() > 0.95


def test_the_list_by_hand() -> None:
    # The bounds are 0.02, 0.04, 0.06, 0.08, 0.1; the third is kept though the second is not.
    p_value = np.array([0.5, 0.01, 0.06, 0.045, 0.3])
    assert benjamini_hochberg(p_value, FDR).tolist() == [False, True, True, True, False]


def test_no_clips_give_no_list() -> None:
    assert benjamini_hochberg(np.empty(0), FDR).shape == (0,)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_a_higher_rate_never_lists_fewer(values: list[float], fdr: float) -> None:
    p_value = np.array(values)
    assert np.all(benjamini_hochberg(p_value, fdr) <= benjamini_hochberg(p_value, min(0.9, 2 * fdr)))


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30))
def test_a_listed_clip_takes_all_stranger_ones_with_it(values: list[float]) -> None:
    p_value = np.array(values)
    listed = benjamini_hochberg(p_value, 0.2)
    assert not listed.any() or p_value[listed].max() <= p_value[~listed].min(initial=2.0)


def promised(n: int, alpha: float = ALPHA, fdr: float = FDR, *, is_shared: bool = False) -> list[str]:
    promises = guarantee(n, alpha, fdr, n_own=100, n_other=900, is_shared=is_shared)
    return [promises.flags, promises.listed, promises.floor, *promises.refusals]


def test_enough_calibration_clips_refuse_nothing_and_print_the_floor() -> None:
    flags, listed, floor = promised(99)
    assert "at most 0.05" in flags
    assert "at most 0.1" in listed
    assert "1/(n + 1) = 0.01 with 99 calibration clips" in floor


def test_a_list_says_how_many_clips_it_takes_to_begin() -> None:
    # With the floor at 0.01, k clips at it are listed where 0.01 <= k 0.1 / N: k = N / 10.
    assert "a list starts at 10 and 90 clips" in promised(99)[1]
    p_value = np.ones(100)
    p_value[:10] = 0.01
    assert benjamini_hochberg(p_value, FDR).sum() == 10
    p_value[0] = 1.0
    assert benjamini_hochberg(p_value, FDR).sum() == 0


@pytest.mark.parametrize(("n", "n_refusals"), [(19, 0), (18, 1), (9, 1), (8, 2)])
def test_too_few_calibration_clips_are_refused_in_a_sentence(n: int, n_refusals: int) -> None:
    refusals = promised(n)[3:]
    assert len(refusals) == n_refusals
    assert all(f"calibration clips, got {n}: nothing can be" in sentence for sentence in refusals)


def test_what_is_refused_cannot_happen() -> None:
    strangest = np.full(50, 9.0)
    assert not (p_values(np.zeros(18), strangest) <= ALPHA).any()
    assert not benjamini_hochberg(p_values(np.zeros(8), strangest), FDR).any()


def test_clips_that_stopped_the_training_too_are_confessed() -> None:
    assert "also stopped the training" in promised(99, is_shared=True)[2]
    assert "also stopped the training" not in promised(99)[2]


def test_the_stated_interval_holds_the_rate_of_95_in_100_calibration_sets() -> None:
    import re

    low, high = map(float, re.findall(r"between (\S+) and (\S+) in 95", promised(99)[0])[0])
    generator = np.random.default_rng(0)
    thresholds = np.sort(generator.random((4_000, 99)), axis=1)[:, -5]
    inside = float(np.mean((1 - thresholds > low) & (1 - thresholds < high)))
    assert inside == pytest.approx(0.95, abs=0.02)
