"""Is each clip judged by a model that never heard its speaker, and does a killed audit go on?

The detectors here are densities that NumPy can fit in no time: a Gaussian of one deviation around the mean.
A clip's features carry its speaker's number, so that a model can be asked whom it heard.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from command import contents

from models.detector import Scores
from pipeline import artefacts
from pipeline.audit import fitting
from pipeline.audit.apart import call_here
from pipeline.audit.fitting import audited_settings, score_fold, strangest
from pipeline.audit.folds import folds_by_speaker
from pipeline.audit.stage import audit_target
from pipeline.clip_table import ClipTable
from pipeline.errors import ArtefactError, ConfigurationError
from pipeline.presets import resolve_settings
from pipeline.quality.measures import MEASURES, ClipMeasures
from pipeline.quality.record import QualityRecord
from pipeline.quality.sketch import N_BANDS, N_FRAMES
from pipeline.run import RunFolder
from pipeline.settings import Settings

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


@pytest.fixture
def detectors(monkeypatch: pytest.MonkeyPatch) -> list[MeanDetector]:
    """The detectors that are fitted while the test runs."""
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


def record_of(table: ClipTable) -> QualityRecord:
    """Return what would be measured of sounds that all differ and have no fault."""
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
    return QualityRecord(
        sound_sha256=np.array([f"{row}" for row in range(n)], object),
        measures=np.array([[getattr(sound, name) for name in MEASURES]] * n),
        sketches=sketches.astype(np.uint8),
    )


def audited(
    path: Path,
    table: ClipTable,
    settings: Settings,
    notes: list[str] | None = None,
    record: QualityRecord | None = None,
) -> Path:
    told = list[str]() if notes is None else notes
    return audit_target(
        RunFolder(path),
        table,
        settings,
        record=record or record_of(table),
        features_digest="f",
        say=told.append,
        call=call_here,
    )


def columns_of(folder: Path) -> dict[str, np.ndarray]:
    return {name: np.array(values) for name, values in artefacts.read_table(folder / "audit.parquet").items()}


def test_no_model_scores_a_speaker_that_it_heard(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    used = detectors[1::2]
    assert len(used) == 4
    for detector, first in zip(used, detectors[::2], strict=True):
        assert not detector.scored & (detector.heard | first.heard)
        assert len(detector.scored | first.heard) == N_SPEAKERS


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


def test_a_second_audit_is_skipped(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    before, notes = contents(tmp_path), list[str]()
    audited(tmp_path, clips(), settings_with("audit.n_listed=3", 'training.monitored_words=["one"]'), notes)
    assert (len(detectors), contents(tmp_path)) == (8, before)
    assert notes == ["audit: skipped, nothing that it depends on has changed"]


def test_another_number_or_label_makes_the_audit_again(detectors: list[MeanDetector], tmp_path: Path) -> None:
    table, notes = clips(), list[str]()
    audited(tmp_path, table, settings_with(), notes)
    audited(tmp_path, table, settings_with("audit.trim_share=0.2"), notes)
    table.word[-1] = "zero"
    audited(tmp_path, table, settings_with("audit.trim_share=0.2"), notes)
    assert notes == [
        "audit: running, not done yet",
        "audit: running, audit.trim_share changed from 0.1 to 0.2",
        "audit: running, clips changed",
    ]


def test_people_s_verdicts_make_the_audit_again(detectors: list[MeanDetector], tmp_path: Path) -> None:
    notes = list[str]()
    changes: list[dict[str, Any]] = [{}, {"verdicts": {"digest": "v"}}]
    for verdicts in changes:
        audit_target(
            RunFolder(tmp_path),
            clips(),
            settings_with(),
            record=record_of(clips()),
            features_digest="f",
            say=notes.append,
            verdicts=verdicts,
            call=call_here,
        )
    assert notes == ["audit: running, not done yet", "audit: running, verdicts changed"]


def test_a_killed_audit_goes_on_with_the_folds_that_are_left(
    detectors: list[MeanDetector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = columns_of(audited(tmp_path / "whole", clips(), settings_with()))
    detectors.clear()
    fit = MeanDetector.fit

    def killed(self: MeanDetector, *given: Any, **more: Any) -> list[Any]:
        if len(detectors) == 5:
            raise KeyboardInterrupt
        return fit(self, *given, **more)

    monkeypatch.setattr(MeanDetector, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        audited(tmp_path / "killed", clips(), settings_with())
    assert not (tmp_path / "killed" / "audit").exists()
    monkeypatch.setattr(MeanDetector, "fit", fit)
    detectors.clear()
    columns = columns_of(audited(tmp_path / "killed", clips(), settings_with()))
    assert len(detectors) == 4
    assert {name: values.tolist() for name, values in columns.items()} == {
        name: values.tolist() for name, values in expected.items()
    }


def test_folds_of_other_settings_are_not_taken_over(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path / "a", clips(), settings_with())
    fold = tmp_path / "b" / "audit_folds" / "fold_1"
    with RunFolder(fold.parent).stage("fold_1", {"version": 0}) as folder:
        artefacts.write_json(folder.own / "fold.json", {})
    detectors.clear()
    audited(tmp_path / "b", clips(), settings_with())
    assert len(detectors) == 8


def test_nothing_of_the_folds_is_left_behind(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    assert sorted(contents(tmp_path)) == [
        f"audit/{name}" for name in ("audit.csv", "audit.json", "audit.parquet", "record.json")
    ]


def test_a_damaged_list_is_refused(detectors: list[MeanDetector], tmp_path: Path) -> None:
    folder = audited(tmp_path, clips(), settings_with())
    (folder / "audit.csv").write_text("path\n")
    with pytest.raises(ArtefactError, match=r"audit.csv is damaged"):
        audited(tmp_path, clips(), settings_with())


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
