"""Do several channels become one that is as loud as what sounds in them?"""

import numpy as np
import pytest

from pipeline.audio.decoding import decode
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
    assert read.notes == ("channel 4 of 8 taken; the other 7 are silent",)


def test_a_constant_channel_takes_no_part(integers: np.ndarray) -> None:
    channels = np.stack([integers, np.full_like(integers, 700), integers // 2], axis=1)
    read = decode(wav(channels, channels=3))
    np.testing.assert_allclose(read.samples * 32_768, (channels[:, 0] + channels[:, 2] / 1.0) / 2, rtol=1e-6)
    assert read.notes == ("mixed down from 2 of 3 channels; the other 1 are silent",)


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
