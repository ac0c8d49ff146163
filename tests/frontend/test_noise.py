"""Are recordings of the room laid over others, do they tell a gain, and what is said of useless ones?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.features.batches import extract
from pipeline.features.records import Source
from pipeline.frontend import scoring_settings, settle_noise
from pipeline.settings import Settings
from pipeline.settings.presets import resolve_settings

RATE = 8_000


def settings(folder: Path | None, *changes: str) -> Settings:
    more = [f"features.noise_recordings='{folder or ''}'", f"features.recording_rate={RATE}", *changes]
    return resolve_settings("sounds", ["features.channels=near", *more])


def pair(generator: np.random.Generator, far: float = 1.0) -> np.ndarray:
    """A second of a room, in two microphones of different gain."""
    return 0.05 * generator.standard_normal((RATE, 2)) * (1.0, far)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Recordings of a far microphone at half the gain, one of which has a rumble in the near one."""
    generator = np.random.default_rng(0)
    folder = tmp_path / "room"  # of its own: a recording of the machine beside them would be one of them
    folder.mkdir()
    for number in range(3):
        sound = pair(generator, far=0.5)
        if number == 0:
            sound[:, 0] += 0.5 * np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE)
        soundfile.write(folder / f"{number}.wav", sound, RATE, subtype="FLOAT")
    return folder


def test_the_room_tells_the_gain_of_the_far_microphone(room: Path) -> None:
    settled, (_, sentence) = settle_noise(settings(room))
    assert abs(settled.features.far_decibel - 6.02) < 0.2
    assert "in the median of 3 recordings without the machine" in sentence


def test_a_level_that_was_given_is_not_measured(room: Path) -> None:
    settled, (sentence,) = settle_noise(settings(room, "features.far_decibel=3"))
    assert settled.features.far_decibel == 3
    assert "each recording is learned once more with one of 3 of the room laid over it" in sentence


def test_other_recordings_of_the_room_are_told_apart(room: Path) -> None:
    found = [settle_noise(settings(room))[0].features.noise_sha256]
    (room / "0.wav").rename(room / "first.wav")  # its place among them counts
    found.append(settle_noise(settings(room))[0].features.noise_sha256)
    assert len(set(found)) == 2 and all(len(digest) == 64 for digest in found)
    assert settle_noise(settings(None))[0].features.noise_sha256 == ""


def test_a_recording_is_heard_again_with_noise_over_it(room: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    sound = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)[:, None] * (0.1, 0.02)
    sound = sound + pair(generator) / 50
    (tmp_path / "machine").mkdir()
    path = tmp_path / "machine" / "0.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    with_noise = settle_noise(settings(room))[0].features
    (both,) = extract([Source(path)], with_noise)
    size = both.features.shape[1] // 2
    (alone,) = extract([Source(path)], scoring_settings(with_noise))
    np.testing.assert_array_equal(both.features[:, :size], alone.features)
    for number in range(3):
        over = sound + soundfile.read(room / f"{number}.wav")[0]
        soundfile.write(path.with_name("over.wav"), over, RATE, subtype="FLOAT")
        (expected,) = extract([Source(path.with_name("over.wav"))], scoring_settings(with_noise))
        if np.allclose(both.features[:, size:], expected.features, atol=0.01):
            return
    raise AssertionError("no recording of the room lies over it")


def test_features_do_not_depend_on_the_gain_of_the_far_microphone(room: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    sound, found = pair(generator), []
    for number, (gain, decibel) in enumerate([(1.0, 0.0), (0.5, 20 * np.log10(2))]):
        path = tmp_path / f"machine{number}.wav"
        soundfile.write(path, sound * (1.0, gain), RATE, subtype="FLOAT")
        features = settings(None, f"features.far_decibel={decibel}").features
        (batch,) = extract([Source(path)], features)
        found.append(batch.features)
    np.testing.assert_allclose(found[0], found[1], atol=0.01)


def test_recordings_of_the_room_without_use_are_refused(room: Path) -> None:
    words = resolve_settings("default", [f"features.noise_recordings='{room}'"])
    with pytest.raises(ConfigurationError, match="serve features.kind='statistics', and the kind is 'ali"):
        settle_noise(words)
    with pytest.raises(PipelineError, match="is no folder"):
        settle_noise(settings(room / "gone"))
    (room / "empty").mkdir()
    with pytest.raises(PipelineError, match="holds 0 recordings"):
        settle_noise(settings(room / "empty"))


@pytest.mark.parametrize(
    ("sound", "rate", "sentence"),
    [
        (np.full(RATE, 0.1) * np.arange(RATE) % 0.3, RATE, r"needs channels 1 and 2, and the file has 1"),
        (np.random.default_rng(0).normal(0, 0.1, (4_000, 2)), 4_000, r"recorded at 4,000 Hz, below .*=8000"),
        (np.stack([np.arange(RATE) % 9 / 9, np.zeros(RATE)], axis=1), RATE, r"no sound in channel 1 or 2"),
        (np.zeros((RATE, 2)), RATE, r"no sound in channel 1 or 2"),
    ],
    ids=["mono", "low rate", "dead", "silent"],
)
def test_one_that_cannot_be_used_is_named(room: Path, sound: np.ndarray, rate: int, sentence: str) -> None:
    soundfile.write(room / "z.wav", sound, rate, subtype="FLOAT")
    with pytest.raises(PipelineError, match=rf"z.wav of features.noise_recordings .*{sentence}"):
        settle_noise(settings(room))
