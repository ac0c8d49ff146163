"""Does a whole run leave what was promised, and does calling again do only what changed?

One small run is shared; TensorFlow is imported once, in this process.
"""

import csv
import html
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import QUICK, ROOT, call, contents, run_command
from conftest import FinishedRun
from tiny_corpus import FORMANTS, N_OTHER, N_TARGET, TARGET

from pipeline import artefacts
from pipeline.calibration import p_values
from pipeline.metrics import auroc, fpr_at_tpr, partial_auroc
from pipeline.presets import PRESETS, resolve_settings
from pipeline.settings import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OTHERS = sorted(set(FORMANTS) - {TARGET})
MANIFEST = ["path", "word", "speaker", "split", "sha256", "sample_rate", "n_samples", "status", "reason"]
SCORES = ["path", "word", "speaker", "split", "log_prob", "score", "p_value", "flagged", "tags"]
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


@pytest.fixture(scope="module")
def metrics(finished_run: FinishedRun) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def scores(finished_run: FinishedRun) -> dict[str, np.ndarray]:
    columns = artefacts.read_table(finished_run.path / "scores.parquet")
    return {name: np.array(values) for name, values in columns.items()}


def of(scores: dict[str, np.ndarray], word: str, split: str = "test") -> np.ndarray:
    return (scores["word"] == word) & (scores["split"] == split)


# What a run folder holds.


def test_a_run_folder_holds_what_was_promised(finished_run: FinishedRun) -> None:
    names = {path.name for path in finished_run.path.iterdir() if not path.name.startswith(".")}
    assert names >= {
        "config.toml",
        "provenance.json",
        "manifest.parquet",
        "features",
        "model",
        "history.csv",
        "scores.parquet",
        "scores.csv",
        "metrics.json",
        "report",
    }
    assert (finished_run.path / "report" / "index.html").is_file()


def test_nothing_half_done_is_left(finished_run: FinishedRun) -> None:
    left = [
        path for path in finished_run.path.rglob("*") if "partial" in path.name or path.name.endswith(".old")
    ]
    assert not left


@pytest.mark.parametrize("stage", ["features", "model"])
def test_each_artefact_has_a_digest_of_its_own(stage: str, finished_run: FinishedRun) -> None:
    record = json.loads((finished_run.path / stage / "record.json").read_text("utf-8"))
    assert record["files"]
    assert all(len(digest) == 64 for digest in record["files"].values())


def test_the_configuration_is_the_resolved_page(finished_run: FinishedRun) -> None:
    stored = tomllib.loads((finished_run.path / "config.toml").read_text("utf-8"))
    expected = resolve_settings(
        "fft",
        [option.removeprefix("--set=") for option in QUICK if option.startswith("--set=")],
        corpus={"name": str(finished_run.corpus)},
        target=TARGET,
    )
    assert Settings.model_validate(stored) == expected


def test_provenance_says_how_the_run_came_about(finished_run: FinishedRun, metrics: dict[str, Any]) -> None:
    provenance = json.loads((finished_run.path / "provenance.json").read_text("utf-8"))
    assert provenance["seed"] == 0
    assert provenance["versions"]["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert {"tensorflow", "tensorflow-probability", "numpy", "librosa", "soundfile"} <= set(
        provenance["versions"]
    )
    assert provenance["corpus"]["sha256"] == metrics["corpus_sha256"]
    assert provenance["code_version"]
    assert set(provenance["seconds"]) == {"features", "train", "evaluate", "report"}
    assert all(seconds >= 0 for seconds in provenance["seconds"].values())


def test_the_manifest_has_the_promised_columns(finished_run: FinishedRun) -> None:
    manifest = artefacts.read_table(finished_run.path / "manifest.parquet")
    assert list(manifest) == MANIFEST
    assert len(manifest["path"]) == N_TARGET + len(OTHERS) * N_OTHER
    assert set(manifest["status"]) == {"ok"}


def test_the_manifest_has_the_digest_of_every_file(finished_run: FinishedRun) -> None:
    manifest = artefacts.read_table(finished_run.path / "manifest.parquet")
    for path, digest in zip(manifest["path"], manifest["sha256"], strict=True):
        assert artefacts.sha256_file(finished_run.corpus / path) == digest


def test_no_speaker_is_in_two_splits(finished_run: FinishedRun) -> None:
    manifest = artefacts.read_table(finished_run.path / "manifest.parquet")
    pairs = set(zip(manifest["speaker"], manifest["split"], strict=True))
    assert len(pairs) == len(set(manifest["speaker"])) == 20


