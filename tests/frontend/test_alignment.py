"""Do onset, length and level of a word vanish from the aligned features?

Conventions: levels are in decibel, [n_frames, n_bands], a frame every 10 ms.
"""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.frontend.alignment import align, loud_part, moving_mean, stretch
from pipeline.frontend.front_end import FrontEnd
from pipeline.settings.features import FeatureSettings

SETTINGS = FeatureSettings(kind="aligned")


def word_at(start: int, stop: int, n_frames: int = 98) -> np.ndarray:
    levels = np.full((n_frames, 40), -70.0, np.float32)
    levels[start:stop] = -20.0
    return levels


def chirp(onset: int, n_samples: int, gain: float = 1.0) -> np.ndarray:
    """One clip of faint noise with a rising tone in it."""
    clip = 1e-4 * np.random.default_rng(0).standard_normal(16_000)
    phase = np.cumsum(np.geomspace(300, 3_000, n_samples)) / 16_000
    clip[onset : onset + n_samples] += 0.3 * np.sin(2 * np.pi * phase)
    return (gain * clip).astype(np.float32)[None]


@pytest.mark.parametrize(("start", "stop"), [(0, 40), (30, 70), (60, 98)])
def test_the_loud_part_is_found_wherever_it_stands(start: int, stop: int) -> None:
    found = loud_part(word_at(start, stop), SETTINGS)
    # The moving mean over 5 frames moves each end by at most 2.
    assert abs(found[0] - start) <= 2
    assert abs(found[1] - stop) <= 2


def test_a_short_gap_does_not_cut_a_word() -> None:
    levels = word_at(20, 60)
    levels[35:43] = -70.0
    assert loud_part(levels, SETTINGS)[1] >= 58


def test_a_click_far_from_the_word_is_left_out() -> None:
    levels = word_at(40, 80)
    levels[5] = -50.0
    assert loud_part(levels, SETTINGS)[0] >= 38


def test_silence_is_loud_nowhere_and_so_kept_whole() -> None:
    assert loud_part(np.full((98, 40), -80.0, np.float32), SETTINGS) == (0, 98)


@given(
    levels=arrays(
        np.float32, st.tuples(st.integers(1, 120), st.just(8)), elements=st.floats(-80, 0, width=32)
    )
)
def test_the_loud_part_lies_in_the_clip_and_is_long_enough(levels: np.ndarray) -> None:
    start, stop = loud_part(levels, SETTINGS)
    assert 0 <= start < stop <= len(levels)
    assert stop - start >= min(16, len(levels))


@given(
    levels=arrays(np.float32, (60, 8), elements=st.floats(-80, 0, width=32)),
    shift=st.integers(-40, 40),
)
def test_the_loud_part_does_not_depend_on_the_level(levels: np.ndarray, shift: int) -> None:
    # Steps of 1/4 dB are exact in float32, so that no threshold is met by rounding alone.
    levels = np.round(levels * 4) / 4
    assert loud_part(levels + np.float32(shift), SETTINGS) == loud_part(levels, SETTINGS)


@given(
    values=arrays(
        np.float32, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-80, 0, width=32)
    ),
    width=st.integers(0, 40),
)
def test_a_moving_mean_equals_the_mean_of_the_rows_around(values: np.ndarray, width: int) -> None:
    width_used = min(max(width, 1), len(values))
    first = np.arange(len(values))[:, None] - width_used // 2
    rows = np.clip(first + np.arange(width_used), 0, len(values) - 1)
    np.testing.assert_allclose(moving_mean(values, width), values[rows].astype(float).mean(axis=1), atol=1e-9)


def test_a_stretch_to_the_same_length_changes_nothing() -> None:
    frames = np.random.default_rng(0).standard_normal((48, 40)).astype(np.float32)
    np.testing.assert_array_equal(stretch(frames, 48), frames)


@pytest.mark.parametrize("n_frames", [1, 2, 7, 98])
def test_a_stretch_keeps_first_and_last_frame(n_frames: int) -> None:
    frames = np.random.default_rng(0).standard_normal((n_frames, 40)).astype(np.float32)
    np.testing.assert_allclose(stretch(frames, 48)[[0, -1]], frames[[0, -1]], atol=1e-6)


def test_a_stretched_ramp_is_a_ramp() -> None:
    ramp = np.arange(10, dtype=np.float32)[:, None]
    np.testing.assert_allclose(stretch(ramp, 48)[:, 0], np.linspace(0, 9, 48), atol=1e-5)


def test_aligned_features_have_mean_zero() -> None:
    features = FrontEnd(SETTINGS)(chirp(3_000, 8_000))
    assert features.mean() == pytest.approx(0, abs=1e-5)


def test_silence_is_all_zeros() -> None:
    np.testing.assert_array_equal(FrontEnd(SETTINGS)(np.zeros((1, 16_000), np.float32)), 0)


def test_a_later_onset_in_whole_frames_changes_aligned_features_little_and_logmel_much() -> None:
    early, late = chirp(1_600, 8_000), chirp(6_400, 8_000)
    changes = {}
    for kind in ("aligned", "logmel"):
        extractor = FrontEnd(FeatureSettings(kind=kind))
        changes[kind] = np.abs(extractor(early) - extractor(late)).mean()
    # What is left is the other noise around the same tone.
    assert changes["aligned"] < 0.2 * changes["logmel"]


def test_a_louder_clip_has_the_same_aligned_features() -> None:
    extractor = FrontEnd(FeatureSettings(kind="aligned", floor_decibel=-160.0))
    # Below the floor the level shows; with the floor out of reach only rounding is left.
    np.testing.assert_allclose(extractor(chirp(3_000, 8_000, 2.0)), extractor(chirp(3_000, 8_000)), atol=1e-2)


def test_align_returns_the_stated_number_of_frames_for_clips_of_few_frames() -> None:
    assert align(word_at(0, 1, n_frames=1), SETTINGS).shape == (48, 40)
