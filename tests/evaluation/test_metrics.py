"""Do the figures mean what their names say, on scores small enough to count by hand?"""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from pipeline.evaluation.metrics import (
    auroc,
    auroc_interval,
    bootstrap_auroc,
    bootstrap_wins,
    fpr_at_tpr,
    interval,
    partial_auroc,
    word_metrics,
)

# Few values, so that ties are common.
SCORES = st.lists(st.integers(0, 12), min_size=1, max_size=30).map(lambda values: np.array(values, float))


def labelled(normal: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([0, 1], [len(normal), len(other)]), np.concatenate([normal, other])


@pytest.mark.parametrize(
    ("normal", "other", "expected"),
    [
        ([1, 2, 3], [4, 5], 1.0),
        ([4, 5], [1, 2, 3], 0.0),
        ([1, 2], [1, 2], 0.5),
        ([7], [7, 7, 7], 0.5),
        ([1, 3], [2, 4], 0.75),
        ([1, 2], [2, 3], 0.875),
    ],
)
def test_auroc_counts_won_pairs_and_half_of_ties(
    normal: list[float], other: list[float], expected: float
) -> None:
    assert auroc(np.array(normal), np.array(other)) == expected


@given(normal=SCORES, other=SCORES)
def test_auroc_equals_scikit_learns(normal: np.ndarray, other: np.ndarray) -> None:
    assert auroc(normal, other) == pytest.approx(roc_auc_score(*labelled(normal, other)), abs=1e-12)


@given(normal=SCORES, other=SCORES)
def test_auroc_of_exchanged_sides_adds_to_one(normal: np.ndarray, other: np.ndarray) -> None:
    assert auroc(normal, other) + auroc(other, normal) == pytest.approx(1.0, abs=1e-12)


def test_auroc_of_scores_without_information_is_a_half() -> None:
    generator = np.random.default_rng(0)
    # The standard error is sqrt((N + M + 1) / (12 N M)) = 0.0065: five of them.
    assert auroc(generator.random(4000), generator.random(4000)) == pytest.approx(0.5, abs=0.033)


def test_partial_auroc_is_one_for_perfect_and_a_half_for_chance() -> None:
    assert partial_auroc(np.arange(10.0), np.arange(20.0, 25.0)) == 1.0
    assert partial_auroc(np.ones(10), np.ones(5)) == pytest.approx(0.5, abs=1e-12)


def test_partial_auroc_looks_at_few_false_alarms_only() -> None:
    # Two of ten target clips outscore everything: at a tenth of false alarms nothing is found.
    normal, other = np.array([0.0] * 8 + [9.0, 9.0]), np.full(5, 5.0)
    assert auroc(normal, other) == 0.8
    assert partial_auroc(normal, other) < 0.5


@pytest.mark.parametrize(
    ("normal", "other", "tpr", "expected"),
    [
        ([1, 2, 3, 4], [5, 6, 7, 8], 0.95, 0.0),
        ([5, 6, 7, 8], [1, 2, 3, 4], 0.95, 1.0),
        ([1, 2, 3, 4], [3, 5, 6, 7], 1.0, 0.5),
        ([1, 2, 3, 4], [3, 5, 6, 7], 0.75, 0.0),
        ([1, 2, 3, 4], [4, 4, 4, 4], 0.95, 0.25),
        ([0, 10], [*range(1, 21)], 0.95, 0.5),
        ([1.5, 10], [*range(1, 21)], 0.95, 0.5),
        ([1.5, 10], [*range(1, 21)], 1.0, 1.0),
    ],
)
def test_fpr_at_tpr_counts_target_clips_at_or_above_the_threshold(
    normal: list[float], other: list[float], tpr: float, expected: float
) -> None:
    assert fpr_at_tpr(np.array(normal, float), np.array(other, float), tpr) == expected


@given(normal=SCORES, other=SCORES)
def test_fpr_at_tpr_is_the_least_on_the_roc_curve(normal: np.ndarray, other: np.ndarray) -> None:
    fpr, tpr, _ = roc_curve(*labelled(normal, other), drop_intermediate=False)
    assert fpr_at_tpr(normal, other) == pytest.approx(fpr[tpr >= 0.95 - 1e-12].min(), abs=1e-12)


@pytest.fixture
def voices() -> tuple[np.ndarray, list[str], np.ndarray, list[str]]:
    """Scores and speakers of the target and of a word: 12 speakers, each with a clip of both."""
    generator = np.random.default_rng(0)
    names = [f"speaker{i:02}" for i in range(12)]
    return generator.standard_normal(12), names, generator.standard_normal(12) + 0.8, names


def resample(
    normal: np.ndarray, normal_names: list[str], other: np.ndarray, names: list[str], seed: int = 0
) -> np.ndarray:
    return bootstrap_auroc(normal, normal_names, {"one": (other, names)}, n_resamples=500, seed=seed)["one"]


def test_ten_copies_of_every_clip_leave_the_interval_as_it_is(
    voices: tuple[np.ndarray, list[str], np.ndarray, list[str]],
) -> None:
    normal, normal_names, other, names = voices
    once = resample(normal, normal_names, other, names)
    tenfold = resample(
        np.repeat(normal, 10),
        list(np.repeat(normal_names, 10)),
        np.repeat(other, 10),
        list(np.repeat(names, 10)),
    )
    np.testing.assert_allclose(tenfold, once, atol=1e-12)


def test_resampling_clips_in_place_of_speakers_would_narrow_the_interval(
    voices: tuple[np.ndarray, list[str], np.ndarray, list[str]],
) -> None:
    normal, other = (np.repeat(scores, 10) for scores in (voices[0], voices[2]))
    by_speaker = interval(
        resample(normal, list(np.repeat(voices[1], 10)), other, list(np.repeat(voices[3], 10)))
    )
    clips = [str(i) for i in range(len(normal))]
    by_clip = interval(resample(normal, clips, other, [f"other{name}" for name in clips]))
    # Ten copies look like ten times as many voices: about sqrt(10) times too narrow.
    assert by_clip[1] - by_clip[0] < 0.6 * (by_speaker[1] - by_speaker[0])


def test_a_speaker_is_drawn_with_target_and_other_words_together() -> None:
    normal, other = np.array([0.0, 10.0]), np.array([1.0, 11.0])
    drawn = resample(normal, ["a", "b"], other, ["a", "b"])
    # Either voice alone gives 1, both give 3/4; the target from b against the word from a would give 0.
    assert set(drawn) == {0.75, 1.0}


def test_a_resample_is_the_auroc_of_the_drawn_clips() -> None:
    generator = np.random.default_rng(0)
    normal, other = generator.standard_normal(400), generator.standard_normal(300) + 1.0
    names = [str(i) for i in range(700)]
    drawn = resample(normal, names[:400], other, names[400:])
    # Its mean over 500 resamples is within a few standard errors, 0.015 / sqrt(500), of the AUROC.
    assert drawn.mean() == pytest.approx(auroc(normal, other), abs=0.004)


def test_resamples_repeat_under_one_seed(voices: tuple[np.ndarray, list[str], np.ndarray, list[str]]) -> None:
    first, again, other = (resample(*voices, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_a_resample_without_a_clip_on_one_side_is_nan() -> None:
    drawn = resample(np.array([0.0]), ["a"], np.array([1.0]), ["b"])
    # Two voices, two draws: each is missing in a quarter of the resamples.
    assert 0.4 < np.isnan(drawn).mean() < 0.6
    assert np.all(drawn[~np.isnan(drawn)] == 1.0)


def test_an_interval_leaves_nan_out() -> None:
    assert interval(np.array([np.nan, 0.5, np.nan, 0.5])) == (0.5, 0.5)


def test_an_interval_of_nothing_is_everything() -> None:
    assert interval(np.full(4, np.nan)) == (0.0, 1.0)


def test_an_interval_holds_95_percent() -> None:
    low, high = interval(np.linspace(0.0, 1.0, 1001))
    assert (low, high) == (pytest.approx(0.025), pytest.approx(0.975))


def test_a_words_figures_are_those_of_the_single_functions() -> None:
    generator = np.random.default_rng(0)
    normal, other = generator.standard_normal(30), generator.standard_normal(20) + 1.0
    figures = word_metrics(normal, other, -other, np.array([0.7, 0.9]))
    assert figures.n == 20
    assert figures.mean_log_prob == pytest.approx(-other.mean())
    assert figures.auroc == auroc(normal, other)
    assert figures.partial_auroc == partial_auroc(normal, other)
    assert figures.fpr_at_95tpr == fpr_at_tpr(normal, other, 0.95)
    resampled = np.array([0.7, 0.9])
    assert figures.auroc_ci95 == auroc_interval(figures.auroc, resampled, n_normal=30, n_other=20)


@pytest.mark.parametrize(
    ("value", "n_normal", "n_other", "low", "high"),
    [
        (1.0, 180, 2, 0.608, 1.0),
        (1.0, 180, 10, 0.896, 1.0),
        (0.0, 180, 2, 0.0, 0.392),
        (0.937, 180, 176, 0.905, 0.958),
        (0.5, 180, 1, 0.135, 0.865),
    ],
)
def test_an_interval_is_no_point_however_well_a_few_clips_are_told_apart(
    value: float, n_normal: int, n_other: int, low: float, high: float
) -> None:
    found = auroc_interval(value, np.full(9, value), n_normal=n_normal, n_other=n_other)
    assert found == pytest.approx((low, high), abs=0.001)


def test_an_interval_of_speakers_is_kept_where_it_is_the_wider_one() -> None:
    assert auroc_interval(0.9, np.array([0.2, 0.99]), n_normal=1_000, n_other=1_000) == pytest.approx(
        interval(np.array([0.2, 0.99]))
    )


def test_the_interval_of_a_few_clips_holds_the_true_area_in_95_of_100_draws() -> None:
    generator, true, n_held = np.random.default_rng(0), 0.9214, 0  # of normal scores two apart
    for _ in range(400):
        normal, other = generator.standard_normal(40), generator.standard_normal(3) + 2.0
        value = auroc(normal, other)
        low, high = auroc_interval(value, np.array([value]), n_normal=40, n_other=3)
        n_held += low <= true <= high
    assert n_held >= 370  # 380 expected; two and a half standard deviations of the draw


def test_wins_of_resampled_speakers_are_those_of_all_pairs() -> None:
    generator = np.random.default_rng(3)
    normal, other = (generator.integers(0, 20, n).astype(float) for n in (70, 40))  # with ties
    speakers = [f"s{number}" for number in generator.integers(0, 12, 110)]
    seen = bootstrap_wins(normal, speakers[:70], {"one": (other, speakers[70:])}, n_resamples=250, seed=4)[
        "one"
    ]
    names = sorted(set(speakers))
    draws = np.random.default_rng(4).multinomial(len(names), np.full(len(names), 1 / len(names)), 250)
    weights = draws[:, [names.index(name) for name in speakers]].astype(float)
    difference = other[None, :] - normal[:, None]
    pairs = (difference > 0) + 0.5 * (difference == 0)
    won = np.einsum("rn,nm,rm->r", weights[:, :70], pairs, weights[:, 70:])
    assert seen[0].tolist() == won.tolist()
    assert seen[1].tolist() == (weights[:, :70].sum(axis=1) * weights[:, 70:].sum(axis=1)).tolist()
