"""Does every verb print its result as JSON where asked, and tell as much beside it as it is asked to?"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import READING, VERBS, Ended, call
from tests.conftest import FinishedRun

OUTPUT = ("--json", "--quiet", "--verbose", "--progress")
MAKING = ("features", "train", "evaluate", "audit")


def document(ended: Ended) -> dict[str, Any]:
    """The one JSON document on standard output; fails where there is anything else."""
    assert ended.status == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


def options_of(*verb: str) -> str:
    return call(*verb, "--help").out


@pytest.mark.parametrize("verb", [*VERBS, "verdicts list", "verdicts export", "verdicts import"])
def test_every_verb_takes_the_options_of_output(verb: str) -> None:
    shown = options_of(*verb.split())
    if verb != "verdicts":
        assert all(f"{option} " in shown for option in OUTPUT)


@pytest.mark.parametrize("verb", MAKING)
def test_verbs_that_make_a_run_take_settings_and_a_seed(verb: str) -> None:
    shown = options_of(verb)
    assert all(f"{option} " in shown for option in ("--set", "--seed", "--splits", "--run"))


@pytest.mark.parametrize("verb", READING)
def test_verbs_that_read_a_run_find_it_and_take_no_settings(verb: str) -> None:
    shown = options_of(verb)
    assert all(f"{option} " in shown for option in ("--run", "--corpus", "--target", "--preset"))
    assert all(f"{option} " not in shown for option in ("--set", "--seed", "--splits", "--name-pattern"))


def test_a_run_is_found_by_its_corpus_target_and_preset(
    finished_run: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / f"{finished_run.corpus.name}-zero-fft").symlink_to(finished_run.path)
    found = document(call("verify", f"--corpus={finished_run.corpus}", "--preset=fft", "--json"))
    assert found["run"] == f"runs/{finished_run.corpus.name}-zero-fft"
    ended = call("verify", f"--corpus={finished_run.corpus}", "--preset=logmel")
    assert ended.status == 1
    assert "no run stands at" in ended.error


def test_a_run_of_another_target_is_not_taken_for_it(finished_run: FinishedRun) -> None:
    ended = call("verify", f"--run={finished_run.path}", "--target=one")
    assert ended.status == 2
    assert "--target one was given" in ended.error
    assert "is a run of target zero" in ended.error


def test_the_corpus_as_json(tiny_corpus: Path) -> None:
    found = document(call("corpus", f"--corpus={tiny_corpus}", "--json"))
    assert found["n_clips"] == sum(word["n_clips"] for word in found["words"].values()) == 96
    assert found["words"]["zero"]["splits"] == {"test": 12, "train": 36, "validation": 12}


def test_stages_as_json(finished_run: FinishedRun) -> None:
    for verb, part in (("features", "features"), ("train", "model"), ("evaluate", "report/index.html")):
        found = document(finished_run.call(verb, "--json"))
        assert found["set_aside"] == 0
        assert str(finished_run.path / part) in found.values()
    assert found["metrics"] == json.loads((finished_run.path / "metrics.json").read_text("utf-8"))


def test_a_check_as_json(finished_run: FinishedRun) -> None:
    found = document(finished_run.call("verify", "--json"))
    assert found["intact"] is True
    assert [*found["stages"]] == ["features", "model", "evaluation", "report"]


def test_a_comparison_as_json(finished_run: FinishedRun, own_run: FinishedRun, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = document(call("compare", finished_run.path, own_run.path, f"--out={page}", "--json"))
    assert found["page"] == str(page)
    assert found["macro_auroc"]["gain"] == 0
    words = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))["words"]
    assert {one["word"] for one in found["words"]} == set(words)


def test_settings_as_json() -> None:
    found = document(call("doctor", "--settings", "--json"))["settings"]
    assert {"key", "default", "reason"} == set(found[0])
    assert any(one["key"] == "features.n_mels" for one in found)


def test_quiet_tells_nothing_but_the_result(finished_run: FinishedRun) -> None:
    ended = finished_run.call("features", "--quiet")
    assert (ended.out, ended.err) == (f"{finished_run.path / 'features'}\n", "")


def test_quiet_tells_errors(tmp_path: Path) -> None:
    ended = call("verify", "--quiet", f"--run={tmp_path / 'nothing'}")
    assert ended.status == 1
    assert "no run stands at" in ended.error


def test_quiet_and_verbose_exclude_each_other(finished_run: FinishedRun) -> None:
    ended = finished_run.call("verify", "-q", "-v")
    assert ended.status == 2
    assert "exclude each other" in ended.error


def test_json_progress_is_lines_of_json_beside_the_result(finished_run: FinishedRun) -> None:
    clip = sorted(finished_run.corpus.rglob("*.wav"))[0]
    ended = call("score", f"--run={finished_run.path}", "--progress=json", clip)
    told = [json.loads(line) for line in ended.err.splitlines()]
    steps = [one for one in told if one["event"] == "progress" and one["title"] == "score"]
    assert [(one["done"], one["total"], one["unit"]) for one in steps] == [(1, 1, "files")]
    assert json.loads(ended.out)["path"] == str(clip)


def test_a_log_says_what_each_stage_does(own_run: FinishedRun, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(own_run.path / "evaluation")
    told = [json.loads(line) for line in own_run.call("evaluate", "--progress=json").err.splitlines()]
    assert capfd.readouterr().err == ""  # what libraries write past Python
    assert all(one["time"].endswith("+00:00") for one in told)
    stages = [(one["event"], one["stage"]) for one in told if one["event"].startswith("stage_")]
    assert stages == [
        ("stage_skip", "features"),
        ("stage_skip", "train"),
        ("stage_begin", "evaluate"),
        ("stage_end", "evaluate"),
        ("stage_skip", "report"),
    ]
    assert [one["stage"] for one in told if one.get("title") == "score"] == ["evaluate"] * 3
    assert all(one["seconds"] > 0 for one in told if one["event"] == "stage_end")


def error_line(ended: Ended) -> dict[str, Any]:
    """The one line of an error in a log; fails where standard error holds anything else."""
    (line,) = ended.err.splitlines()
    found: dict[str, Any] = json.loads(line)
    assert (found["event"], found["level"], found["status"]) == ("error", "error", ended.status)
    return found


@pytest.mark.parametrize("chosen", [["--progress=json"], ["--progress", "json", "--quiet"]])
def test_an_error_is_a_line_of_json_where_the_log_is(chosen: list[str], tmp_path: Path) -> None:
    ended = call("verify", f"--run={tmp_path / 'nothing'}", *chosen)
    assert ended.status == 1
    assert "no run stands at" in error_line(ended)["message"]


def test_wrong_usage_is_a_line_of_json_where_the_log_is() -> None:
    ended = call("verify", "--progress", "json", "--no-such-option")
    assert ended.status == 2
    assert error_line(ended)["message"].startswith("No such option")
    assert call("verify", "--no-such-option", "--", "--progress=json").error


def test_an_error_that_nobody_expected_is_a_line_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.commands.options.checked_settings", {}.__getitem__)
    ended = call("corpus", "--progress=json")
    assert ended.status == 1
    assert "Traceback" in error_line(ended)["traceback"]


def test_no_progress_where_none_is_asked_for(finished_run: FinishedRun) -> None:
    clip = sorted(finished_run.corpus.rglob("*.wav"))[0]
    assert call("score", f"--run={finished_run.path}", "--progress=none", clip).err == ""
