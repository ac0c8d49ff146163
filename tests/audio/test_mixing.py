"""Do several channels become one that is as loud as what sounds in them?"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.decoding import decode, read_clip
from pipeline.quality.measures import measure
from tests.audio.test_decoding import wav


@pytest.fixture
def integers() -> np.ndarray:
    return np.random.default_rng(0).integers(-20_000, 20_000, 16_000).astype("<i2")


def test_channels_are_averaged() -> None:
    pair = np.array([[3_000, 1_000], [-500, 1_500]], "<i2")
    read = decode(wav(pair, channels=2))
    np.testing.assert_allclose(read.samples * 32_768, [2_000, 500], rtol=1e-6)
    assert read.notes == ("mixed down from 2 channels",)
    assert (read.n_samples, read.n_channels) == (2, 2)


def test_channels_in_opposite_phase_do_not_become_silence(integers: np.ndarray) -> None:
    pair = np.stack([integers, -integers], axis=1)
    read = decode(wav(pair, channels=2))
    np.testing.assert_array_equal(np.abs(read.samples * 32_768), np.abs(integers))
    assert "cancel each other" in read.notes[0]


def test_one_sounding_channel_of_eight_is_taken_as_it_is(integers: np.ndarray) -> None:
    channels = np.zeros((len(integers), 8), "<i2")
    channels[:, 3] = integers
    read = decode(wav(channels, channels=8))
    np.testing.assert_array_equal(read.samples * 32_768, integers)
    assert read.notes == ("channel 4 of 8 taken; the other 7 are dead",)


def test_a_constant_channel_takes_no_part(integers: np.ndarray) -> None:
    channels = np.stack([integers, np.full_like(integers, 700), integers // 2], axis=1)
    read = decode(wav(channels, channels=3))
    np.testing.assert_allclose(read.samples * 32_768, (channels[:, 0] + channels[:, 2] / 1.0) / 2, rtol=1e-6)
    assert read.notes == ("mixed down from 2 of 3 channels; the other 1 are dead",)


def test_a_constant_channel_correlates_with_nothing(integers: np.ndarray) -> None:
    channels = np.stack([integers, np.full_like(integers, 700)], axis=1)
    assert decode(wav(channels, channels=2)).correlations == (0.0, 0.0)


def test_correlations_are_those_of_the_whole_recording(integers: np.ndarray) -> None:
    other = (integers // 2 + np.random.default_rng(1).integers(-9_000, 9_000, len(integers))).astype("<i2")
    read = decode(wav(np.stack([integers, other], axis=1), channels=2))
    expected = float(np.corrcoef(integers.astype(float), other.astype(float))[0, 1])
    assert read.correlations == pytest.approx((expected, expected), abs=1e-6)


def test_silence_of_several_channels_is_silence() -> None:
    read = decode(wav(np.zeros((100, 2), "<i2"), channels=2))
    assert read.notes == ("mixed down from 2 channels", "digital silence")


@pytest.mark.parametrize(("level", "n_living"), [(2, 1), (2_000, 2)])
def test_a_channel_of_faint_noise_of_its_own_is_dead(integers: np.ndarray, level: int, n_living: int) -> None:
    noise = np.random.default_rng(1).integers(-level, level, len(integers)).astype("<i2")
    read = decode(wav(np.stack([integers, noise], axis=1), channels=2))
    assert len(read.living) == n_living


def test_the_noise_of_a_dead_input_is_known_by_its_steps(integers: np.ndarray) -> None:
    steps = np.random.default_rng(1).integers(-1, 2, len(integers)).astype("<i2")
    read = decode(wav(np.stack([steps, integers // 1_000], axis=1), channels=2))
    assert read.living == (1,)
    np.testing.assert_array_equal(read.samples * 32_768, integers // 1_000)


def test_a_faint_channel_that_follows_another_lives(integers: np.ndarray) -> None:
    read = decode(wav(np.stack([integers, integers // 500], axis=1), channels=2))
    assert read.living == (0, 1)


def test_one_living_channel_of_32_sounds_as_it_does_alone(shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "virtual32"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    both = [read_clip(folder / name) for name in ("one_live_of_32.wav", "the_live_channel_alone.wav")]
    np.testing.assert_array_equal(both[0].samples, both[1].samples)
    assert [measure(one).dead_channels for one in both] == [31, 0]
