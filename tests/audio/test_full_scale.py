"""Is the same sound treated alike at any gain, whatever holds its samples?"""

import io

import numpy as np
import pytest
import soundfile

from pipeline.audio.decoding import decode
from pipeline.audio.full_scale import full_scale_of
from tests.audio.test_decoding import wav

SOUND = (3_000 * np.random.default_rng(0).standard_normal(16_000)).astype("<i2")
SAMPLES = SOUND.astype(np.float32) / np.float32(32_768)


def float_wav(samples: np.ndarray) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, 16_000, format="WAV", subtype="FLOAT")
    return stream.getvalue()


def test_sixteen_bits_have_the_full_scale_of_their_format() -> None:
    assert decode(wav(SOUND)).full_scale == 1.0


@pytest.mark.parametrize("gain", [1e-3, 0.37, 1.0, 250.0])
def test_sixteen_bits_after_a_gain_have_it_times_the_gain(gain: float) -> None:
    read = decode(float_wav(SAMPLES * np.float32(gain)))
    # Float32 has seven digits, and a mean over all samples more.
    assert read.full_scale == pytest.approx(gain, rel=1e-6)


def test_samples_without_a_step_have_an_unknown_full_scale() -> None:
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    assert decode(float_wav(noise)).full_scale == 0.0


def test_a_square_wave_has_no_converters_step() -> None:
    assert full_scale_of(np.tile(np.float32([0.25, -0.25]), 100)) == 0.0


def test_silence_has_a_full_scale() -> None:
    assert full_scale_of(np.zeros(10, np.float32)) == 1.0
