"""Has each living channel the features that it has alone?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.features.batches import extract
from pipeline.features.records import FeatureBatch, Source
from pipeline.settings.presets import resolve_settings

RATE = 8_000


def features(path: Path, sound: np.ndarray, rule: str) -> FeatureBatch:
    """Write a file and return its batch."""
    soundfile.write(path, sound, RATE)
    changes = [f"features.channels={rule}", f"features.recording_rate={RATE}", "features.n_workers=1"]
    (batch,) = extract([Source(path)], resolve_settings("sounds", changes).features)
    return batch


@pytest.fixture
def sounds() -> np.ndarray:
    """Four channels: two that live, one of zeros, and a copy of the first."""
    noise = 0.1 * np.random.default_rng(0).standard_normal((2 * RATE, 2))
    return np.stack([noise[:, 0], np.zeros(2 * RATE), np.cumsum(noise[:, 1]) / 50, noise[:, 0]], axis=1)


def test_each_channel_has_the_features_that_it_has_alone(sounds: np.ndarray, tmp_path: Path) -> None:
    (fact,) = features(tmp_path / "all.wav", sounds, "largest").facts
    assert fact.channels == (1, 3)
    assert fact.measures.dead_channels == 1
    assert fact.channel_features is not None
    for number, found in zip(fact.channels, fact.channel_features, strict=True):
        alone = features(tmp_path / "one.wav", sounds[:, number - 1], "largest").features[0]
        np.testing.assert_array_equal(found, alone)


def test_a_mix_and_copies_have_one_row(sounds: np.ndarray, tmp_path: Path) -> None:
    assert features(tmp_path / "mix.wav", sounds, "mix").facts[0].channels == ()
    assert features(tmp_path / "copies.wav", sounds[:, [0, 3]], "largest").facts[0].channels == ()
