"""Does a run that is damaged, foreign or absent end in one sentence, and stay as it is?"""

import shutil
from pathlib import Path

import pytest

from tests.command import contents, evaluate, flip_a_bit, run_command
from tests.conftest import FinishedRun


@pytest.mark.parametrize(
    "name",
    ["features/features.npy", "manifest.parquet", "model/weights.npz", "scores.parquet", "metrics.json"],
)
def test_a_damaged_artefact(name: str, own_run: FinishedRun, tmp_path: Path) -> None:
    flip_a_bit(own_run.path / name)
    before = contents(own_run.path)
    ended = evaluate(own_run.corpus, tmp_path)
    assert ended.status == 4
    assert f"{name} is damaged" in ended.error
    assert "delete" in ended.error
    assert contents(own_run.path) == before


@pytest.mark.parametrize("stage", ["features", "model", "evaluation", "report"])
def test_a_foreign_record(stage: str, own_run: FinishedRun, tmp_path: Path) -> None:
    (own_run.path / stage / "record.json").write_text('{"format": "another program 7"}', "utf-8")
    before = contents(own_run.path)
    ended = evaluate(own_run.corpus, tmp_path)
    assert ended.status == 4
    assert f"{stage}/record.json is not a record of" in ended.error
    assert contents(own_run.path) == before


def test_what_the_sentence_says_of_a_damaged_artefact_helps(own_run: FinishedRun) -> None:
    flip_a_bit(own_run.path / "model" / "weights.npz")
    assert f"delete {own_run.path / 'model'} and run again" in own_run.call("evaluate").error
    shutil.rmtree(own_run.path / "model")
    assert own_run.call("evaluate").status == 0


def test_a_missing_path_to_score(own_run: FinishedRun, tmp_path: Path) -> None:
    ended = run_command("score", "--run=run", "gone.wav", cwd=tmp_path)
    assert (ended.status, ended.out) == (1, "")
    assert "gone.wav cannot be scored: No such file or directory" in ended.error


def test_scoring_with_a_damaged_model(own_run: FinishedRun, tmp_path: Path) -> None:
    flip_a_bit(own_run.path / "model" / "weights.npz")
    ended = run_command("score", "--run=run", own_run.corpus, cwd=tmp_path)
    assert (ended.status, ended.out) == (4, "")
    assert "model/weights.npz is damaged" in ended.error


def test_scoring_without_a_run(tmp_path: Path) -> None:
    ended = run_command("score", "x.wav", cwd=tmp_path)
    assert ended.status == 1
    assert "no run stands at runs/embedded-zero-default" in ended.error
    assert "--run" in ended.error


@pytest.mark.parametrize("verb", ["review", "verify"])
def test_looking_at_a_run_that_is_not_there(verb: str, tmp_path: Path) -> None:
    ended = run_command(verb, "--run=run", cwd=tmp_path)
    assert ended.status == 1
    assert "no run stands at run" in ended.error
    assert not (tmp_path / "run").exists()
