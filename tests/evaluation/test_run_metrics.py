"""Do the figures of a whole run have the promised shape, and follow from its scores?"""

import html
import json
from typing import Any

import numpy as np
import pytest

from pipeline.calibration.conformal import benjamini_hochberg, p_values
from pipeline.evaluation.metrics import auroc, fpr_at_tpr, partial_auroc
from pipeline.files import artefacts, tables
from tests.conftest import FinishedRun
from tests.tiny_corpus import FORMANTS, TARGET

OTHERS = sorted(set(FORMANTS) - {TARGET})
METRICS: dict[str, Any] = {
    "target": str,
    "preset": str,
    "protocol": str,
    "corpus": str,
    "corpus_sha256": str,
    "n_train": int,
    "n_validation": int,
    "n_test_target": int,
    "set_aside": int,
    "target_mean_log_prob": float,
    "words": dict,
    "macro_auroc": float,
    "worst_word": str,
    "worst_auroc": float,
    "words_outranking_target": int,
    "words_likelier_than_target": int,
    "baselines": dict,
    "calibration": dict,
}
WORD = {
    "n": int,
    "mean_log_prob": float,
    "auroc": float,
    "auroc_ci95": list,
    "pauc_0.1": float,
    "fpr_at_95tpr": float,
}

CALIBRATION = {
    "alpha": float,
    "false_alarm_rate_test": float,
    "n_calibration": int,
    "floor": float,
    "is_shared_with_stopping": bool,
    "n_flagged": int,
    "n_flagged_target_test": int,
    "fdr": float,
    "n_listed": int,
    "n_listed_target_test": int,
    "guarantee": list,
}


@pytest.fixture(scope="module")
def metrics(finished_run: FinishedRun) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def scores(finished_run: FinishedRun) -> dict[str, np.ndarray]:
    columns = tables.read_table(finished_run.path / "scores.parquet")
    return {name: np.array(values) for name, values in columns.items()}


def of(scores: dict[str, np.ndarray], word: str, split: str = "test") -> np.ndarray:
    return (scores["word"] == word) & (scores["split"] == split)


def test_metrics_have_the_promised_keys_and_types(metrics: dict[str, Any]) -> None:
    assert {key: type(metrics[key]) for key in METRICS} == METRICS
    assert sorted(metrics["words"]) == OTHERS
    for figures in metrics["words"].values():
        assert {key: type(value) for key, value in figures.items()} == WORD
        assert all(type(bound) is float for bound in figures["auroc_ci95"])
        assert len(figures["auroc_ci95"]) == 2
    assert {key: type(metrics["baselines"]["gaussian"][key]) for key in ("macro_auroc", "worst_auroc")} == {
        "macro_auroc": float,
        "worst_auroc": float,
    }
    assert {key: type(value) for key, value in metrics["calibration"].items()} == CALIBRATION


def test_the_protocol_is_one_class(metrics: dict[str, Any]) -> None:
    assert metrics["protocol"] == "one-class"


def test_the_counts_are_those_of_the_splits(metrics: dict[str, Any]) -> None:
    counts = [metrics[key] for key in ("n_train", "n_validation", "n_test_target", "set_aside")]
    assert counts == [36, 12, 12, 0]
    assert {figures["n"] for figures in metrics["words"].values()} == {4}


