"""Does a recording keep the word, the level and the noise that its channel promises?"""

import numpy as np
import pytest

from pipeline.corpora.embedded.recording import N_SAMPLES, Channel, channel_of, record

QUIET_ROOM = Channel(
    level_decibel=-20,
    snr_decibel=35,
    noise_slope=1,
    hum_hertz=0,
    reverberation_seconds=0.1,
    direct_decibel=16,
    low_hertz=50,
    high_hertz=7_600,
    tilt_decibel=0,
)


@pytest.fixture
def voice() -> np.ndarray:
    """Half a second of a 300 Hz tone at 22,050 Hz, with silence around it."""
    tone = 10_000 * np.sin(2 * np.pi * 300 * np.arange(11_025) / 22_050)
    return np.concatenate([np.zeros(2_000), tone, np.zeros(3_000)]).astype("<i2")


def level_decibel(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean((samples / 32_768) ** 2)))


def speech_of(samples: np.ndarray) -> np.ndarray:
    """Return the half second with the most energy."""
    energy = np.cumsum(np.concatenate([[0.0], samples.astype(float) ** 2]))
    start = int(np.argmax(energy[8_000:] - energy[:-8_000]))
    return samples[start : start + 8_000]


def test_a_recording_has_one_second_of_16_bit_samples(voice: np.ndarray) -> None:
    recorded = record(voice, QUIET_ROOM, 1.0, np.random.default_rng(0))
    assert recorded.shape == (N_SAMPLES,) and recorded.dtype == np.dtype("<i2")


def test_equal_generators_give_equal_bytes(voice: np.ndarray) -> None:
    first, second = (record(voice, QUIET_ROOM, 1.0, np.random.default_rng(7)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_takes_differ_in_onset_and_noise(voice: np.ndarray) -> None:
    first, second = (record(voice, QUIET_ROOM, 1.0, np.random.default_rng(seed)) for seed in (1, 2))
    assert np.argmax(np.abs(first) > 500) != np.argmax(np.abs(second) > 500)


def test_the_speech_has_the_level_of_its_channel(voice: np.ndarray) -> None:
    recorded = record(voice, QUIET_ROOM, 1.0, np.random.default_rng(0))
    # A take varies around its channel by a normal deviate of 2 dB.
    assert abs(level_decibel(speech_of(recorded)) - -20) < 6


def test_the_tone_is_shifted_by_the_length_of_the_tract(voice: np.ndarray) -> None:
    recorded = record(voice, QUIET_ROOM, 1.05, np.random.default_rng(0))
    strongest = np.argmax(np.abs(np.fft.rfft(recorded.astype(float))))  # bins of 1 Hz
    assert abs(strongest - 315) <= 3


def test_a_word_that_is_too_long_is_cut_and_not_an_error() -> None:
    long_voice = (1_000 * np.sin(np.arange(40_000))).astype("<i2")
    assert record(long_voice, QUIET_ROOM, 1.0, np.random.default_rng(0)).shape == (N_SAMPLES,)


@pytest.mark.parametrize("snr", [5.0, 20.0])
def test_noise_lies_below_the_speech_by_the_snr(voice: np.ndarray, snr: float) -> None:
    channel = Channel(**{**vars(QUIET_ROOM), "snr_decibel": snr})
    recorded = record(voice, channel, 1.0, np.random.default_rng(3))
    # The onset is at least 0.05 s, so the first 700 samples hold noise alone; pink noise varies there.
    assert abs(level_decibel(speech_of(recorded)) - level_decibel(recorded[:700]) - snr) < 7


def test_channels_stay_within_what_is_promised() -> None:
    channels = [channel_of(np.random.default_rng(seed)) for seed in range(500)]
    assert {channel.hum_hertz for channel in channels} == {0, 50, 60}
    assert all(-36 <= channel.level_decibel <= -18 and 8 <= channel.snr_decibel <= 32 for channel in channels)
