"""Is each clip of the target judged once, by a model that was fitted to no clip of its speaker?"""

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from models.detector import Scores
from pipeline.audit.fitting import audited_settings, score_fold, strangest
from pipeline.audit.folds import folds_by_speaker
from pipeline.errors import ConfigurationError
from pipeline.files import artefacts
from tests.audit.audited_clips import (
    N_CLIPS,
    N_SPEAKERS,
    MeanDetector,
    audited,
    clips,
    columns_of,
    fitted_detectors,
    settings_with,
)
from tests.recording_engine import RecordingEngine


@pytest.fixture
def detectors(monkeypatch: pytest.MonkeyPatch) -> list[MeanDetector]:
    """The detectors that are fitted while the test runs."""
    return fitted_detectors(monkeypatch)


def test_no_model_scores_a_speaker_that_it_heard(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    used = detectors[1::2]
    assert len(used) == 4
    for detector, first in zip(used, detectors[::2], strict=True):
        assert not detector.scored & (detector.heard | first.heard)
        assert len(detector.scored | first.heard) == N_SPEAKERS


def test_each_fold_is_one_task_of_the_engine(detectors: list[MeanDetector], tmp_path: Path) -> None:
    engine = RecordingEngine()
    audited(tmp_path, clips(), settings_with(), engine=engine)
    assert engine.n_batches == {"_scores_of": 4, "_near_after": 1}


def test_every_usable_clip_of_the_target_is_listed_once(
    detectors: list[MeanDetector], tmp_path: Path
) -> None:
    table = clips()
    columns = columns_of(audited(tmp_path, table, settings_with()))
    assert sorted(columns["path"]) == sorted(table.path[table.rows("zero")])
    assert columns["rank"].tolist() == list(range(1, N_CLIPS))
    assert set(columns["split"]) == {"train", "validation", "test"}


def test_every_row_keeps_the_facts_of_its_clip(detectors: list[MeanDetector], tmp_path: Path) -> None:
    table = clips()
    columns = columns_of(audited(tmp_path, table, settings_with()))
    place = {path: row for row, path in enumerate(table.path)}
    rows = [place[path] for path in columns["path"]]
    assert columns["speaker"].tolist() == table.speaker[rows].tolist()
    assert columns["split"].tolist() == table.split[rows].tolist()
    for k in range(1, 5):
        assert {int(name) for name in columns["speaker"][columns["fold"] == k]} == detectors[2 * k - 1].scored


def test_the_terms_sum_to_the_score_in_nats(detectors: list[MeanDetector], tmp_path: Path) -> None:
    columns = columns_of(audited(tmp_path, clips(), settings_with()))
    np.testing.assert_allclose(columns["term_near"] + columns["term_far"], columns["score_nats"])


def test_the_contrast_of_a_recording_is_no_part_of_the_score(
    detectors: list[MeanDetector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = MeanDetector.score

    def with_contrast(self: MeanDetector, features: np.ndarray) -> Scores:
        scores = score(self, features)
        return Scores(log_prob=scores.log_prob, terms={**scores.terms, "contrast": 1e3 + features[:, 0]})

    expected = columns_of(audited(tmp_path / "without", clips(), settings_with()))
    monkeypatch.setattr(MeanDetector, "score", with_contrast)
    columns = columns_of(audited(tmp_path / "with", clips(), settings_with()))
    assert columns["term_contrast"].min() >= 1e3
    for name in ("path", "score_nats", "p_value"):
        assert columns[name].tolist() == expected[name].tolist()


def test_the_models_of_a_template_see_the_views_of_the_audit() -> None:
    settings = settings_with('audit.views=["timbre","levels"]')
    assert audited_settings(settings).model.views == ("timbre", "levels")
    assert audited_settings(settings_with("audit.views=[]")).model.views == settings.model.views


def test_planted_clips_come_out_on_top(detectors: list[MeanDetector], tmp_path: Path) -> None:
    columns = columns_of(audited(tmp_path, clips(n_planted=7), settings_with()))
    assert sorted(columns["path"][:7]) == [f"zero/{i:03d}.wav" for i in range(7)]


def test_within_a_fold_a_stranger_clip_has_no_larger_p_value(
    detectors: list[MeanDetector], tmp_path: Path
) -> None:
    columns = columns_of(audited(tmp_path, clips(n_planted=7), settings_with()))
    for k in range(1, 5):
        of_fold = columns["p_value"][columns["fold"] == k]
        assert np.all(np.diff(of_fold) >= 0)
        assert of_fold.min() >= artefacts.read_json(tmp_path / "audit" / "audit.json")["p_value_floor"]


def test_p_values_of_right_clips_keep_their_promise(detectors: list[MeanDetector]) -> None:
    """At most a tenth of clips that are like all others have a p-value of at most 0.1.

    One clip a seed is looked at, for p-values of one calibration set hang together.
    """
    n_seeds = 200
    settings = settings_with()
    n_below = 0
    for seed in range(n_seeds):
        table = clips(seed=seed)
        rows = table.rows("zero")
        fold = folds_by_speaker(table.speaker[rows], n_folds=4, validation_share=0.3, seed=0)[0]
        n_below += int(score_fold(table.take(rows), fold, settings).columns["p_value"][0] <= 0.1)
    # 41 calibration clips: a p-value is at most 0.1 with probability 4 / 42.
    assert (
        scipy.stats.binom.ppf(1e-4, n_seeds, 4 / 42)
        <= n_below
        <= scipy.stats.binom.ppf(1 - 1e-4, n_seeds, 0.1)
    )


def test_the_second_fit_goes_without_the_strangest(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(n_planted=7), settings_with("audit.trim_share=0.1"))
    for first, second in zip(detectors[::2], detectors[1::2], strict=True):
        assert len(second.train) == len(first.train) - int(0.1 * len(first.train))
        assert (second.train[:, 1] > 5).sum() == 0
        assert np.abs(second.mean[0]) <= np.abs(first.mean[0]) + 0.05


def test_without_trimming_each_fold_is_fitted_once(detectors: list[MeanDetector], tmp_path: Path) -> None:
    folder = audited(tmp_path, clips(), settings_with("audit.trim_share=0"))
    assert len(detectors) == 4
    assert [fold["n_left_out"] for fold in artefacts.read_json(folder / "audit.json")["folds"]] == [0] * 4


def test_trimming_leaves_enough_to_fit_on() -> None:
    assert strangest(np.arange(21.0), 0.4, least=20).tolist() == [False] * 20 + [True]
    assert not strangest(np.arange(5.0), 0.4, least=20).any()


def test_a_clip_without_a_finite_score_ranks_first(detectors: list[MeanDetector], tmp_path: Path) -> None:
    table = clips(n_planted=2)
    table.features[3, 2] = np.nan
    columns = columns_of(audited(tmp_path, table, settings_with()))
    assert columns["path"][0] == "zero/003.wav"
    assert columns["rank_one_class"][0] == 1
    assert np.isfinite(columns["score"]).all()


def test_the_summary_counts_clips_speakers_and_those_set_aside(
    detectors: list[MeanDetector], tmp_path: Path
) -> None:
    summary = artefacts.read_json(audited(tmp_path, clips(), settings_with()) / "audit.json")
    counted = {name: summary[name] for name in ("n_clips", "n_speakers", "set_aside", "n_folds")}
    assert counted == {"n_clips": N_CLIPS - 1, "n_speakers": N_SPEAKERS, "set_aside": 1, "n_folds": 4}
    assert sum(fold["n_held_out"] for fold in summary["folds"]) == N_CLIPS - 1


def test_a_protocol_that_hears_other_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="learns from the target's clips alone, and .*'auxiliary'"):
        audited(tmp_path, clips(), settings_with("training.protocol=auxiliary"))
