"""Does each distortion make another word of every clip, out of that clip?"""

import numpy as np
import pytest

from models.augmentation.distortions import DISTORTIONS, distort

N_CLIPS, N_TIMES, N_MELS = 30, 24, 40
KINDS = sorted(DISTORTIONS)


@pytest.fixture
def clips() -> np.ndarray:
    """Clips whose values are all different, with their level removed."""
    clips = 10.0 * np.random.default_rng(0).standard_normal((N_CLIPS, N_TIMES, N_MELS))
    return (clips - clips.mean(axis=(1, 2), keepdims=True)).astype(np.float32)


def distorted(clips: np.ndarray, *kinds: str, seed: int = 0) -> np.ndarray:
    return distort(clips, np.random.default_rng(seed), kinds)


def raw(kind: str, clips: np.ndarray) -> np.ndarray:
    """Return one kind's own copies, before the level is removed."""
    return DISTORTIONS[kind](clips, np.random.default_rng(0))


def from_frames(copy: np.ndarray, clip: np.ndarray) -> np.ndarray:
    """Return which frame of ``clip`` each frame of ``copy`` is, -1 for none."""
    same = (copy[:, None, :] == clip[None, :, :]).all(axis=2)
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_every_clip_is_changed(kind: str, seed: int, clips: np.ndarray) -> None:
    change = np.abs(distorted(clips, kind, seed=seed) - clips).max(axis=(1, 2))
    # Values have a deviation of 10; level removal rounds at 1e-5.
    assert change.min() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_copies_have_the_clips_shape_in_float32_and_no_level(kind: str, clips: np.ndarray) -> None:
    copies = distorted(clips, kind)
    assert copies.shape == clips.shape
    assert copies.dtype == np.float32
    # 960 float32 values near 30 round by 1e-6 each.
    np.testing.assert_allclose(copies.mean(axis=(1, 2), dtype=np.float64), 0.0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_copies_repeat_under_one_seed(kind: str, clips: np.ndarray) -> None:
    np.testing.assert_array_equal(distorted(clips, kind, seed=3), distorted(clips, kind, seed=3))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "reverse"])
def test_another_seed_gives_other_copies(kind: str, clips: np.ndarray) -> None:
    assert np.any(distorted(clips, kind, seed=3) != distorted(clips, kind, seed=4))


@pytest.mark.parametrize("kind", KINDS)
def test_the_clips_themselves_stay_as_they_are(kind: str, clips: np.ndarray) -> None:
    before = clips.copy()
    distorted(clips, kind)
    np.testing.assert_array_equal(clips, before)


def test_reversed_twice_is_the_clip_itself(clips: np.ndarray) -> None:
    np.testing.assert_array_equal(raw("reverse", raw("reverse", clips)), clips)


def test_a_rotation_keeps_every_frame_and_the_order_but_for_one_jump(clips: np.ndarray) -> None:
    for copy, clip in zip(raw("rotate", clips), clips, strict=True):
        places = from_frames(copy, clip)
        assert sorted(places) == list(range(N_TIMES))
        assert np.sum(np.diff(places) != 1) == 1


def test_a_shuffle_keeps_every_frame_in_four_pieces(clips: np.ndarray) -> None:
    for copy, clip in zip(raw("shuffle", clips), clips, strict=True):
        places = from_frames(copy, clip)
        assert sorted(places) == list(range(N_TIMES))
        assert 1 <= np.sum(np.diff(places) != 1) <= 3


def test_a_crop_keeps_30_to_70_percent_in_order(clips: np.ndarray) -> None:
    for copy, clip in zip(raw("crop", clips), clips, strict=True):
        places = from_frames(copy, clip)
        assert np.all(np.diff(places) >= 0)
        # Both ends are rounded to whole frames.
        assert 0.3 * (N_TIMES - 1) - 1 <= places[-1] - places[0] <= 0.7 * (N_TIMES - 1) + 1


def test_formants_move_bands_and_keep_times(clips: np.ndarray) -> None:
    copies = raw("formants", clips)
    assert all(np.isin(copies[:, t], clips[:, t]).all() for t in range(N_TIMES))
    np.testing.assert_array_equal(copies[:, :, 0], clips[:, :, 0])


def test_a_patch_replaces_a_quarter_to_half_in_one_piece(clips: np.ndarray) -> None:
    for copy, clip in zip(raw("patch", clips), clips, strict=True):
        foreign = np.flatnonzero((copy != clip).any(axis=1))
        assert np.all(np.diff(foreign) == 1)
        # The piece covers a whole number of frames, one more or less than its length.
        assert 0.25 * N_TIMES - 1 <= len(foreign) <= 0.55 * N_TIMES + 1


def test_a_patch_is_made_of_the_words_own_sounds(clips: np.ndarray) -> None:
    sounds = {frame.tobytes() for frame in clips.reshape(-1, N_MELS)}
    assert all(frame.tobytes() in sounds for frame in raw("patch", clips).reshape(-1, N_MELS))


def test_a_field_is_smooth_in_time_and_frequency(clips: np.ndarray) -> None:
    field = raw("field", clips).astype(np.float64) - clips
    for axis in (1, 2):
        assert np.std(np.diff(field, axis=axis)) < np.std(field)


def test_exaggeration_moves_away_from_another_clip(clips: np.ndarray) -> None:
    change = (raw("exaggerate", clips) - clips).reshape(N_CLIPS, -1)
    difference = (clips[:, None] - clips[None]).reshape(N_CLIPS, N_CLIPS, -1)
    share = np.einsum("nf,nmf->nm", change, difference) / np.maximum((difference**2).sum(axis=2), 1e-9)
    # With the clip it moved away from, the change is parallel: the share is its factor.
    rest = np.linalg.norm(change[:, None] - share[:, :, None] * difference, axis=2)
    other = rest.argmin(axis=1)
    assert np.all(rest.min(axis=1) < 1e-2)
    factor = share[np.arange(N_CLIPS), other]
    assert np.all((factor >= 0.49) & (factor <= 1.51))


def test_kinds_come_in_equal_shares(clips: np.ndarray) -> None:
    copies = distorted(clips, "reverse", "rotate", "crop")
    n_reversed = sum(
        np.allclose(copy, clip[::-1], atol=1e-3) for copy, clip in zip(copies, clips, strict=True)
    )
    assert n_reversed == N_CLIPS // 3


@pytest.mark.parametrize("kinds", [["reverse", "whisper"], ["whisper"]])
def test_an_unknown_kind_is_refused(kinds: list[str], clips: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"distortion 'whisper' is unknown; use some of \['crop', "):
        distorted(clips, *kinds)


def test_no_kind_at_all_is_refused(clips: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"use some of \['crop', "):
        distorted(clips)
