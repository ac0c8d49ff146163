"""Do changed copies differ only by a microphone and a vocal tract?"""

import numpy as np
import pytest

from models.augmentation.mild import augment, move_ends

N_CLIPS, N_TIMES, N_MELS = 12, 20, 40


@pytest.fixture
def clips() -> np.ndarray:
    return (10.0 * np.random.default_rng(0).standard_normal((N_CLIPS, N_TIMES, N_MELS)) - 30.0).astype(
        np.float32
    )


def copies_of(clips: np.ndarray, *, gain: float = 3.0, tract: float = 0.1, seed: int = 0) -> np.ndarray:
    return augment(clips, np.random.default_rng(seed), gain_decibel=gain, tract_range=tract)


def test_copies_have_the_clips_shape_in_float32(clips: np.ndarray) -> None:
    copies = copies_of(clips)
    assert copies.shape == clips.shape
    assert copies.dtype == np.float32


def test_the_level_is_removed(clips: np.ndarray) -> None:
    # 800 float32 values near 30 round by 1e-6 each.
    np.testing.assert_allclose(copies_of(clips).mean(axis=(1, 2), dtype=np.float64), 0.0, atol=1e-5)


def test_copies_repeat_under_one_seed_and_differ_under_another(clips: np.ndarray) -> None:
    first, again, other = (copies_of(clips, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.all(np.abs(first - other).max(axis=(1, 2)) > 0.1)


def test_every_clip_is_changed_in_its_own_way(clips: np.ndarray) -> None:
    same = np.repeat(clips[:1], N_CLIPS, axis=0)
    copies = copies_of(same)
    assert len(np.unique(copies.reshape(N_CLIPS, -1), axis=0)) == N_CLIPS


def test_the_clips_themselves_stay_as_they_are(clips: np.ndarray) -> None:
    before = clips.copy()
    copies_of(clips)
    np.testing.assert_array_equal(clips, before)


def test_without_gain_and_stretching_only_the_level_goes(clips: np.ndarray) -> None:
    expected = clips - clips.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(copies_of(clips, gain=0.0, tract=0.0), expected, atol=1e-4)


def test_a_gain_is_the_same_at_all_times(clips: np.ndarray) -> None:
    change = copies_of(clips, tract=0.0).astype(np.float64) - clips
    np.testing.assert_allclose(change, np.broadcast_to(change[:, :1], change.shape), atol=1e-4)


def test_a_gain_is_smooth_over_frequency(clips: np.ndarray) -> None:
    change = (copies_of(clips, tract=0.0).astype(np.float64) - clips)[:, 0]
    # The fastest of five cosines takes 16 bands a cycle: neighbours differ little beside the whole range.
    assert np.all(np.abs(np.diff(change, axis=1)).max(axis=1) < 0.4 * np.ptp(change, axis=1))


def test_a_gain_has_the_stated_deviation() -> None:
    change = copies_of(np.zeros((4000, 1, N_MELS), np.float32), gain=3.0, tract=0.0)
    # 4,000 gains of five coefficients: the standard error is 0.5 %.
    assert np.sqrt(np.mean(change.astype(np.float64) ** 2)) == pytest.approx(3.0, rel=0.03)


def test_stretching_moves_a_peak_within_the_stated_range() -> None:
    clips = np.zeros((500, 1, 101), np.float32)
    clips[:, 0, 50] = 30.0
    peaks = copies_of(clips, gain=0.0, tract=0.1)[:, 0].argmax(axis=1)
    # Band k is read at k * factor, so a peak goes to 50 / factor: from 45.5 to 55.6, rounded to bands.
    assert 45 <= peaks.min() < 48
    assert 52 < peaks.max() <= 56


def test_ends_that_do_not_move_leave_a_clip_as_it_is(clips: np.ndarray) -> None:
    moved = move_ends(clips, np.random.default_rng(0), 0.0)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, clips, rtol=1e-6)


def test_moved_ends_keep_the_order_of_sounds() -> None:
    rising = np.arange(30.0, dtype=np.float32)[None, :, None] * np.ones((50, 1, 4), np.float32)
    moved = move_ends(rising, np.random.default_rng(0), 0.1)
    assert np.all(np.diff(moved, axis=1) >= 0)
    assert np.all((moved >= 0) & (moved <= 29))


def test_an_end_moves_by_no_more_than_its_share_and_each_end_by_its_own() -> None:
    rising = np.arange(101.0, dtype=np.float32)[None, :, None] * np.ones((200, 1, 1), np.float32)
    moved = move_ends(rising, np.random.default_rng(0), 0.1)[:, :, 0]
    first, last = moved[:, 0], moved[:, -1]
    assert first.max() == pytest.approx(10.0, abs=0.5)
    assert last.min() == pytest.approx(90.0, abs=0.5)
    assert abs(np.corrcoef(first, last)[0, 1]) < 0.3
