"""Is a corpus of one class alone enough for every figure about that class?"""

import json
from typing import Any

import numpy as np
import pytest

from pipeline.calibration.conformal import p_values
from pipeline.files import artefacts, tables
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET

RANKING = ("macro_auroc", "macro_auroc_ci95", "worst_word", "worst_auroc")
POOLED = ("pooled_auroc", "pooled_auroc_ci95", "macro_auroc_min10", "pooled_fpr_at_95tpr")


@pytest.fixture(scope="module")
def metrics(one_class_run: FinishedRun) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((one_class_run.path / "metrics.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def scores(one_class_run: FinishedRun) -> dict[str, np.ndarray]:
    columns = tables.read_table(one_class_run.path / "scores.parquet")
    return {name: np.array(values) for name, values in columns.items()}


def test_what_needs_another_class_is_empty_or_null(metrics: dict[str, Any]) -> None:
    assert metrics["words"] == {}
    assert metrics["baselines"] == {}
    assert [metrics[name] for name in (*RANKING, *POOLED)] == [None] * 8
    assert metrics["words_outranking_target"] == metrics["words_likelier_than_target"] == 0


def test_what_is_about_the_target_stands_as_ever(
    metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    assert [metrics[key] for key in ("n_train", "n_validation", "n_test_target", "set_aside")] == [
        36,
        12,
        12,
        0,
    ]
    is_test = scores["split"] == "test"
    assert metrics["target_mean_log_prob"] == pytest.approx(scores["log_prob"][is_test].mean(), rel=1e-12)
    assert metrics["calibration"]["false_alarm_rate_test"] == scores["flagged"][is_test].mean()
    assert metrics["calibration"]["n_calibration"] == 12
    assert set(metrics["typicality"]) == {"silence", "white noise", "a tone"}
    for term in metrics["terms"].values():
        assert term["macro_auroc"] is term["worst_auroc"] is None
        assert term["spread"] >= 0


def test_p_values_are_those_of_the_validation_clips(
    one_class_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    calibration = artefacts.read_arrays(one_class_run.path / "model" / "calibration.npz")["score"]
    np.testing.assert_array_equal(scores["p_value"], p_values(calibration, scores["score"]))


def test_scores_do_not_depend_on_whether_there_are_other_classes(
    one_class_run: FinishedRun, finished_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    # The same seed writes the same clips of the target, which are written first.
    with_others = tables.read_table(finished_run.path / "scores.parquet")
    own = dict(zip(with_others["path"], with_others["score"], strict=True))
    assert [own[path] for path in scores["path"]] == scores["score"].tolist()


def test_a_list_of_one_part_is_promised_for_that_part(metrics: dict[str, Any]) -> None:
    _, listed, _ = metrics["calibration"]["guarantee"]
    # The smallest p-value is 1/13: a list takes k of 12 clips with 1/13 <= 0.1 k / 12, so k >= 9.2.
    assert "for the 12 test clips under the target's name; a list starts at 10 clips that are" in listed
    assert "other names" not in listed


def test_the_strangest_clips_are_printed_in_place_of_words(
    one_class_run: FinishedRun, metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    lines = one_class_run.ended.out.splitlines()
    assert lines[0].split("  ")[0] == f"strangest of {TARGET}"
    tested = np.flatnonzero(scores["split"] == "test")
    strangest = tested[np.argsort(-scores["score"][tested], kind="stable")][:8]
    assert [line.split()[0] for line in lines[1:9]] == scores["path"][strangest].tolist()
    assert lines[9] == ""
    assert lines[10].startswith("verdict: no other class has a test clip, so nothing is ranked; the 12 test")
    assert lines[11].startswith(f"hardest: {lines[1].split()[0]}, {lines[1].split()[1]} nats")
    assert [line.split(":")[0] for line in lines[12:]] == ["decisions", "report", "next"]
    assert not any(word in one_class_run.ended.out for word in ("nan", "None", "other word "))


def test_nobody_is_told_of_the_curves_of_absent_words(one_class_run: FinishedRun) -> None:
    told = [json.loads(line) for line in one_class_run.ended.err.splitlines()]
    notes = [one["message"] for one in told if one["event"] == "note"]
    assert not any("no curve is drawn" in note or "words" in note for note in notes)


def test_all_that_a_whole_call_tells_is_lines_of_json_where_asked(one_class_run: FinishedRun) -> None:
    told = [json.loads(line) for line in one_class_run.ended.err.splitlines()]
    keys = ["time", "level", "event", "stage", "message"]
    assert all(list(one)[:5] == keys and one["message"] for one in told)
    begun = [one["stage"] for one in told if one["event"] == "stage_begin"]
    ended = [one["stage"] for one in told if one["event"] == "stage_end"]
    assert begun == ended == ["features", "train", "evaluate", "report"]
    assert {one["level"] for one in told} <= {"info", "warning"}