@pytest.mark.parametrize("word", OTHERS)
def test_a_words_figures_follow_from_the_scores(
    word: str, metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    figures = metrics["words"][word]
    normal, other = scores["score"][of(scores, TARGET)], scores["score"][of(scores, word)]
    assert figures["auroc"] == pytest.approx(auroc(normal, other), abs=1e-12)
    assert figures["pauc_0.1"] == pytest.approx(partial_auroc(normal, other), abs=1e-12)
    assert figures["fpr_at_95tpr"] == pytest.approx(fpr_at_tpr(normal, other), abs=1e-12)
    assert figures["mean_log_prob"] == pytest.approx(scores["log_prob"][of(scores, word)].mean(), rel=1e-12)


@pytest.mark.parametrize("word", OTHERS)
def test_an_interval_holds_its_figure(word: str, metrics: dict[str, Any]) -> None:
    low, high = metrics["words"][word]["auroc_ci95"]
    assert 0 <= low <= metrics["words"][word]["auroc"] <= high <= 1


def test_the_summary_follows_from_the_words(metrics: dict[str, Any], scores: dict[str, np.ndarray]) -> None:
    aurocs = {word: figures["auroc"] for word, figures in metrics["words"].items()}
    assert metrics["macro_auroc"] == pytest.approx(np.mean(list(aurocs.values())), abs=1e-12)
    assert metrics["worst_auroc"] == min(aurocs.values()) == aurocs[metrics["worst_word"]]
    mean = {
        (column, word): scores[column][of(scores, word)].mean()
        for column in ("score", "log_prob")
        for word in FORMANTS
    }
    assert metrics["target_mean_log_prob"] == pytest.approx(mean["log_prob", TARGET], rel=1e-12)
    assert metrics["words_outranking_target"] == sum(
        mean["score", word] < mean["score", TARGET] for word in OTHERS
    )
    assert metrics["words_likelier_than_target"] == sum(
        mean["log_prob", word] > mean["log_prob", TARGET] for word in OTHERS
    )


def test_pooled_figures_are_those_of_all_other_clips_together(
    metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    normal = scores["score"][of(scores, TARGET)]
    others = scores["score"][(scores["word"] != TARGET) & (scores["split"] == "test")]
    assert metrics["pooled_auroc"] == pytest.approx(auroc(normal, others), abs=1e-12)
    assert metrics["pooled_fpr_at_95tpr"] == pytest.approx(fpr_at_tpr(normal, others), abs=1e-12)
    low, high = metrics["pooled_auroc_ci95"]
    assert 0 <= low <= metrics["pooled_auroc"] <= high <= 1
    assert metrics["macro_auroc_min10"] is None  # each word has four test clips


def test_a_clip_is_so_many_nats_above_the_median_calibration_clip(
    finished_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    calibration = artefacts.read_arrays(finished_run.path / "model" / "calibration.npz")["score"]
    np.testing.assert_array_equal(scores["nats_above_usual"], scores["score"] - np.median(calibration))


def test_p_values_are_those_of_the_validation_clips(
    finished_run: FinishedRun, metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    calibration = artefacts.read_arrays(finished_run.path / "model" / "calibration.npz")["score"]
    assert len(calibration) == metrics["calibration"]["n_calibration"]
    np.testing.assert_array_equal(scores["p_value"], p_values(calibration, scores["score"]))


def test_calibration_saw_no_clip_but_the_targets_train_and_validation_clips(
    finished_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    calibration = artefacts.read_arrays(finished_run.path / "model" / "calibration.npz")["score"]
    allowed = scores["score"][of(scores, TARGET, "validation") | of(scores, TARGET, "train")]
    assert set(calibration.tolist()) <= set(allowed.tolist())


def test_clips_are_flagged_by_their_p_value(metrics: dict[str, Any], scores: dict[str, np.ndarray]) -> None:
    alpha = metrics["calibration"]["alpha"]
    assert alpha == 0.2
    np.testing.assert_array_equal(scores["flagged"], scores["p_value"] <= alpha)
    rate = scores["flagged"][of(scores, TARGET)].mean()
    assert metrics["calibration"]["false_alarm_rate_test"] == pytest.approx(rate, abs=1e-12)


def test_the_list_is_that_of_each_part_by_itself(
    metrics: dict[str, Any], scores: dict[str, np.ndarray]
) -> None:
    listed = np.zeros(len(scores["path"]), bool)
    for part in (of(scores, TARGET), scores["word"] != TARGET):
        listed[part] = benjamini_hochberg(scores["p_value"][part], metrics["calibration"]["fdr"])
    np.testing.assert_array_equal(scores["fdr_listed"], listed)
    assert metrics["calibration"]["n_listed"] == listed.sum()


def test_clips_that_were_fitted_on_are_on_no_list(scores: dict[str, np.ndarray]) -> None:
    fitted = of(scores, TARGET, "train") | of(scores, TARGET, "validation")
    assert fitted.any()
    assert not scores["fdr_listed"][fitted].any()


def test_the_floor_and_the_guarantees_are_stated(metrics: dict[str, Any]) -> None:
    calibration = metrics["calibration"]
    assert calibration["floor"] == pytest.approx(1 / (calibration["n_calibration"] + 1))
    assert f"with {calibration['n_calibration']} calibration clips" in calibration["guarantee"][0]
    assert f"{calibration['floor']:.4g}" in calibration["guarantee"][2]


def test_validation_clips_too_few_for_two_halves_are_confessed(
    finished_run: FinishedRun, metrics: dict[str, Any]
) -> None:
    assert metrics["calibration"]["is_shared_with_stopping"]
    told = "the 12 validation clips of 4 speakers stop the training and calibrate"
    assert any(told in sentence for sentence in metrics["warnings"]) or told in finished_run.ended.err


def test_the_floor_and_the_list_are_told_where_more_is_asked_for(
    finished_run: FinishedRun, metrics: dict[str, Any]
) -> None:
    more = finished_run.call("evaluate", "--verbose").out
    for sentence in metrics["calibration"]["guarantee"]:
        assert sentence in more
        assert sentence not in finished_run.ended.out


def test_every_explained_clip_was_scored_and_has_a_sentence(
    finished_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    reasons = tables.read_table(finished_run.path / "evaluation" / "reasons.parquet")
    assert reasons["path"] == scores["path"].tolist()
    assert all(any(c.isdigit() for c in sentence) for sentence in reasons["evidence"])
    train = set(scores["path"][of(scores, TARGET, "train")].tolist())
    assert set(reasons["nearest_path"]) <= train


def test_every_tag_stands_in_the_table_with_its_number(
    finished_run: FinishedRun, scores: dict[str, np.ndarray]
) -> None:
    quality = tables.read_table(finished_run.path / "evaluation" / "quality.parquet")
    stated = {
        (path, tag)
        for path, tags in zip(scores["path"], scores["tags"], strict=True)
        for tag in tags.split("; ")
        if tag
    }
    assert set(zip(quality["path"], quality["tag"], strict=True)) == stated


def test_the_report_is_one_page_that_needs_no_network(finished_run: FinishedRun) -> None:
    page = html.unescape((finished_run.path / "report" / "index.html").read_text("utf-8"))
    assert "default-src 'none'" in page
    assert "data:audio" in page
    assert 'src="http' not in page
    assert 'href="http' not in page
