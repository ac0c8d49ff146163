"""Is a detector in Python the run of the command line, score by score, and does it travel whole?"""

import json
import os
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline import Detector, PipelineError, fit, load_run
from pipeline.runs import read_reasons
from tests.command import QUICK, call, flip_a_bit
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET

# The same numbers as QUICK, as Python takes them.
SETTINGS: dict[str, Any] = {
    "model": {"n_layers": 1, "hidden_units": [16]},
    "features": {"n_bands": 32, "n_workers": 1},
    "training": {"max_epochs": 2, "monitored_words": ("one",)},
    "evaluation.n_bootstrap": 100,
    "evaluation.alpha": 0.2,
}


@pytest.fixture(scope="module")
def detector(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """A detector of the tiny corpus; never changed by a test."""
    run = tmp_path_factory.mktemp("interface") / "run"
    return fit(tiny_corpus, target=TARGET, preset="fft", run=run, **SETTINGS)


@pytest.fixture(scope="module")
def clips(tiny_corpus: Path) -> list[Path]:
    """Three clips of each of two words."""
    return [path for word in (TARGET, "one") for path in sorted((tiny_corpus / word).iterdir())[:3]]


def scored_by_command(run: Path, *paths: Path) -> list[dict[str, Any]]:
    ended = call("score", f"--run={run}", *paths)
    assert ended.status in (0, 3), ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def one_line(error: pytest.ExceptionInfo[PipelineError]) -> str:
    (sentence,) = str(error.value).splitlines()
    return sentence


@pytest.mark.parametrize("name", ["config.toml", "manifest.parquet", "model/weights.npz", "history.csv"])
def test_a_fit_leaves_the_bytes_of_the_command_line(
    name: str, detector: Detector, finished_run: FinishedRun
) -> None:
    assert (detector.run_path / name).read_bytes() == (finished_run.path / name).read_bytes()


def test_the_command_line_finds_nothing_to_do_in_a_run_of_python(
    detector: Detector, tiny_corpus: Path
) -> None:
    ended = call("train", f"--corpus={tiny_corpus}", f"--run={detector.run_path}", *QUICK)
    assert ended.err.count("skipped") == 2, ended.err


def test_a_second_fit_makes_nothing_again(detector: Detector, tiny_corpus: Path) -> None:
    again = fit(tiny_corpus, target=TARGET, preset="fft", run=detector.run_path, **SETTINGS)
    assert [note.split(",")[0] for note in again.notes] == ["features: skipped", "train: skipped"]


def test_files_have_the_lines_of_the_command_line(detector: Detector, clips: list[Path]) -> None:
    rows = detector.score_files(clips).to_pylist()
    lines = scored_by_command(detector.run_path, *clips)
    assert [{key: row[key] for key in line} for row, line in zip(rows, lines, strict=True)] == lines


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_name_that_is_not_utf8_keeps_its_bytes(
    detector: Detector, clips: list[Path], tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"a\xff.wav")
    shutil.copy(clips[0], odd)
    rows = detector.score_files([clips[0], odd]).to_pylist()
    lines = scored_by_command(detector.run_path, clips[0], odd)
    assert [row["path_bytes"] for row in rows] == [None, lines[1]["path_bytes"]]


def test_no_file_is_a_table_without_rows(detector: Detector) -> None:
    table = detector.score_files([])
    assert len(table) == 0 and table.column_names[0] == "path"


def test_a_folder_has_a_row_for_each_of_its_files(detector: Detector, tiny_corpus: Path) -> None:
    assert len(detector.score_files(tiny_corpus / "one")) == len(list((tiny_corpus / "one").iterdir()))


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
def test_a_waveform_has_the_score_of_its_file(dtype: str, detector: Detector, clips: list[Path]) -> None:
    lines = scored_by_command(detector.run_path, *clips)
    for path, line in zip(clips, lines, strict=True):
        score = detector.score(*soundfile.read(path, dtype=dtype))
        assert (score.score, score.log_prob, score.p_value, score.is_anomaly) == (
            line["score"],
            line["log_prob"],
            line["p_value"],
            line["flagged"],
        )


def test_many_waveforms_have_the_scores_of_each(detector: Detector, clips: list[Path]) -> None:
    waveforms = [soundfile.read(path)[0] for path in clips]
    alone = [detector.score(waveform, 16_000).score for waveform in waveforms]
    assert detector.score_samples(waveforms, 16_000).tolist() == alone


def test_what_is_above_the_threshold_is_flagged(detector: Detector, tiny_corpus: Path) -> None:
    table = detector.score_files([tiny_corpus / TARGET, tiny_corpus / "one"])
    above = table["score"].to_numpy() > detector.threshold
    assert above.any() and not above.all()
    assert above.tolist() == table["flagged"].to_pylist()


def test_nats_above_usual_are_those_of_the_evaluated_run(
    finished_run: FinishedRun, detector: Detector
) -> None:
    import pyarrow.parquet

    evaluated = pyarrow.parquet.read_table(finished_run.path / "scores.parquet").slice(0, 5).to_pydict()
    rows = detector.score_files([finished_run.corpus / path for path in evaluated["path"]])
    # The flow is compiled for another number of clips, so the last digits may differ.
    found = rows["nats_above_usual"].to_pylist()
    assert found == pytest.approx(evaluated["nats_above_usual"], rel=1e-5, abs=1e-4)


def test_terms_sum_to_the_score(detector: Detector, clips: list[Path]) -> None:
    told = detector.explain(clips[-1])
    assert sum(told.terms.values()) == pytest.approx(told.score.score, rel=1e-6)
    assert told == detector.explain(*soundfile.read(clips[-1]))


def test_a_clip_has_the_reason_of_the_report(
    detector: Detector, finished_run: FinishedRun, clips: list[Path]
) -> None:
    told = detector.explain(clips[-1])
    known = read_reasons(finished_run.path)[clips[-1].relative_to(finished_run.corpus).as_posix()]
    assert (told.reason, told.evidence, told.nearest_path) == (
        known.reason,
        known.evidence,
        known.nearest_path,
    )


def test_a_fault_of_a_recording_is_told_with_its_numbers(detector: Detector) -> None:
    told = detector.explain(np.zeros(16_000, np.float32), 16_000)
    assert told.score.tags == ("silence",)
    assert len(told.faults) == 1


def test_a_detector_says_what_it_is(detector: Detector) -> None:
    shown = repr(detector)
    assert shown.startswith("Detector(target='zero', preset='fft', n_clips=36, created='20")


def test_a_saved_detector_scores_the_same(detector: Detector, clips: list[Path], tmp_path: Path) -> None:
    saved = detector.save(tmp_path / "below" / "saved")
    assert sorted(path.name for path in saved.run_path.parent.iterdir()) == ["saved"]
    loaded = load_run(saved.run_path)
    assert loaded.score_files(clips) == detector.score_files(clips)
    assert loaded.created == detector.created


def test_a_pickled_detector_needs_no_other_file(detector: Detector, clips: list[Path]) -> None:
    again = pickle.loads(pickle.dumps(detector))
    assert again.run_path != detector.run_path
    assert again.score_files(clips) == detector.score_files(clips)
    folder = again.run_path
    del again
    assert not folder.exists()


def test_a_damaged_run_is_refused(detector: Detector, tmp_path: Path) -> None:
    saved = detector.save(tmp_path / "saved")
    flip_a_bit(saved.run_path / "model" / "weights.npz")
    with pytest.raises(PipelineError, match=r"weights.npz is damaged: its SHA-256 begins"):
        load_run(saved.run_path)
    with pytest.raises(PipelineError, match=r"weights.npz is damaged"):
        saved.save(tmp_path / "again")
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


def test_nothing_is_saved_over_what_is_there(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="is there already"):
        detector.save(tmp_path)


def test_a_path_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="no run stands at"):
        load_run(tmp_path / "absent")


