"""Are clips of different lengths changed and distorted without a change of what they must keep?"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from models.augmentation.distortions import DISTORTIONS
from models.frames.copies import copy_frames, stretch_frames
from models.frames.density import frame_counts

N_BANDS = 10
NO_CHANGE: dict[str, Any] = {"gain_decibel": 0.0, "tract_range": 0.0, "tempo_range": 0.0}


def clips(lengths: list[int], n_places: int = 40) -> np.ndarray:
    """Smooth clips in decibel, their level removed."""
    found = np.zeros((len(lengths), n_places, N_BANDS + 1), np.float32)
    for i, length in enumerate(lengths):
        time, band = np.meshgrid(np.linspace(0, 1, length), np.arange(N_BANDS), indexing="ij")
        frames = 20.0 * np.sin(2 * np.pi * time + 0.3 * band + i)
        found[i, :length, :-1] = frames - frames.mean()
        found[i, :length, -1] = 1.0
    return found


def copies(seed: int = 0, **changes: object) -> np.ndarray:
    options = {"gain_decibel": 3.0, "tract_range": 0.1, "tempo_range": 0.2, **changes}
    return copy_frames(clips([12, 25, 40, 2]), np.random.default_rng(seed), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kinds", [(), *((kind,) for kind in DISTORTIONS)])
def test_a_copy_is_frames_first_and_then_zeros(kinds: tuple[str, ...]) -> None:
    found = copies(distortions=kinds)
    assert found.shape == (4, 40, N_BANDS + 1)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    inside = np.arange(40)[None] < frame_counts(found)[:, None]
    np.testing.assert_array_equal(found[..., -1], inside)
    assert not np.any(found[~inside])


@pytest.mark.parametrize("kinds", [(), tuple(DISTORTIONS)])
def test_a_copys_level_is_removed_over_its_own_frames(kinds: tuple[str, ...]) -> None:
    found = copies(distortions=kinds)
    levels = found[..., :-1].sum(axis=(1, 2)) / frame_counts(found)
    np.testing.assert_allclose(levels, 0.0, atol=1e-4)


def test_nothing_changed_and_nothing_distorted_is_the_clip_itself() -> None:
    before = clips([12, 25, 40])
    found = copy_frames(before, np.random.default_rng(0), **NO_CHANGE)
    np.testing.assert_array_equal(frame_counts(found), [12, 25, 40])
    # Stretched to 40 frames and back, a curve of one period in 12 frames is off by its curvature.
    np.testing.assert_allclose(found, before, atol=0.8)
    np.testing.assert_allclose(found[2], before[2], atol=1e-5)


def test_a_copy_is_slower_or_faster_by_up_to_the_range() -> None:
    lengths = [20] * 300
    found = copy_frames(clips(lengths), np.random.default_rng(0), **{**NO_CHANGE, "tempo_range": 0.2})
    assert set(frame_counts(found)) == set(range(16, 25))


def test_a_copy_never_outgrows_the_array() -> None:
    found = copy_frames(clips([40] * 50), np.random.default_rng(0), **{**NO_CHANGE, "tempo_range": 0.4})
    assert frame_counts(found).max() == 40


def test_reversed_is_reversed_at_the_clips_own_length() -> None:
    before = clips([20] * 3)
    found = copy_frames(before, np.random.default_rng(0), **NO_CHANGE, distortions=("reverse",))
    np.testing.assert_allclose(found[:, :20, :-1], before[:, 19::-1, :-1], atol=0.8)


def test_one_generator_gives_one_copy_and_another_another() -> None:
    np.testing.assert_array_equal(copies(), copies())
    assert not np.array_equal(copies(), copies(seed=1))


def test_copying_leaves_the_clips_as_they_are() -> None:
    before = clips([12, 25])
    kept = before.copy()
    copy_frames(before, np.random.default_rng(0), **NO_CHANGE, distortions=tuple(DISTORTIONS))
    np.testing.assert_array_equal(before, kept)


@settings(max_examples=40, deadline=None)
@given(before=st.integers(1, 30), after=st.integers(2, 30), seed=st.integers(0, 99))
def test_stretching_keeps_the_ends_and_invents_no_level(before: int, after: int, seed: int) -> None:
    frames = np.random.default_rng(seed).standard_normal((1, 30, 2)).astype(np.float32)
    found = stretch_frames(frames, np.array([before]), np.array([after]), 30)
    np.testing.assert_array_equal(found[0, 0], frames[0, 0])
    np.testing.assert_allclose(found[0, after - 1], frames[0, before - 1], atol=1e-5)
    assert found.max() <= frames[0, :before].max() + 1e-5
    assert found.min() >= frames[0, :before].min() - 1e-5


def test_a_straight_line_stays_one_at_any_length() -> None:
    line = np.linspace(0.0, 1.0, 9)[None, :, None]
    found = stretch_frames(line, np.array([9]), np.array([20]), 20)
    np.testing.assert_allclose(found[0, :, 0], np.linspace(0.0, 1.0, 20), atol=1e-6)
