"""Has each recording a reason, a place, a nearest recording, and a map that sums to its score?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.flows import FitOptions
from models.sounds.detector import SoundDetector
from models.words import RecordedDuration
from pipeline.detection.trained import TrainedModel
from pipeline.errors import PipelineError
from pipeline.explanation.reasons import NO_REASON
from pipeline.explanation.sound_reasons import UNHEARD, SoundExplanations, explain_sounds
from pipeline.frontend.statistics import STATISTICS_VIEWS, statistics
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.presets import resolve_settings

RATE, SECONDS, N_TRAIN = 16_000, 2.0, 24


@dataclass(frozen=True)
class World:
    root: Path
    table: ClipTable
    model: TrainedModel
    score: np.ndarray

    def explained(self, rows: list[int]) -> SoundExplanations:
        chosen = np.array(rows, np.intp)
        fitted = np.arange(N_TRAIN)
        return explain_sounds(self.table, chosen, self.score[chosen], self.model, fitted, self.root)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """24 recordings of noise to learn from, one more of it, and one with a tone."""
    seconds = np.arange(round(SECONDS * RATE)) / RATE
    sounds = [0.1 * np.random.default_rng(seed).standard_normal(len(seconds)) for seed in range(N_TRAIN + 2)]
    sounds[-1] += 0.05 * np.sin(2 * np.pi * 2_200 * seconds)
    paths = [f"{number:02}.wav" for number in range(len(sounds))]
    for path, sound in zip(paths, sounds, strict=True):
        soundfile.write(tmp_path / path, sound, RATE)
    features = np.stack([statistics(sound.astype(np.float32), RATE) for sound in sounds])
    n = len(sounds)
    columns = {
        name: np.full(n, value, dtype=object)
        for name, value in {
            "word": "fan",
            "speaker": "",
            "split": "train",
            "status": "ok",
            "reason": "",
        }.items()
    }
    table = ClipTable(path=np.array(paths, dtype=object), **columns, features=features)
    settings = resolve_settings("sounds", ["features.recording_rate=16000"], target="fan")
    detector = SoundDetector(STATISTICS_VIEWS, n_folds=5, seed=0)
    train = features[:N_TRAIN]
    detector.fit(train, train[:2], FitOptions(), monitored={}, on_epoch=lambda epoch: None)
    model = TrainedModel(
        detector=detector,
        duration=RecordedDuration(weight=0.0),
        target="fan",
        features=settings.features,
        feature_shape=features.shape[1:],
        calibration=np.zeros(1),
    )
    return World(tmp_path, table, model, detector.score(features).score)


def test_a_tone_is_named_with_its_place(world: World):
    reasons = world.explained([N_TRAIN, N_TRAIN + 1]).reasons
    assert reasons["reason"] == [NO_REASON, "new tone"]
    assert reasons["low_hertz"] == [None, pytest.approx(2_200, abs=4)]
    assert reasons["rate_hertz"] == [None, None]
    assert "2,200 Hz" in reasons["evidence"][1]
    assert [mark["reason"] for mark in reasons["marks"][1]] == ["new tone"] and not reasons["marks"][0]
    # Noise has no cycle to lay over another.
    assert reasons["nearest_lag_seconds"] == [0.0, 0.0]
    assert reasons["evidence"][0].startswith("It deviates from usual recordings no more than these")


def test_maps_and_remainders_sum_to_the_scores(world: World):
    rows = [0, N_TRAIN, N_TRAIN + 1]
    maps = world.explained(rows).maps
    total = maps["attributions"].sum(axis=(1, 2), dtype=np.float64) + maps["remainder"]
    # Cells are float32, and there are thousands.
    np.testing.assert_allclose(total, world.score[rows], atol=1e-5)
    np.testing.assert_array_equal(maps["seconds"], [SECONDS] * 3)


def test_the_map_of_a_tone_is_densest_at_its_pitch(world: World):
    maps = world.explained([N_TRAIN + 1]).maps
    row = int(maps["attributions"][0].sum(axis=0).argmax())
    assert maps["edges_hertz"][row] <= 2_300 and maps["edges_hertz"][row + 1] >= 2_100


def test_a_training_recording_is_compared_with_the_others(world: World):
    reasons = world.explained([3]).reasons
    assert reasons["nearest_path"][0] != "03.wav"
    assert reasons["nearest_distance"][0] > 0.0


def test_a_recording_that_is_gone_says_so_and_has_no_map(world: World):
    (world.root / f"{N_TRAIN}.wav").unlink()
    explained = world.explained([N_TRAIN, N_TRAIN + 1])
    assert explained.reasons["reason"] == [UNHEARD, "new tone"]
    assert explained.reasons["evidence"][0] == "The file cannot be read again: No such file or directory."
    assert explained.maps["path"].tolist() == [f"{N_TRAIN + 1}.wav"]


def test_a_corpus_that_is_gone_is_one_sentence(world: World):
    for number in range(N_TRAIN - 2):
        (world.root / f"{number:02}.wav").write_bytes(b"no sound")
    with pytest.raises(
        PipelineError, match="2 of the 24 recordings that were learned from can be read again"
    ):
        world.explained([N_TRAIN])


def test_nothing_to_explain_is_no_error(world: World):
    explained = world.explained([])
    assert explained.maps == {} and explained.reasons["path"] == []
