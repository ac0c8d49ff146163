"""What does an audit look like whose models are fitted in no time?

The detectors here are densities that NumPy can fit in no time: a Gaussian of one deviation around the mean.
A clip's features carry its speaker's number, so that a model can be asked whom it was fitted to.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.detector import Scores
from pipeline.audit import fitting
from pipeline.audit.stage import audit_target
from pipeline.files import tables
from pipeline.processes import working_with
from pipeline.quality.measures import ClipMeasures
from pipeline.quality.record import QualityRecord
from pipeline.quality.sketch import N_BANDS, N_FRAMES
from pipeline.runs.clip_table import ClipTable
from pipeline.runs.folder import RunFolder
from pipeline.settings.page import Settings
from pipeline.settings.presets import resolve_settings
from tests.recording_engine import RecordingEngine

N_SPEAKERS = 60
CLIPS_A_SPEAKER = 3
N_CLIPS = N_SPEAKERS * CLIPS_A_SPEAKER


class MeanDetector:
    """Remembers what it was given; the score is the squared distance from the training clips' mean."""

    n_flows = 1
    made: list["MeanDetector"]

    def fit(self, train: np.ndarray, validation: np.ndarray, options: Any, **others: Any) -> list[Any]:
        self.heard = {int(x) for x in np.concatenate([train, validation])[:, 0]}
        self.train, self.validation = train, validation
        self.mean = np.nanmean(train[:, 1:], axis=0)
        type(self).made.append(self)
        return []

    def score(self, features: np.ndarray) -> Scores:
        self.scored = {int(x) for x in features[:, 0]}
        distance = ((features[:, 1:] - self.mean) ** 2).sum(axis=1) / 2
        return Scores(log_prob=-distance, terms={"near": distance, "far": 0.0 * distance})


def fitted_detectors(monkeypatch: pytest.MonkeyPatch) -> list[MeanDetector]:
    """Return the list of the detectors that are fitted from now on."""
    MeanDetector.made = []
    monkeypatch.setattr(fitting, "make_detector", lambda shape, settings: MeanDetector())
    return MeanDetector.made


def settings_with(*overrides: str) -> Settings:
    return resolve_settings("default", ["audit.n_folds=4", *overrides], target="zero")


def clips(n_planted: int = 0, seed: int = 0) -> ClipTable:
    """Return clips of the target around the origin, the first of them wrong and far away."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(N_CLIPS + 5, 4))
    features[:n_planted, 1] += 8.0
    speaker = np.arange(N_CLIPS + 5) % N_SPEAKERS
    features[:, 0] = speaker
    splits = np.array(["train", "validation", "test"], object)[speaker % 3]
    word = np.array(["zero"] * N_CLIPS + ["one"] * 5, object)
    paths = np.array([f"{word[i]}/{i:03d}.wav" for i in range(len(word))], object)
    status = np.array(["ok"] * len(word), object)
    status[7] = "set_aside"
    return ClipTable(
        path=paths,
        word=word,
        speaker=speaker.astype(str).astype(object),
        split=splits,
        status=status,
        reason=np.array([""] * len(word), object),
        features=features.astype(np.float32),
    )


def record_of(table: ClipTable, sounds: Sequence[str] | None = None) -> QualityRecord:
    """Return what would be measured of sounds that have no fault and all differ, unless they are named."""
    n = len(table.path)
    sound = ClipMeasures(
        duration_seconds=1.0,
        peak_decibel=-6.0,
        loud_decibel=-20.0,
        contrast_decibel=50.0,
        start_drop_decibel=40.0,
        end_drop_decibel=40.0,
        loud_seconds=0.5,
    )
    sketches = np.random.default_rng(0).integers(1, 200, (n, N_FRAMES, N_BANDS))
    return QualityRecord.of(sounds or list(map(str, range(n))), [sound] * n, sketches.astype(np.uint8))


def audited(
    path: Path,
    table: ClipTable,
    settings: Settings,
    notes: list[str] | None = None,
    record: QualityRecord | None = None,
    verdicts: Mapping[str, Any] | None = None,
    engine: RecordingEngine | None = None,
) -> Path:
    told = list[str]() if notes is None else notes
    with working_with(engine or RecordingEngine()):
        return audit_target(
            RunFolder(path),
            table,
            settings,
            record=record or record_of(table),
            features_digest="f",
            say=lambda sentence, **numbers: told.append(sentence),
            verdicts=verdicts,
        )


def columns_of(folder: Path) -> dict[str, np.ndarray]:
    return {name: np.array(values) for name, values in tables.read_table(folder / "audit.parquet").items()}