def test_a_file_that_cannot_be_used_has_a_row_that_says_why(
    detector: Detector, clips: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    row = detector.score_files([clips[0], broken]).to_pylist()[1]
    assert (row["score"], row["p_value"], row["nats_above_usual"]) == (None, None, None)
    assert row["tags"][0].startswith("unusable: ")
    with pytest.raises(PipelineError, match=r"broken cannot be scored: unusable: "):
        detector.explain(broken)


@pytest.mark.parametrize(
    ("waveform", "rate", "told"),
    [
        (np.zeros((16_000, 2)), 16_000, r"16000 channels of 2 samples, and 32 channels are the most"),
        (np.zeros((1, 1, 5)), 16_000, r"has the shape \[1, 1, 5\]"),
        (np.zeros(0), 16_000, r"has the shape \[0\]"),
        (np.array([0.0, np.nan, np.inf]), 16_000, r"has 2 samples of 3 that are NaN or infinite"),
        (np.array(["a"]), 16_000, r"is of <U1; give samples of float32"),
        (np.zeros(16_000), 22_050.5, r"sample_rate=22050.5 is no rate"),
        (np.zeros(16_000), None, r"sample_rate=None is no rate"),
        (np.zeros(16_000), 500, r"cannot be scored: unusable: sample_rate"),
    ],
)
def test_what_is_no_waveform_is_refused_in_one_sentence(
    waveform: np.ndarray, rate: Any, told: str, detector: Detector
) -> None:
    with pytest.raises(PipelineError, match=told) as error:
        detector.score(waveform, rate)
    assert one_line(error).startswith("waveform 0 ") or "sample_rate" in one_line(error)


def test_a_path_that_is_absent_is_refused(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="No such file"):
        detector.score_files(tmp_path / "absent.wav")


def test_calls_are_silent_unless_progress_is_asked_for(
    detector: Detector, clips: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    detector.score_files(clips)
    assert capfd.readouterr() == ("", "")
    load_run(detector.run_path, progress=True).score_files(clips)
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("score: 6/6 files")
