"""Is a changed copy another word of the same voice, and the same one in every run?"""

import numpy as np
import pytest

from pipeline.embeddings.changed import CHANGES, changed_frames

N_FRAMES, N_BANDS = 108, 32
PART = (30, 80)


def frames(seed: int = 0) -> np.ndarray:
    """A glide over the bands between frames of faint noise."""
    generator = np.random.default_rng(seed)
    levels = generator.normal(0, 0.1, (N_FRAMES, N_BANDS))
    for place in range(*PART):
        levels[place, 4 + (place - PART[0]) // 3] += 5
    return levels.astype(np.float32)


def test_a_clip_has_the_same_copies_whenever_they_are_made() -> None:
    for first, second in zip(
        changed_frames(frames(), PART, 3), changed_frames(frames(), PART, 3), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_as_many_copies_as_there_are_kinds_are_all_unlike() -> None:
    copies = [frames(), *changed_frames(frames(), PART, len(CHANGES))]
    for number, copy in enumerate(copies):
        assert all(np.abs(copy - other).max() > 1 for other in copies[number + 1 :])


def test_clips_differ_in_the_kind_of_their_one_copy() -> None:
    kinds = set()
    for seed in range(20):
        (copy,) = changed_frames(frames(seed), PART, 1)
        is_reversed = np.array_equal(copy[PART[0] : PART[1]], frames(seed)[PART[0] : PART[1]][::-1])
        kinds.add(is_reversed)
    assert kinds == {True, False}


@pytest.mark.parametrize("part", [PART, (-20, 40), (90, 200), (50, 50), (0, N_FRAMES), (200, 300)])
def test_a_loud_part_that_passes_the_ends_is_taken_as_far_as_it_goes(part: tuple[int, int]) -> None:
    for copy in changed_frames(frames(), part, len(CHANGES)):
        assert copy.shape == (N_FRAMES, N_BANDS)
        assert copy.dtype == np.float32
        assert np.isfinite(copy).all()


def test_what_stands_around_the_word_stays_quiet() -> None:
    for copy in changed_frames(frames(), PART, len(CHANGES)):
        loud = np.flatnonzero(copy.max(axis=1) > 1)
        assert 0 < len(loud) <= 1.8 * (PART[1] - PART[0]) + 1
