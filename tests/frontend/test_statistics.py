"""Do statistics of whole recordings hear all of them, whatever their level, length and rate?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ConfigurationError
from pipeline.features.batches import extract
from pipeline.features.records import OK, SET_ASIDE, Source
from pipeline.frontend.front_end import FrontEnd
from pipeline.frontend.statistics import STATISTICS_VIEWS, statistics
from pipeline.settings.features import FeatureSettings

RATE = 8_000
SETTINGS = FeatureSettings(kind="statistics", recording_rate=RATE, n_workers=1)
SIZE = sum(STATISTICS_VIEWS.values())


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n_samples)).astype(np.float32)


def view(features: np.ndarray, name: str) -> np.ndarray:
    start = sum(size for other, size in list(STATISTICS_VIEWS.items())[: list(STATISTICS_VIEWS).index(name)])
    return features[start : start + STATISTICS_VIEWS[name]]


@pytest.mark.parametrize("n_samples", [1, 100, RATE // 10, RATE, 5 * RATE])
def test_any_length_gives_as_many_finite_numbers(n_samples: int) -> None:
    features = statistics(noise(n_samples), RATE)
    assert features.shape == (SIZE,)
    assert np.isfinite(features).all()


def test_digital_silence_gives_finite_numbers() -> None:
    assert np.isfinite(statistics(np.zeros(RATE, np.float32), RATE)).all()


@pytest.mark.parametrize("gain", [1e-3, 1e-6, 10.0])
def test_a_gain_changes_nothing(gain: float) -> None:
    # Float32 samples differ in their last digit after the gain: 1e-7 of a level, before logarithms.
    loud, faint = statistics(noise(RATE), RATE), statistics(noise(RATE) * np.float32(gain), RATE)
    np.testing.assert_allclose(faint, loud, atol=1e-3)


def test_a_constant_offset_changes_nothing() -> None:
    plain, shifted = statistics(noise(RATE), RATE), statistics(noise(RATE) + np.float32(0.25), RATE)
    np.testing.assert_allclose(shifted, plain, atol=0.01)


def test_lines_stand_where_the_tone_is() -> None:
    seconds = np.arange(2 * RATE) / RATE
    low, high = (
        np.argmax(view(statistics(np.sin(2 * np.pi * hertz * seconds), RATE), "lines")[:192])
        for hertz in (400.0, 1_600.0)
    )
    # Log bands from 20 Hz to 0.9 of half the rate: two octaves are as many bands at any place.
    assert high - low == pytest.approx(193 * np.log(4) / np.log(0.45 * RATE / 20), abs=1.5)


def test_a_rhythm_shows_at_its_period() -> None:
    beats = noise(4 * RATE) * (np.arange(4 * RATE) % (RATE // 2) < RATE // 20)
    beating, steady = (view(statistics(clip, RATE), "period") for clip in (beats, noise(4 * RATE)))
    assert beating.max() > 5.0 > steady[5:].max()


def recordings(folder: Path, *clips: np.ndarray, rate: int = RATE) -> list[Source]:
    paths = [folder / f"{number}.wav" for number in range(len(clips))]
    for path, clip in zip(paths, clips, strict=True):
        soundfile.write(path, clip, rate, subtype="FLOAT")
    return [Source(path) for path in paths]


def test_a_recording_is_heard_from_end_to_end(tmp_path: Path) -> None:
    loud = noise(RATE)
    with_a_tail = np.concatenate([loud, 0.1 * noise(3 * RATE, seed=1)])
    (batch,) = extract(recordings(tmp_path, loud, with_a_tail), SETTINGS)
    np.testing.assert_array_equal(batch.features[1], statistics(with_a_tail, RATE))
    assert np.abs(batch.features[1] - batch.features[0]).max() > 1.0


def test_other_rates_are_brought_to_the_one_of_the_settings(tmp_path: Path) -> None:
    (batch,) = extract(recordings(tmp_path, noise(4 * RATE), rate=2 * RATE), SETTINGS)
    assert batch.facts[0].status == OK
    # White noise stays white up to the highest band: what differs is the draw, averaged over half a band.
    native = view(statistics(noise(2 * RATE, seed=1), RATE), "lines")[:192]
    np.testing.assert_allclose(view(batch.features[0], "lines")[96:192], native[96:], atol=4.0)


def test_a_lower_rate_is_set_aside_with_both_numbers(tmp_path: Path) -> None:
    (batch,) = extract(recordings(tmp_path, noise(RATE), rate=4_000), SETTINGS)
    assert batch.facts[0].status == SET_ASIDE
    assert "recorded at 4,000 Hz, below features.recording_rate=8000" in batch.facts[0].reason


def test_kinds_of_one_length_refuse_others() -> None:
    with pytest.raises(ValueError, match=r"clips of 16000 samples, got one of shape \(100,\)"):
        FrontEnd(FeatureSettings(kind="fft"))([noise(100)])


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        FrontEnd(SETTINGS)([noise(0)])


def test_a_rate_that_nobody_found_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="recording_rate=0 is below 1,000 Hz"):
        FrontEnd(FeatureSettings(kind="statistics"))


@pytest.mark.parametrize("rate", [1_000, 2_000, 44_100])
def test_every_rate_gives_bands_that_hold_something(rate: int) -> None:
    lines = view(statistics(noise(3 * rate), rate), "lines")
    assert (lines[192:] > 0).all()  # of white noise, each band varies
