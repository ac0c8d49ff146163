"""Is every clip judged by models that were not fitted to its recording, and told when too little is left?"""

from typing import Any

import numpy as np
import pytest

from models.detector import Scores
from pipeline.calibration import rank_p_values, speaker_weights
from pipeline.detection import cross_fitting
from pipeline.detection.cross_fitting import CrossFit, cross_fit
from pipeline.errors import PipelineError
from pipeline.quality.record import QualityRecord
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.presets import resolve_settings
from tests.audit.audited_clips import record_of

SETTINGS = resolve_settings("sounds", target="normal")
N_OWN, N_OTHER = 24, 8


class DistanceDetector:
    """Scores by the distance from the mean of what it was fitted to; the first feature is the recording."""

    made: list["DistanceDetector"]
    n_flows = 1

    def __init__(self) -> None:
        self.heard: set[int] = set()
        self.scored: set[int] = set()
        type(self).made.append(self)

    def fit(self, train: np.ndarray, *rest: Any, **more: Any) -> list[Any]:
        self.heard, self.mean = {int(x) for x in train[:, 0]}, train[:, 1:].mean(axis=0)
        return []

    def score(self, features: np.ndarray) -> Scores:
        self.scored |= {int(x) for x in features[:, 0]}
        distance = np.abs(features[:, 1:] - self.mean).sum(axis=1)
        return Scores(log_prob=-distance, terms={"near": 0.75 * distance, "far": 0.25 * distance})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[DistanceDetector]:
    """The detectors that are made from now on."""
    DistanceDetector.made = []
    monkeypatch.setattr(cross_fitting, "make_detector", lambda shape, settings: DistanceDetector())
    return DistanceDetector.made


def clips(n_each: int = 2) -> ClipTable:
    """Twenty-four clips of twelve recordings in six folds, and eight clips of another class."""
    n = N_OWN + N_OTHER
    recording = np.arange(n) // n_each
    features = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    features[:, 0] = recording
    own = np.arange(n) < N_OWN
    names = np.array([f"r{number}" for number in recording], object)
    return ClipTable(
        path=np.array([f"{i:02d}.wav" for i in range(n)], object),
        word=np.where(own, "normal", "broken").astype(object),
        speaker=names,
        recording=names,
        split=np.where(own, [f"fold_{number % 6}" for number in recording], "test").astype(object),
        status=np.array(["ok"] * n, object),
        reason=np.array([""] * n, object),
        features=features,
    )


def crossed(table: ClipTable, record: QualityRecord | None = None) -> CrossFit:
    return cross_fit(table, table.rows("normal"), record or record_of(table), SETTINGS)


def test_no_clip_is_scored_by_a_model_that_was_fitted_to_its_recording(made: list[DistanceDetector]) -> None:
    crossed(clips())
    assert len(made) == 6
    own = set(range(N_OWN // 2))
    for model in made:
        assert model.heard < own
        assert not model.heard & model.scored
    assert set.union(*(model.scored & own for model in made)) == own


def test_each_row_has_one_score_and_its_terms_sum_to_it(made: list[DistanceDetector]) -> None:
    table = clips()
    table.status[3] = "set_aside"
    found = crossed(table)
    assert found.rows.tolist() == [row for row in range(N_OWN + N_OTHER) if row != 3]
    columns = found.columns
    assert columns["term_near"] + columns["term_far"] == pytest.approx(columns["score"])
    assert found.counts.as_json() == {"n_clips": 23, "n_recordings": 12, "n_speakers": 12, "n_folds": 6}


def test_another_class_has_the_mean_over_all_folds(made: list[DistanceDetector]) -> None:
    table = clips()
    found = crossed(table)
    scores = [model.score(table.take(np.arange(N_OWN, N_OWN + N_OTHER))).score for model in made]
    assert found.columns["score"][N_OWN:] == pytest.approx(np.mean(scores, axis=0))


def test_p_values_count_each_fold_against_its_own_model(made: list[DistanceDetector]) -> None:
    table = clips()
    found = crossed(table)
    own, other = np.arange(N_OWN), np.arange(N_OWN, N_OWN + N_OTHER)
    expected = np.ones(N_OTHER)
    for fold, model in enumerate(made):
        held_out = own[table.split[own] == f"fold_{fold}"]
        strange = model.score(table.take(held_out)).score[:, None] >= model.score(table.take(other)).score
        expected += 0.5 * strange.sum(axis=0)  # two clips a recording
    assert found.columns["p_value"][N_OWN:] == pytest.approx(expected / 13)
    ranks = rank_p_values(
        found.calibration, speaker_weights(table.speaker[own]), table.speaker[own],
        found.columns["score"][:N_OWN], table.speaker[own],
    )  # fmt: skip
    assert found.columns["p_value"][:N_OWN] == pytest.approx(ranks)


def test_copies_of_a_held_out_clip_are_not_fitted_to(made: list[DistanceDetector]) -> None:
    table = clips(n_each=1)
    sounds = list(map(str, range(len(table.path))))
    record = record_of(table, [*sounds[:5], sounds[0], *sounds[6:]])
    crossed(table, record)
    for model in made:
        assert not ({0, 5} & model.heard and {0, 5} & model.scored)


def test_silence_is_no_copy_of_silence(made: list[DistanceDetector]) -> None:
    table = clips(n_each=1)
    record = record_of(table, [""] * len(table.path))
    crossed(table, record)
    assert all(len(model.heard) == N_OWN - N_OWN // 6 for model in made)


def test_clips_that_are_left_out_are_scored_and_do_not_calibrate(made: list[DistanceDetector]) -> None:
    table = clips()
    learned = table.rows("normal")[4:]
    found = cross_fit(table, learned, record_of(table), SETTINGS)
    assert len(found.calibration) == N_OWN - 4 and len(found.columns["score"]) == N_OWN + N_OTHER
    assert not {0, 1} & set.union(*(model.heard for model in made))
    # The ten recordings that are left calibrate: 1 / (10 + 1) is the least.
    assert found.columns["p_value"][:4].min() >= 1 / 11 - 1e-12


def test_a_class_of_nothing_but_copies_ends_with_what_to_do(made: list[DistanceDetector]) -> None:
    table = clips()
    record = record_of(table, ["one sound"] * len(table.path))
    with pytest.raises(PipelineError, match=r"fold of 00\.wav has 0 other clips .* at least 3 are needed"):
        crossed(table, record)


def test_a_recording_of_both_classes_is_held_out_as_one(made: list[DistanceDetector]) -> None:
    table = clips()
    shared = N_OWN + 2
    table.features[shared], table.speaker[shared] = [4, 9, 9, 9], "r4"
    found = crossed(table)
    for model in made:
        assert not model.heard & model.scored
    (judge,) = (model for model in made if 4 not in model.heard)
    assert found.columns["score"][shared] == pytest.approx(judge.score(table.take([shared])).score[0])
    # It is compared with the other eleven recordings.
    assert found.columns["p_value"][shared] == pytest.approx(1 / 12)


def test_another_class_is_not_needed(made: list[DistanceDetector]) -> None:
    table = clips()
    table.status[N_OWN:] = "set_aside"
    assert len(crossed(table).columns["score"]) == N_OWN
