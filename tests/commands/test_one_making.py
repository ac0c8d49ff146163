"""Is a run one thing: its settings, its provenance and its stages of one making, or refused?"""

import shutil
from pathlib import Path

import pytest

from pipeline.files import read_sealed_json, read_sealed_toml, write_sealed_json, write_sealed_toml
from tests.command import call, contents, flip_a_bit
from tests.conftest import FinishedRun

READING = ("verify", "score", "report")


def read_with(verb: str, run: FinishedRun) -> tuple[int, str]:
    more = (str(run.corpus),) if verb == "score" else ()
    ended = call(verb, f"--run={run.path}", *more)
    return ended.status, ended.err


@pytest.mark.parametrize("name", ["config.toml", "provenance.json"])
@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_a_flipped_bit_in_a_file_of_no_record_is_found(name: str, place: float, own_run: FinishedRun) -> None:
    flip_a_bit(own_run.path / name, place)
    status, error = read_with("verify", own_run)
    assert status == 4
    assert name in error


@pytest.mark.parametrize("verb", [*READING, "evaluate"])
def test_a_configuration_that_is_cut_at_any_line_is_refused(verb: str, own_run: FinishedRun) -> None:
    path = own_run.path / "config.toml"
    lines = path.read_bytes().splitlines(keepends=True)
    before = contents(own_run.path)
    for n_lines in range(0, len(lines), 1 if verb == "verify" else 40):
        path.write_bytes(b"".join(lines[:n_lines]))
        status, error = read_with(verb, own_run)
        assert status == 4, (n_lines, error)
        assert "config.toml" in error
    path.write_bytes(b"".join(lines))
    assert contents(own_run.path) == before


@pytest.mark.parametrize("verb", [*READING, "evaluate"])
def test_a_run_without_its_configuration_is_refused_and_stays(verb: str, own_run: FinishedRun) -> None:
    (own_run.path / "config.toml").unlink()
    before = contents(own_run.path)
    status, error = read_with(verb, own_run)
    assert status == 4
    assert "config.toml" in error
    assert own_run.call("evaluate").status == 4
    assert contents(own_run.path) == before


def test_settings_of_another_run_are_refused(own_run: FinishedRun) -> None:
    page = read_sealed_toml(own_run.path / "config.toml")
    page["model"]["hidden_units"] = [17]
    write_sealed_toml(own_run.path / "config.toml", page)
    for verb in READING:
        status, error = read_with(verb, own_run)
        assert status == 4
        assert "model of config.toml is not what model was made with" in error


def test_stages_of_two_runs_are_refused(own_run: FinishedRun, tmp_path: Path) -> None:
    shutil.copytree(own_run.path, tmp_path / "other")
    made = call("train", *own_run.options, f"--run={tmp_path / 'other'}", "--seed=7")
    assert made.status == 0, made.err
    shutil.rmtree(own_run.path / "model")
    shutil.copytree(tmp_path / "other" / "model", own_run.path / "model")
    shutil.copyfile(tmp_path / "other" / "history.csv", own_run.path / "history.csv")
    for verb in ("verify", "report"):
        status, error = read_with(verb, own_run)
        assert status == 4
        assert "not of one making" in error


def test_a_model_that_is_newer_than_the_scores_does_not_verify(own_run: FinishedRun) -> None:
    assert own_run.call("train", "--seed=7").status == 0
    status, error = read_with("verify", own_run)
    assert status == 4
    assert "not what evaluation was made with" in error or "other model than stand beside it" in error


def test_a_record_that_lists_nothing_is_refused(own_run: FinishedRun) -> None:
    path = own_run.path / "evaluation" / "record.json"
    write_sealed_json(path, {**read_sealed_json(path), "files": {}})
    status, error = read_with("verify", own_run)
    assert status == 4
    assert "evaluation lists 0 files" in error


def test_a_kill_between_a_stage_and_its_settings_is_put_right(own_run: FinishedRun) -> None:
    old = {name: (own_run.path / name).read_bytes() for name in ("config.toml", "provenance.json")}
    again = ("evaluate", "--set=training.max_epochs=1")
    assert own_run.call(*again).status == 0
    for name, content in old.items():
        (own_run.path / name).write_bytes(content)
    assert read_with("verify", own_run)[0] == 4
    assert own_run.call(*again).status == 0
    assert read_with("verify", own_run)[0] == 0
    assert read_sealed_toml(own_run.path / "config.toml")["training"]["max_epochs"] == 1


def test_provenance_that_was_changed_by_hand_is_told(own_run: FinishedRun) -> None:
    path = own_run.path / "provenance.json"
    told = read_sealed_json(path)
    write_sealed_json(path, told)
    assert read_with("verify", own_run)[0] == 0
    path.write_text(path.read_text("utf-8").replace('"seed": 0', '"seed": 1'), "utf-8")
    assert read_with("verify", own_run)[0] == 4


@pytest.mark.parametrize("verb", ["verify", "review", "report"])
def test_a_mistyped_run_is_told_with_the_nearest_name_and_not_begun(verb: str, own_run: FinishedRun) -> None:
    wrong = own_run.path.with_name("rum")
    more = ("--no-browser",) if verb == "review" else ()
    ended = call(verb, f"--run={wrong}", *more)
    assert ended.status in (1, 4)
    assert "did you mean 'run'?" in ended.error
    assert not wrong.exists()
