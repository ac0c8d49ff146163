"""Does the detector of sounds rank strange recordings above ordinary ones, whatever it learned from?"""

import numpy as np
import pytest

from models.baselines.local_density import MOST_OVER_MEDIAN, LocalDensity, distances, own_distances
from models.flows import Epoch, FitOptions
from models.sounds.detector import SoundDetector, surprisal

VIEWS = {"one": 6, "two": 10}
SIZE = sum(VIEWS.values())


def clips(n: int, seed: int, centre: float = 0.0, spread: float = 1.0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((n, SIZE))
    return (centre + spread * noise).astype(np.float32)


def fitted(train: np.ndarray, *, seed: int = 0, epochs: list[Epoch] | None = None) -> SoundDetector:
    detector = SoundDetector(VIEWS, n_folds=5, seed=seed)
    told: list[Epoch] = [] if epochs is None else epochs
    detector.fit(train, clips(4, 9), FitOptions(), monitored={"test": clips(4, 8)}, on_epoch=told.append)
    return detector


@pytest.fixture(scope="module")
def detector() -> SoundDetector:
    return fitted(clips(60, 0))


def test_strange_clips_score_above_ordinary_ones(detector: SoundDetector) -> None:
    assert detector.score(clips(20, 1, centre=3.0)).score.min() > detector.score(clips(20, 2)).score.max()


def test_ten_training_clips_are_enough() -> None:
    few = fitted(clips(10, 0))
    assert few.score(clips(20, 1, centre=4.0)).score.min() > np.median(few.score(clips(20, 2)).score)


def test_each_view_is_a_term_and_their_sum_the_score(detector: SoundDetector) -> None:
    scores = detector.score(clips(5, 1))
    assert list(scores.terms) == list(VIEWS)
    np.testing.assert_allclose(sum(scores.terms.values()), scores.score)


def test_a_clip_scores_the_same_whatever_stands_beside_it(detector: SoundDetector) -> None:
    batch = clips(300, 1)
    alone = [detector.score(clip[None]) for clip in batch[::50]]
    together = detector.score(batch)
    np.testing.assert_array_equal([one.score[0] for one in alone], together.score[::50])
    np.testing.assert_array_equal([one.log_prob[0] for one in alone], together.log_prob[::50])


def test_the_seed_decides_everything() -> None:
    first, again, other = (fitted(clips(30, 0), seed=seed).score(clips(5, 1)).score for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_what_was_saved_scores_the_same(detector: SoundDetector) -> None:
    restored = SoundDetector(VIEWS, n_folds=5, seed=3)
    restored.restore(detector.arrays())
    np.testing.assert_array_equal(restored.score(clips(5, 1)).score, detector.score(clips(5, 1)).score)


@pytest.mark.parametrize("name", ["two/widths", "two/whitening", "two/held_out"])
def test_arrays_that_do_not_fit_are_refused(detector: SoundDetector, name: str) -> None:
    arrays = detector.arrays()
    with pytest.raises(ValueError, match="missing|needs the shape"):
        SoundDetector(VIEWS, n_folds=5, seed=0).restore({k: v for k, v in arrays.items() if k != name})
    with pytest.raises(ValueError, match="needs the shape"):
        SoundDetector(VIEWS, n_folds=5, seed=0).restore({**arrays, name: arrays[name][:-1]})


def test_a_fit_is_one_epoch() -> None:
    told: list[Epoch] = []
    fitted(clips(20, 0), epochs=told)
    assert [epoch.number for epoch in told] == [1]
    assert list(told[0].monitored) == ["test"]


def test_auxiliary_clips_and_too_few_clips_are_refused() -> None:
    detector = SoundDetector(VIEWS, n_folds=5, seed=0)
    options = FitOptions()
    with pytest.raises(ValueError, match="no background model"):
        detector.fit(clips(9, 0), clips(2, 1), options, monitored={}, on_epoch=print, auxiliary=clips(3, 2))
    with pytest.raises(ValueError, match="at least 3 training clips, got 2"):
        detector.fit(clips(2, 0), clips(2, 1), options, monitored={}, on_epoch=print)


# Odd training clips: far from all others, each with strange clips beside it.


def test_odd_training_clips_do_not_make_strange_clips_normal() -> None:
    odd = clips(3, 5, centre=0.0, spread=30.0)
    detector = fitted(np.concatenate([clips(80, 0), odd]))
    beside = np.concatenate([odd + noise for noise in (clips(3, 6, spread=3.0), clips(3, 7, spread=3.0))])
    assert detector.score(beside).score.min() > np.quantile(detector.score(clips(100, 3)).score, 0.95)


def test_no_training_clip_has_a_measure_far_above_the_median() -> None:
    own = own_distances(np.concatenate([clips(40, 0), clips(3, 1, spread=100.0)]))
    assert own.max() == pytest.approx(MOST_OVER_MEDIAN * np.median(own))


def test_a_training_clip_is_judged_without_itself() -> None:
    train = np.concatenate([clips(40, 0), clips(1, 1, centre=8.0)])
    detector = fitted(train)
    assert detector.score(train).score.argmax() == 40
    assert np.median(detector.score(train).score) > 0.3


def test_a_copy_of_two_training_clips_is_near_one() -> None:
    density = LocalDensity(np.concatenate([clips(20, 0), clips(1, 1), clips(1, 1)]))
    assert density.log_distance(clips(1, 1))[0] < density.log_distance(clips(20, 0)).min()


def test_copies_of_a_training_clip_leave_distances_finite() -> None:
    density = LocalDensity(np.repeat(clips(5, 0), 10, axis=0))
    assert np.isfinite(density.log_distance(clips(4, 1))).all()
    assert np.isfinite(density.log_prob(clips(4, 1))).all()


def test_the_density_integrates_to_one() -> None:
    density = LocalDensity(np.random.default_rng(0).standard_normal((12, 2)))
    axis = np.linspace(-12, 12, 400)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    # A Riemann sum over a grid of 0.06, well below the narrowest Gaussian.
    assert np.exp(density.log_prob(grid)).sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-3)


def test_distances_are_those_of_the_formula() -> None:
    x, y = clips(3, 0), clips(4, 1)
    expected = np.sqrt(((x[:, None].astype(np.float64) - y[None]) ** 2).sum(axis=-1))
    np.testing.assert_allclose(distances(x, y), expected)


def test_surprisal_rises_and_within_the_training_clips_their_number_bounds_it() -> None:
    ordinary = np.random.default_rng(0).standard_normal(50)
    found = surprisal(ordinary, np.linspace(-10, 10, 100))
    assert np.all(np.diff(found) >= 0)
    assert found.min() >= 0.0
    assert np.log(51 / 2) < surprisal(ordinary, ordinary.max(keepdims=True))[0] + 0.3 < np.log(51) + 0.3


@pytest.mark.parametrize(("n_clips", "slope"), [(10, 0.0), (20, 0.0), (40, 0.5), (2_000, 0.99)])
def test_beyond_all_training_clips_a_deviation_is_a_nat_the_more_the_clips(
    n_clips: int, slope: float
) -> None:
    ordinary = 3.0 * np.random.default_rng(0).standard_normal(n_clips)
    farther = ordinary.max() + ordinary.std() * np.array([5.0, 6.0, 9.0])
    expected = np.log(n_clips + 1) + slope * np.array([5.0, 6.0, 9.0])
    np.testing.assert_allclose(surprisal(ordinary, farther), expected, atol=1e-3)


def test_surprisal_is_minus_the_log_of_the_share_that_is_as_high() -> None:
    ordinary = np.arange(100.0)
    assert surprisal(ordinary, np.array([79.5]))[0] == pytest.approx(-np.log(21 / 101), abs=0.1)


def test_what_changed_copies_have_is_ordinary(detector: SoundDetector) -> None:
    train, shift = clips(60, 0), np.float32(3.0)
    with_copies = fitted(np.hstack([train, train + shift]))
    moved = clips(20, 1, centre=3.0)
    assert np.median(with_copies.score(moved).score) < 0.5 * np.median(detector.score(moved).score)
    assert with_copies.score(clips(20, 1, centre=12.0)).score.min() > with_copies.score(moved).score.max()
    # What stands behind a clip's own features is not looked at when it is scored.
    np.testing.assert_array_equal(
        with_copies.score(np.hstack([moved, moved])).score, with_copies.score(moved).score
    )
    restored = SoundDetector(VIEWS, n_folds=5, seed=0)
    restored.restore(with_copies.arrays())
    np.testing.assert_array_equal(restored.score(moved).score, with_copies.score(moved).score)


def test_a_clip_and_its_copy_are_left_out_together() -> None:
    train = clips(60, 0)
    alike = fitted(np.hstack([train, train]))
    alone = fitted(train)
    # A clip whose own copy were among those that it is compared with would be at no distance from it.
    for name in VIEWS:
        assert np.median(alike.ordinary[name]) > np.median(alone.ordinary[name]) - 0.5