def test_scores_have_the_promised_columns(scores: dict[str, np.ndarray]) -> None:
    assert list(scores)[: len(SCORES)] == SCORES
    assert all(name.startswith("term_") for name in list(scores)[len(SCORES) :])


def test_every_clip_is_scored_once(finished_run: FinishedRun, scores: dict[str, np.ndarray]) -> None:
    manifest = artefacts.read_table(finished_run.path / "manifest.parquet")
    assert list(scores["path"]) == manifest["path"]
    assert np.all(np.isfinite(scores["log_prob"]))
    assert np.all(np.isfinite(scores["score"]))


def test_the_score_is_the_sum_of_its_terms(scores: dict[str, np.ndarray]) -> None:
    terms = [values for name, values in scores.items() if name.startswith("term_")]
    np.testing.assert_allclose(np.sum(terms, axis=0), scores["score"], rtol=1e-12)


def test_the_csv_says_the_same_as_the_table(finished_run: FinishedRun, scores: dict[str, np.ndarray]) -> None:
    with open(finished_run.path / "scores.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(scores)
    for name in ("path", "word", "speaker", "split", "tags"):
        assert [row[name] for row in rows] == scores[name].tolist()
    for name in ("log_prob", "score", "p_value"):
        assert [float(row[name]) for row in rows] == scores[name].tolist()
    assert [row["flagged"] for row in rows] == [str(flag) for flag in scores["flagged"]]


def test_the_history_has_a_row_an_epoch_and_a_column_a_monitored_word(finished_run: FinishedRun) -> None:
    with open(finished_run.path / "history.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["epoch", "batch", "test", "one"]
    assert [row[0] for row in rows[1:]] == ["1", "2"]
    assert np.all(np.isfinite(np.array(rows[1:], float)))


# What metrics.json says.


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
    assert {key: type(value) for key, value in metrics["calibration"].items()} == {
        "alpha": float,
        "false_alarm_rate_test": float,
        "n_calibration": int,
    }


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


def test_the_report_is_one_page_that_needs_no_network(finished_run: FinishedRun) -> None:
    page = html.unescape((finished_run.path / "report" / "index.html").read_text("utf-8"))
    assert "default-src 'none'" in page
    assert "data:audio" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


# What a second call does.


def stages_run(err: str) -> dict[str, str]:
    """Return for each stage why it ran; a skipped one is not in it."""
    lines = [line.split(": running, ") for line in err.splitlines() if ": running, " in line]
    return {stage: reason for stage, reason in lines}


def test_a_second_call_skips_every_stage_and_says_why(own_run: FinishedRun) -> None:
    before = contents(own_run.path)
    ended = own_run.call("evaluate")
    assert ended.status == 0
    lines = ended.err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["features", "train", "evaluate", "report"]
    assert all("skipped, nothing that it depends on has changed (" in line for line in lines)
    assert contents(own_run.path) == before


def test_a_second_call_prints_the_same_table(own_run: FinishedRun) -> None:
    table = own_run.call("evaluate").out.splitlines()[:-1]
    assert table == own_run.ended.out.splitlines()[:-1]


def test_a_second_call_imports_no_tensorflow(own_run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ZeroDivisionError('TensorFlow was imported')\n")
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipeline.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), "evaluate", *own_run.options, f"--run={own_run.path}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("override", "reasons"),
    [
        ("report.n_strangest=3", {"report": "report.n_strangest changed from 20 to 3"}),
        (
            "evaluation.alpha=0.3",
            {"evaluate": "evaluation.alpha changed from 0.2 to 0.3", "report": "evaluation changed"},
        ),
        (
            "training.max_epochs=3",
            {
                "train": "training.max_epochs changed from 2 to 3",
                "evaluate": "model changed",
                "report": "model changed",
            },
        ),
        (
            "features.n_bands=16",
            {
                "features": "features.n_bands changed from 32 to 16",
                "train": "features changed",
                "evaluate": "features changed",
                "report": "features changed",
            },
        ),
        ("features.n_workers=2", {}),
        ("features.batch_size=50", {}),
    ],
)
def test_a_changed_number_redoes_only_what_depends_on_it(
    override: str, reasons: dict[str, str], own_run: FinishedRun
) -> None:
    ended = own_run.call("evaluate", f"--set={override}")
    assert ended.status == 0, ended.err
    assert stages_run(ended.err) == reasons


def test_a_number_that_is_changed_back_gives_the_same_scores(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    own_run.call("evaluate", "--set=evaluation.alpha=0.3")
    changed = (own_run.path / "scores.csv").read_bytes()
    own_run.call("evaluate")
    assert changed != before
    assert (own_run.path / "scores.csv").read_bytes() == before


def test_a_touched_clip_redoes_the_features_and_nothing_after_them(
    own_run: FinishedRun, tmp_path: Path
) -> None:
    moved = FinishedRun(
        own_run.path, Path(shutil.copytree(own_run.corpus, tmp_path / "words")), own_run.ended
    )
    clip = next(moved.corpus.rglob("*.wav"))
    os.utime(clip, ns=(0, clip.stat().st_mtime_ns + 1_000_000_000))
    ended = moved.call("evaluate")
    assert ended.status == 0
    assert stages_run(ended.err) == {"features": "corpus changed"}


def test_a_corpus_that_was_moved_is_the_same_corpus(own_run: FinishedRun, tmp_path: Path) -> None:
    moved = FinishedRun(
        own_run.path, Path(shutil.copytree(own_run.corpus, tmp_path / "words")), own_run.ended
    )
    assert stages_run(moved.call("evaluate").err) == {}


def test_a_missing_artefact_is_made_again(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    (own_run.path / "scores.csv").unlink()
    ended = own_run.call("evaluate")
    assert ended.status == 0
    assert stages_run(ended.err) == {"evaluate": "scores.csv is missing"}
    assert (own_run.path / "scores.csv").read_bytes() == before


def test_the_verb_train_stops_before_scoring(own_run: FinishedRun) -> None:
    shutil.rmtree(own_run.path / "evaluation")
    ended = own_run.call("train")
    assert stages_run(ended.err) == {}
    assert ended.out == f"{own_run.path / 'model'}\n"


# What the seed decides.


@pytest.fixture(scope="module")
def repeated(finished_run: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """The finished run, made again from nothing."""
    again = FinishedRun(tmp_path_factory.mktemp("repeated") / "run", finished_run.corpus, finished_run.ended)
    assert again.call("evaluate").status == 0
    return again


@pytest.mark.parametrize(
    "name",
    [
        "scores.csv",
        "metrics.json",
        "history.csv",
        "manifest.parquet",
        "features/features.npy",
        "model/weights.npz",
    ],
)
def test_the_same_seed_gives_the_same_bytes(
    name: str, finished_run: FinishedRun, repeated: FinishedRun
) -> None:
    assert (repeated.path / name).read_bytes() == (finished_run.path / name).read_bytes()


def test_another_seed_gives_other_scores(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    ended = own_run.call("evaluate", "--seed=1")
    assert set(stages_run(ended.err)) == {"train", "evaluate", "report"}
    assert stages_run(ended.err)["train"] == "seed changed from 0 to 1"
    assert (own_run.path / "scores.csv").read_bytes() != before


# What every preset can do.


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains_and_evaluates(preset: str, tiny_corpus: Path, tmp_path: Path) -> None:
    page = resolve_settings(preset)
    small = [option for option in QUICK if not option.startswith("--preset")]
    if page.features.kind in ("stft", "waveform", "logmel"):
        small.append("--set=features.duration_seconds=0.2")  # compiling for all features takes a minute
    if page.model.kind == "template":
        small += [f"--set=model.{key}" for key in ("n_copies=1", "warp_rounds=1", "n_components=4")]
    ended = call(
        "evaluate", f"--corpus={tiny_corpus}", f"--run={tmp_path / 'run'}", *small, f"--preset={preset}"
    )
    assert ended.status == 0, ended.err
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))
    assert metrics["preset"] == preset
    assert sorted(metrics["words"]) == OTHERS
    assert np.isfinite(metrics["target_mean_log_prob"])


def test_the_program_runs_whole_in_a_process_of_its_own(tiny_corpus: Path, tmp_path: Path) -> None:
    """Standard error has progress and nothing else: no chatter of libraries, no warning."""
    ended = run_command("evaluate", f"--corpus={tiny_corpus}", *QUICK, cwd=tmp_path)
    assert ended.status == 0, ended.err
    known = ("features: ", "train: ", "train '", "evaluate: ", "score: ", "report: ")
    assert [line for line in ended.err.splitlines() if not line.startswith(known)] == []
    assert (tmp_path / "runs" / "words-zero-fft" / "report" / "index.html").is_file()
