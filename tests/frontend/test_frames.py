"""Is the loud part of a clip kept at its own length, and its length told exactly?

Conventions: clips of 16,000 samples; features [98, 41], the last column telling frames from padding.
"""

import numpy as np
import pytest

from pipeline.frontend.alignment import crop, loud_part
from pipeline.frontend.front_end import FrontEnd
from pipeline.settings.features import FeatureSettings

SETTINGS = FeatureSettings(kind="frames")


def tone(onset: int, n_samples: int, gain: float = 1.0, n_total: int = 16_000) -> np.ndarray:
    clip = 1e-3 * np.random.default_rng(0).standard_normal(n_total)
    clip[onset : onset + n_samples] += 0.3 * np.sin(2 * np.pi * 0.05 * np.arange(n_samples))
    return (gain * clip).astype(np.float32)[None]


def features(clip: np.ndarray, **changes: object) -> np.ndarray:
    found: np.ndarray = FrontEnd(FeatureSettings(kind="frames", **changes))(clip)[0]
    return found


@pytest.mark.parametrize("n_samples", [4_000, 8_000, 12_000])
def test_a_longer_word_has_more_frames(n_samples: int) -> None:
    present = features(tone(2_000, n_samples))[:, -1]
    # A frame every 160 samples; smoothing and the frame's own length move either end by a few.
    assert abs(present.sum() - n_samples / 160) <= 8


def test_frames_come_first_and_padding_is_zero() -> None:
    found = features(tone(5_000, 6_000))
    n_frames = int(found[:, -1].sum())
    np.testing.assert_array_equal(found[:, -1], np.arange(98) < n_frames)
    assert not np.any(found[n_frames:])
    assert np.all(np.any(found[:n_frames, :-1] != 0.0, axis=1))


def test_the_mean_level_of_a_clips_frames_is_zero() -> None:
    found = features(tone(5_000, 6_000))
    assert found[found[:, -1] > 0.0][:, :-1].mean() == pytest.approx(0.0, abs=1e-4)


def test_loudness_and_onset_vanish() -> None:
    early, late = features(tone(1_600, 6_000)), features(tone(6_400, 6_000, gain=0.5))
    n_frames = int(early[:, -1].sum())
    # The noise beneath differs from place to place, and moves an end by a frame or two.
    assert abs(n_frames - int(late[:, -1].sum())) <= 3
    middle = slice(n_frames // 3, n_frames // 2)
    peak = early[middle, :-1].argmax(axis=1)
    np.testing.assert_array_equal(late[middle, :-1].argmax(axis=1), peak)
    np.testing.assert_allclose(late[middle, :-1].max(axis=1), early[middle, :-1].max(axis=1), atol=2.0)


def test_the_frames_are_the_loud_part() -> None:
    levels = np.full((98, 40), -70.0, np.float32)
    levels[30:70] = -20.0 + np.arange(40)[None, :] * np.linspace(0.0, 0.3, 40)[:, None]
    start, stop = loud_part(levels, SETTINGS)
    unsmoothed = FeatureSettings(kind="frames", smoothing_seconds=0, smoothing_bands=1)
    found = crop(levels, unsmoothed)
    word = levels[start:stop] - levels[start:stop].mean()
    np.testing.assert_allclose(found[: stop - start, :-1], word, atol=1e-4)
    assert found[:, -1].sum() == stop - start


def test_silence_has_all_its_frames_at_level_zero() -> None:
    found = features(np.zeros((1, 16_000), np.float32))
    assert found[:, -1].sum() == 98
    assert not np.any(found[:, :-1])


def test_a_longer_window_holds_the_same_word_in_more_padding() -> None:
    short = features(tone(5_000, 6_000))
    long = features(tone(5_000, 6_000, n_total=32_000), duration_seconds=2.0)
    assert (short.shape, long.shape) == ((98, 41), (198, 41))
    assert abs(short[:, -1].sum() - long[:, -1].sum()) <= 1
