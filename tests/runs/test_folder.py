"""Does a run folder know what it holds, and survive whatever happens while a stage is at work?"""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import artefacts, tables
from pipeline.runs.folder import RunFolder
from pipeline.runs.records import FORMAT
from tests.command import contents, flip_a_bit

INPUTS = {"version": 1, "corpus": {"digest": "ab"}, "numbers": {"n": 3, "names": ("a", "b")}}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with one finished stage, which holds a file of every format."""
    made = RunFolder(tmp_path / "run")
    made.prepare()
    write_stage(made)
    artefacts.write_toml(made.path / "config.toml", {"seed": 0})
    return made


def write_stage(run: RunFolder, text: str = "first", inputs: dict[str, object] = INPUTS) -> None:
    with run.stage("model", inputs) as folder:
        array = artefacts.create_array(folder.own / "f.npy", (4, 4))
        array[:] = 1.0
        array.flush()
        artefacts.write_arrays(folder.own / "w.npz", {"w": np.ones(4)})
        artefacts.write_json(folder.own / "deep" / "m.json", {"text": text})
        tables.write_table(folder.top / "scores.parquet", {"x": [1.0, 2.0]})
        artefacts.write_text(folder.top / "history.csv", text)


FILES = ("model/f.npy", "model/w.npz", "model/deep/m.json", "scores.parquet", "history.csv")


def test_a_finished_stage_is_intact(run: RunFolder) -> None:
    record = run.check("model")
    assert set(record.files) == set(FILES)


def test_a_record_holds_the_digest_of_every_file(run: RunFolder) -> None:
    content = json.loads((run.path / "model" / "record.json").read_text("utf-8"))
    assert content["format"] == FORMAT
    assert content["files"] == {name: artefacts.sha256_file(run.path / name) for name in FILES}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_flipped_bit_in_any_file_is_found(run: RunFolder, name: str, place: float) -> None:
    flip_a_bit(run.path / name, place)
    with pytest.raises(ArtefactError, match=rf"{re.escape(name)} is damaged: .*delete .* and run again"):
        run.check("model")


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_stage_is_never_skipped(run: RunFolder, name: str) -> None:
    flip_a_bit(run.path / name)
    with pytest.raises(ArtefactError, match="is damaged"):
        run.why_stale("model", INPUTS)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_makes_its_stage_stale_and_unusable(run: RunFolder, name: str) -> None:
    (run.path / name).unlink()
    assert run.why_stale("model", INPUTS) == f"{name} is missing"
    with pytest.raises(ArtefactError, match="is missing"):
        run.check("model")


def test_a_record_cut_anywhere_is_an_artefact_error(run: RunFolder) -> None:
    path = run.path / "model" / "record.json"
    content = path.read_bytes().rstrip()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ArtefactError, match=r"record\.json"):
            run.why_stale("model", INPUTS)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        '"text"',
        json.dumps(
            {"format": "another program 1", "stage": "model", "inputs": {}, "files": {}, "seconds": 1}
        ),
        json.dumps({"format": FORMAT, "stage": "features", "inputs": {}, "files": {}, "seconds": 1}),
        json.dumps({"format": FORMAT, "stage": "model", "inputs": {}, "seconds": 1}),
        json.dumps({"format": FORMAT, "stage": "model", "inputs": 3, "files": {}, "seconds": 1}),
        json.dumps({"format": FORMAT, "stage": "model", "inputs": {}, "files": ["a"], "seconds": 1}),
    ],
)
def test_a_foreign_record_is_an_artefact_error(run: RunFolder, content: str) -> None:
    (run.path / "model" / "record.json").write_text(content, "utf-8")
    with pytest.raises(ArtefactError, match=r"record\.json"):
        run.why_stale("model", INPUTS)


@pytest.mark.parametrize(("old", "new"), [("inputs", "inputz"), ("0", "1"), ("model/w.npz", "model/v.npz")])
def test_a_record_that_was_changed_anywhere_is_an_artefact_error(run: RunFolder, old: str, new: str) -> None:
    path = run.path / "model" / "record.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ArtefactError, match=r"record\.json .*; delete .* and run again"):
        run.check("model")


def test_nothing_is_stale_while_nothing_changes(run: RunFolder) -> None:
    assert run.why_stale("model", INPUTS) == ""


def test_a_stage_that_never_ran_is_not_done_yet(run: RunFolder) -> None:
    assert run.why_stale("features", INPUTS) == "not done yet"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"numbers": {"n": 4, "names": ("a", "b")}}, "numbers.n changed from 3 to 4"),
        ({"numbers": {"n": 3, "names": ("a", "c")}}, "numbers.names changed from ['a', 'b'] to ['a', 'c']"),
        ({"version": 2}, "version changed from 1 to 2"),
        ({"corpus": {"digest": "cd"}}, "corpus changed"),
        ({"numbers": {"n": 3, "names": ("a", "b"), "m": 1}}, "numbers.m changed"),
        ({"numbers": {"n": 3}}, "numbers.names changed"),
    ],
)
def test_the_reason_names_the_key_with_both_values(
    run: RunFolder, changed: dict[str, object], reason: str
) -> None:
    assert run.why_stale("model", {**INPUTS, **changed}) == reason


def test_a_new_key_without_a_value_counts_as_a_change(run: RunFolder) -> None:
    assert run.why_stale("model", {**INPUTS, "new": None}) == "new changed"


def test_a_stage_that_is_done_again_replaces_the_old_one_whole(run: RunFolder) -> None:
    (run.path / "model" / "left over.txt").write_text("old")
    write_stage(run, "second")
    assert not (run.path / "model" / "left over.txt").exists()
    assert (run.path / "history.csv").read_text() == "second"
    assert set(run.check("model").files) == set(FILES)


def test_what_a_stage_made_has_a_digest_that_does_not_depend_on_its_inputs(run: RunFolder) -> None:
    before = run.check("model").digest
    write_stage(run, inputs={"version": 2})
    assert run.check("model").digest == before
    write_stage(run, "second")
    assert run.check("model").digest != before


@pytest.mark.parametrize("error", [ZeroDivisionError, PipelineError, KeyboardInterrupt, SystemExit])
def test_a_stage_that_fails_leaves_everything_as_it_was(run: RunFolder, error: type[BaseException]) -> None:
    before = contents(run.path)
    with pytest.raises(error), run.stage("model", INPUTS) as folder:
        artefacts.write_text(folder.own / "m.json", "half")
        artefacts.write_text(folder.top / "history.csv", "half")
        raise error
    assert contents(run.path) == before
    assert run.why_stale("model", INPUTS) == ""


def test_a_full_disk_in_a_stage_is_one_sentence(run: RunFolder) -> None:
    before = contents(run.path)
    with pytest.raises(PipelineError, match="model: No space left on device"), run.stage("model", INPUTS):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert contents(run.path) == before


@pytest.mark.parametrize("n_renames", range(6))
def test_a_stage_that_cannot_be_put_in_its_place_leaves_everything_as_it_was(
    run: RunFolder, n_renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(run.path)
    with failing_rename(n_renames, monkeypatch), pytest.raises(PipelineError, match="model: "):
        write_stage(run, "second")
    assert contents(run.path) == before
    assert run.why_stale("model", INPUTS) == ""


@contextmanager
def failing_rename(n_before: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let ``n_before`` renames of the final step pass, fail one, and let those that undo it pass."""
    rename = Path.rename
    calls = 0

    def counted(path: Path, aim: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == n_before + 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return rename(path, aim)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", counted)
        yield
    assert calls > n_before


def test_what_a_killed_stage_left_is_swept_up(run: RunFolder) -> None:
    (run.path / ".model.partial" / "own").mkdir(parents=True)
    (run.path / ".model.partial" / "own" / "half.txt").write_text("half")
    write_stage(run, "second")
    assert {path.name for path in run.path.iterdir()} == {
        "config.toml",
        "history.csv",
        "model",
        "scores.parquet",
    }
    assert "model/half.txt" not in run.check("model").files


def test_a_run_that_was_killed_in_its_first_stage_can_go_on(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.prepare()
    with run.lock():
        write_stage(run)  # and no configuration is written yet
    RunFolder(run.path).prepare()
