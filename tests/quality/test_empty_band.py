"""Is an empty band found where a recording was brought to a higher rate, and only there?"""

import numpy as np
import pytest
import soxr

from pipeline.quality.empty_band import empty_above


def noise(rate: int, seconds: float = 2.0) -> np.ndarray:
    return (0.05 * np.random.default_rng(0).standard_normal(round(seconds * rate))).astype(np.float32)


def rounded(samples: np.ndarray) -> np.ndarray:
    return (np.round(samples * 32_768) / 32_768).astype(np.float32)


@pytest.mark.parametrize(
    ("own", "file"), [(2_000, 16_000), (8_000, 16_000), (16_000, 44_100), (16_000, 192_000)]
)
@pytest.mark.parametrize("is_rounded", [True, False])
def test_the_band_above_the_own_rate_is_found_empty(own: int, file: int, is_rounded: bool) -> None:
    raised = soxr.resample(noise(own), own, file)
    assert empty_above(rounded(raised) if is_rounded else raised, file, 1.0) == own / 2


@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_a_gain_changes_nothing(gain: float) -> None:
    raised = rounded(soxr.resample(noise(8_000), 8_000, 16_000)) * np.float32(gain)
    assert empty_above(raised, 16_000, gain) == 4_000
    assert empty_above(noise(16_000) * np.float32(gain), 16_000, gain) == 0.0


@pytest.mark.parametrize("rate", [1_000, 2_000, 16_000, 48_000])
def test_a_full_band_is_not_empty(rate: int) -> None:
    assert empty_above(noise(rate), rate, 1.0) == 0.0


def test_a_steep_source_is_not_taken_for_an_empty_band() -> None:
    # A random walk falls by 6 dB an octave; summed once more, by 12.
    steep = np.cumsum(np.cumsum(noise(16_000, 4.0).astype(np.float64)) * 0.01)
    steep -= np.linspace(steep[0], steep[-1], len(steep))
    assert empty_above((0.5 * steep / np.abs(steep).max()).astype(np.float32), 16_000, 0.0) == 0.0


@pytest.mark.parametrize("full_scale", [0.0, 1.0])
def test_silence_and_its_last_bits_have_no_empty_band(full_scale: float) -> None:
    assert empty_above(np.zeros(16_000, np.float32), 16_000, full_scale) == 0.0
    assert empty_above(rounded(noise(16_000) * np.float32(1e-4)), 16_000, 1.0) == 0.0


def test_too_few_samples_tell_nothing() -> None:
    assert empty_above(np.ones(100, np.float32), 16_000, 1.0) == 0.0
