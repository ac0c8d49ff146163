"""Does a whole run leave what was promised, with every preset, and the same each time?

One small run is shared; TensorFlow is imported once, in this process.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.files import artefacts, tables
from pipeline.settings.page import Settings
from pipeline.settings.presets import PRESETS, resolve_settings
from tests.command import QUICK, call, contents, run_command
from tests.conftest import FinishedRun
from tests.tiny_corpus import FORMANTS, N_OTHER, N_TARGET, TARGET

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OTHERS = sorted(set(FORMANTS) - {TARGET})
MANIFEST = ["path", "word", "speaker", "split", "sha256", "sample_rate", "n_samples", "status", "reason"]
SCORES = ["path", "word", "speaker", "split", "log_prob", "score", "p_value", "flagged", "tags"]


@pytest.fixture(scope="module")
def metrics(finished_run: FinishedRun) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def scores(finished_run: FinishedRun) -> dict[str, np.ndarray]:
    columns = tables.read_table(finished_run.path / "scores.parquet")
    return {name: np.array(values) for name, values in columns.items()}


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
    manifest = tables.read_table(finished_run.path / "manifest.parquet")
    assert list(manifest) == [*MANIFEST, "recording"]
    assert len(manifest["path"]) == N_TARGET + len(OTHERS) * N_OTHER
    assert set(manifest["status"]) == {"ok"}


def test_the_manifest_has_the_digest_of_every_file(finished_run: FinishedRun) -> None:
    manifest = tables.read_table(finished_run.path / "manifest.parquet")
    for path, digest in zip(manifest["path"], manifest["sha256"], strict=True):
        assert artefacts.sha256_file(finished_run.corpus / path) == digest


def test_no_speaker_is_in_two_splits(finished_run: FinishedRun) -> None:
    manifest = tables.read_table(finished_run.path / "manifest.parquet")
    pairs = set(zip(manifest["speaker"], manifest["split"], strict=True))
    assert len(pairs) == len(set(manifest["speaker"])) == 20


def test_scores_have_the_promised_columns(scores: dict[str, np.ndarray]) -> None:
    assert list(scores)[: len(SCORES)] == SCORES
    listed, *terms, above = list(scores)[len(SCORES) :]
    assert (listed, above) == ("fdr_listed", "nats_above_usual")
    assert terms and all(name.startswith("term_") for name in terms)


def test_every_clip_is_scored_once(finished_run: FinishedRun, scores: dict[str, np.ndarray]) -> None:
    manifest = tables.read_table(finished_run.path / "manifest.parquet")
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


# What the seed decides.


@pytest.fixture(scope="module")
def repeated(finished_run: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """The finished run, made again from nothing."""
    again = FinishedRun(tmp_path_factory.mktemp("repeated") / "run", finished_run.corpus, finished_run.ended)
    assert again.call("evaluate").status == 0
    return again


def test_the_same_seed_gives_the_same_bytes(finished_run: FinishedRun, repeated: FinishedRun) -> None:
    first, second = contents(finished_run.path), contents(repeated.path)
    assert {"scores.parquet", "model/record.json", "report/index.html", "provenance.json"} <= first.keys()
    assert [name for name in first if first[name] != second.get(name)] == ["provenance.json"]
    assert first.keys() == second.keys()


def test_another_seed_gives_other_scores(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    ended = own_run.call("evaluate", "--seed=1")
    assert "features: skipped" in ended.err
    assert "train: running, seed changed from 0 to 1" in ended.err
    assert (own_run.path / "scores.csv").read_bytes() != before


# What every preset can do.


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains_and_evaluates(preset: str, tiny_corpus: Path, tmp_path: Path) -> None:
    page = resolve_settings(preset)
    small = [option for option in QUICK if not option.startswith("--preset")]
    small.append("--set=evaluation.n_explained=8")
    if page.features.kind in ("stft", "waveform", "logmel"):
        small.append("--set=features.duration_seconds=0.12")  # compiling for all features takes a minute
    if page.model.kind == "template":
        views = 'views=["levels", "cepstra"]'  # each compiles four programs
        small += [f"--set=model.{key}" for key in ("n_copies=1", "warp_rounds=1", "n_components=4", views)]
    if page.model.kind == "sounds":
        # tests/commands/test_sounds.py has them with folds and with their baselines.
        small += ["--set=evaluation.sound_baselines=false", "--set=training.cross_fit_below=0"]
    if page.model.kind == "frames":
        small += [f"--set=model.{key}" for key in ("n_copies=1", "n_layers=1", "context_layers=1")]
        if page.model.context != "position":
            # A background compiles as much again; tests/models/frames/ has one with every context.
            small.append("--set=model.with_background=false")
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
    stages = ("features: ", "train: ", "train '", "evaluate: ", "report: ")
    parts = ("score: ", "look for duplicates: ", "compare with other words: ", "explain: ")
    known = (*stages, *parts, "resample speakers: ", "baselines: ", "draw clips: ")
    assert [line for line in ended.err.splitlines() if not line.startswith(known)] == []
    assert (tmp_path / "runs" / "words-zero-fft" / "report" / "index.html").is_file()
