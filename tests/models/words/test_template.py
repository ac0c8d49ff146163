"""Does warping take fast and slow copies of a word to one timing, and never change their order?"""

import numpy as np
import pytest

from models.words.template import BLOCK, Template

N_TIMES, N_MELS, N_FRAMES = 49, 40, 16


def spoken(pace: float, generator: np.random.Generator | None = None) -> np.ndarray:
    """Return a word of three sounds as log-mel frames [T, M]; pace 1 is even, below 1 hurries at first."""
    time = np.linspace(0.0, 1.0, N_TIMES) ** pace
    bands = np.arange(N_MELS)
    low = 5.0 + 12.0 * np.sin(np.pi * time) ** 2
    high = 35.0 - 14.0 * time
    frames = sum(np.exp(-((bands[None, :] - place[:, None]) ** 2) / 8.0) for place in (low, high))
    frames = 30.0 * frames * (1.0 - 0.8 * (np.abs(time - 0.5) < 0.12))[:, None]
    if generator is not None:
        frames = frames + generator.standard_normal(frames.shape)
    return (frames - frames.mean()).astype(np.float32)


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    generator = np.random.default_rng(0)
    return np.stack([spoken(pace, generator) for pace in generator.uniform(0.7, 1.4, 40)])


@pytest.fixture(scope="module")
def template(clips: np.ndarray) -> Template:
    template = Template(n_frames=N_FRAMES)
    template.fit(clips)
    return template


@pytest.fixture(scope="module")
def weights(template: Template, clips: np.ndarray) -> np.ndarray:
    return template._weights(template._cepstra(clips, template.scale))


@pytest.mark.parametrize("pace", [0.5, 0.7, 1.4, 2.0])
def test_a_stretched_copy_comes_closer_to_the_template_than_by_linear_stretching(
    pace: float, template: Template, clips: np.ndarray
) -> None:
    typical = template.warp(clips).mean(axis=0)
    copy = spoken(pace)
    places = np.linspace(0, N_TIMES - 1, N_FRAMES)
    linear = np.stack([np.interp(places, np.arange(N_TIMES), band) for band in copy.T], axis=1)
    warped = template.warp(copy[None])[0]
    assert np.linalg.norm(warped - typical) < 0.8 * np.linalg.norm(linear - typical)


def test_two_paces_of_one_word_end_nearly_alike(template: Template) -> None:
    slow, fast = spoken(0.6), spoken(1.6)
    warped = template.warp(np.stack([slow, fast]))
    before, after = (
        np.linalg.norm(pair[0] - pair[1]) / np.linalg.norm(pair[0]) for pair in ((slow, fast), warped)
    )
    assert after < 0.5 * before


def test_each_template_frame_is_a_mean_of_clip_frames(weights: np.ndarray) -> None:
    assert np.all(weights >= 0.0)
    # Sums of at most 49 equal float32 shares.
    np.testing.assert_allclose(weights.sum(axis=2), 1.0, atol=1e-5)


def test_matches_never_go_back_in_time(weights: np.ndarray) -> None:
    matched = weights > 0
    first = matched.argmax(axis=2)
    last = N_TIMES - 1 - matched[:, :, ::-1].argmax(axis=2)
    assert np.all(np.diff(first, axis=1) >= 0)
    assert np.all(np.diff(last, axis=1) >= 0)
    # Successive frames share one match or adjoin: nothing between is passed over.
    assert np.all(first[:, 1:] <= last[:, :-1] + 1)
    np.testing.assert_array_equal(matched.sum(axis=2), last - first + 1)


def test_a_clip_is_used_from_its_first_frame_to_its_last(weights: np.ndarray) -> None:
    assert np.all((weights > 0).any(axis=1))
    assert np.all(weights[:, 0, 0] > 0)
    assert np.all(weights[:, -1, -1] > 0)


def test_warping_keeps_every_band_within_the_clips_range(template: Template, clips: np.ndarray) -> None:
    warped = template.warp(clips)
    # A mean lies between the least and the largest, but for float32 rounding of values near 30.
    assert np.all(warped.min(axis=1) >= clips.min(axis=1) - 1e-4)
    assert np.all(warped.max(axis=1) <= clips.max(axis=1) + 1e-4)


def test_warping_a_clip_does_not_depend_on_its_company(template: Template) -> None:
    generator = np.random.default_rng(1)
    many = np.stack([spoken(pace, generator) for pace in generator.uniform(0.5, 2.0, BLOCK + 20)])
    together = template.warp(many)
    for i in (0, 7, BLOCK - 1, BLOCK, BLOCK + 19):
        np.testing.assert_array_equal(template.warp(many[i : i + 1])[0], together[i])


def test_a_restored_template_warps_to_the_same_bits(template: Template, clips: np.ndarray) -> None:
    other = Template(n_frames=N_FRAMES)
    assert np.any(other.warp(clips) != template.warp(clips))
    other.restore(template.arrays())
    np.testing.assert_array_equal(other.warp(clips), template.warp(clips))


def test_fitting_repeats_to_the_bit(template: Template, clips: np.ndarray) -> None:
    again = Template(n_frames=N_FRAMES)
    again.fit(clips)
    np.testing.assert_array_equal(again.frames, template.frames)
    np.testing.assert_array_equal(again.scale, template.scale)


@pytest.mark.parametrize("key", ["template/frames", "template/scale"])
def test_arrays_of_another_shape_or_none_are_refused(key: str, template: Template) -> None:
    cut = template.arrays() | {key: template.arrays()[key][:-1]}
    absent = {name: array for name, array in template.arrays().items() if name != key}
    for arrays in (cut, absent):
        with pytest.raises(ValueError, match=f"{key} needs shape"):
            Template(n_frames=N_FRAMES).restore(arrays)


def test_silence_is_warped_to_silence(template: Template) -> None:
    np.testing.assert_array_equal(template.warp(np.zeros((2, N_TIMES, N_MELS), np.float32)), 0.0)


def test_a_template_of_silence_is_finite(clips: np.ndarray) -> None:
    template = Template(n_frames=N_FRAMES)
    template.fit(np.zeros_like(clips))
    assert np.isfinite(template.frames).all()
    assert np.isfinite(template.warp(clips)).all()


@pytest.mark.parametrize("n_times", [1, 5, 120])
def test_clips_shorter_and_longer_than_the_template_are_warped(n_times: int, template: Template) -> None:
    places = np.linspace(0, N_TIMES - 1, n_times).astype(int)
    warped = template.warp(spoken(1.0)[None, places])
    assert warped.shape == (1, N_FRAMES, N_MELS)
    assert np.isfinite(warped).all()
