"""Is what the far microphone hears taken off, and the machine left as it is?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ConfigurationError
from pipeline.features.batches import extract
from pipeline.features.records import ClipFacts, FeatureBatch, Source
from pipeline.frontend import near
from pipeline.frontend.near import FLOOR, take_off
from pipeline.settings.presets import resolve_settings

RATE = 8_000
N = 2 * RATE


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def noise(generator: np.random.Generator) -> np.ndarray:
    return generator.standard_normal(N).astype(np.float32)


def power(sound: np.ndarray) -> float:
    return float(np.mean(np.square(sound, dtype=np.float64)))


def test_what_both_microphones_hear_falls_and_the_machine_stays(generator: np.random.Generator) -> None:
    tone = np.sin(2 * np.pi * 1_000 * np.arange(N) / RATE).astype(np.float32)
    # Of one level at both places, and of unrelated phases: as reverberation is.
    room, elsewhere = 0.1 * noise(generator), 0.1 * noise(generator)
    left = take_off(tone + room, elsewhere + 0.1 * tone, RATE)
    kept = 2 * np.mean(left * tone)
    assert abs(20 * np.log10(kept)) < 0.2
    # Smoothed powers of two noises still differ, so that less than the 10 dB of the floor is reached.
    assert 10 * np.log10(power(left - kept * tone) / power(room)) < -5


def test_two_copies_fall_evenly(generator: np.random.Generator) -> None:
    sound = noise(generator)
    np.testing.assert_allclose(take_off(sound, sound, RATE), np.sqrt(FLOOR) * sound, atol=1e-5)


def test_a_silent_far_microphone_takes_nothing_off(generator: np.random.Generator) -> None:
    sound = noise(generator)
    np.testing.assert_allclose(take_off(sound, np.zeros_like(sound), RATE), sound, atol=1e-5)


def test_blocks_do_not_show(generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    sounds = noise(generator), noise(generator)
    whole = take_off(*sounds, RATE)
    monkeypatch.setattr(near, "FRAMES_AT_ONCE", 7)
    np.testing.assert_allclose(take_off(*sounds, RATE), whole, atol=1e-5)


@pytest.mark.parametrize("n_samples", [1, 100, 128, 129, 1_000])
def test_a_recording_keeps_its_length(generator: np.random.Generator, n_samples: int) -> None:
    assert take_off(noise(generator)[:n_samples], noise(generator)[:n_samples], RATE).shape == (n_samples,)


def heard(path: Path, sound: np.ndarray, *changes: str) -> FeatureBatch:
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    more = ["features.channels=near", f"features.recording_rate={RATE}", *changes]
    (batch,) = extract([Source(path)], resolve_settings("sounds", more).features)
    return batch


def test_settings_say_which_channel_is_near(generator: np.random.Generator, tmp_path: Path) -> None:
    pair = 0.1 * np.stack([np.cumsum(noise(generator)) / 50, noise(generator)], axis=1)
    found = heard(tmp_path / "pair.wav", pair)
    swapped = ("features.near_channel=2", "features.far_channel=1")
    np.testing.assert_array_equal(
        heard(tmp_path / "swapped.wav", pair[:, ::-1], *swapped).features, found.features
    )
    assert (heard(tmp_path / "other.wav", pair[:, ::-1]).features != found.features).any()
    (fact,) = found.facts
    assert fact.reason == "channel 1 without what channel 2 hears" and fact.channels == ()


def refused(facts: tuple[ClipFacts, ...]) -> str:
    (fact,) = facts
    assert fact.status == "set_aside"
    return fact.reason


def test_a_file_without_both_channels_is_set_aside(generator: np.random.Generator, tmp_path: Path) -> None:
    sound = 0.1 * noise(generator)
    assert refused(heard(tmp_path / "mono.wav", sound).facts) == (
        "near_channel: features.channels=near needs channels 1 and 2, and the file has 1; record both, or "
        "set features.near_channel and features.far_channel"
    )
    dead = np.stack([np.zeros(N), sound], axis=1)
    assert "channel 1 of 2, features.near_channel, is dead" in refused(
        heard(tmp_path / "dead.wav", dead).facts
    )


@pytest.mark.parametrize(
    ("preset", "changes", "sentence"),
    [
        ("default", [], "'near' is a choice of features.kind='statistics', and the kind is 'aligned'"),
        ("sounds", ["features.far_channel=1"], "near_channel=1 and features.far_channel=1 are one channel"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    preset: str, changes: list[str], sentence: str, tmp_path: Path
) -> None:
    more = ["features.channels=near", f"features.recording_rate={RATE}", *changes]
    with pytest.raises(ConfigurationError, match=sentence):
        next(iter(extract([Source(tmp_path / "none.wav")], resolve_settings(preset, more).features)))
