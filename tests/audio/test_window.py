"""Does a recording of any length and rate become one window of the model's?"""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.audio.decoding import Recording
from pipeline.audio.window import to_window


def recording(samples: np.ndarray, rate: int = 16_000) -> Recording:
    return Recording(
        samples=samples.astype(np.float32), sample_rate=rate, n_samples=len(samples), n_channels=1, sha256=""
    )


def test_a_clip_that_fits_is_unchanged() -> None:
    samples = np.linspace(-1, 1, 16_000, dtype=np.float32)
    window, notes = to_window(recording(samples), 16_000, 1.0)
    np.testing.assert_array_equal(window, samples)
    assert notes == ()


def test_a_short_clip_is_followed_by_zeros() -> None:
    window, notes = to_window(recording(np.ones(6_880)), 16_000, 1.0)
    np.testing.assert_array_equal(window, np.arange(16_000) < 6_880)
    assert notes == ("padded from 0.43 s",)


def test_the_loudest_second_of_a_long_clip_is_kept() -> None:
    samples = 0.01 * np.ones(48_000)
    samples[24_000:40_000] = 0.5
    window, notes = to_window(recording(samples), 16_000, 1.0)
    np.testing.assert_array_equal(window, np.float32(0.5))
    assert notes == ("cut to 1 s from 1.50 s on, of 3.00 s",)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_a_resampled_sine_keeps_its_frequency_and_level(rate: int) -> None:
    samples = np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate)
    window, notes = to_window(recording(samples, rate), 16_000, 1.0)
    expected = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    # Away from the ends, soxr's HQ is good to about 100 dB.
    np.testing.assert_allclose(window[500:-500], expected[500:-500], atol=1e-4)
    assert notes == (f"resampled from {rate:,} Hz",)


@given(n_samples=st.integers(1, 3_000), rate=st.sampled_from([1_000, 8_000, 11_025, 44_100]))
def test_a_window_has_its_length_whatever_the_clip(n_samples: int, rate: int) -> None:
    window, _ = to_window(recording(np.ones(n_samples), rate), 16_000, 0.1)
    assert window.shape == (1_600,)
    assert window.dtype == np.float32
    assert np.isfinite(window).all()
