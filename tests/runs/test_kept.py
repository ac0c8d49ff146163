"""What of a stage that did not end is there for the next call?"""

from pathlib import Path

import pytest

from pipeline.runs import RunFolder

INPUTS = {"version": 1, "numbers": {"a": [1, 2]}}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def leave(run: RunFolder, error: type[BaseException] = KeyboardInterrupt) -> None:
    with pytest.raises(error), run.stage("model", INPUTS) as folder:
        (folder.kept / "block").write_text("done")
        (folder.own / "half").write_text("half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_same_stage_finds_what_it_kept(run: RunFolder, error: type[BaseException]) -> None:
    leave(run, error)
    with run.stage("model", INPUTS) as folder:
        assert (folder.kept / "block").read_text() == "done"
        assert list(folder.own.iterdir()) == []
    assert [path.name for path in run.path.iterdir()] == ["model"]


def test_a_stage_with_other_inputs_begins_anew(run: RunFolder) -> None:
    leave(run)
    with run.stage("model", {**INPUTS, "version": 2}) as folder:
        assert list(folder.kept.iterdir()) == []


def test_a_stage_of_other_code_begins_anew(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(run)
    monkeypatch.setattr("pipeline.runs.kept.code_version", lambda: "another")
    with run.stage("model", INPUTS) as folder:
        assert list(folder.kept.iterdir()) == []


def test_a_stage_that_kept_nothing_leaves_nothing(run: RunFolder) -> None:
    with pytest.raises(ZeroDivisionError), run.stage("model", INPUTS):
        raise ZeroDivisionError
    assert list(run.path.iterdir()) == []


def test_what_is_kept_is_no_part_of_the_record(run: RunFolder) -> None:
    with run.stage("model", INPUTS) as folder:
        (folder.kept / "block").write_text("done")
        (folder.own / "weights").write_text("w")
    record = run.record("model")
    assert record is not None
    assert list(record.files) == ["model/weights"]
