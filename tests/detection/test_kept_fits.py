"""Does training that was interrupted go on, and end in the same bytes?"""

import shutil
from collections.abc import Mapping

import numpy as np
import pytest

from models.flows.fitting import progress
from pipeline.detection.fitting import Checkpoints, _FitFile
from pipeline.evaluation import scoring
from tests.command import contents
from tests.conftest import FinishedRun


def interrupt_at(call: int, owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the function do its work, and press Ctrl-C right after one of its calls."""
    function, n_calls = getattr(owner, name), 0

    def pressed(*given: object) -> object:
        nonlocal n_calls
        n_calls += 1
        outcome = function(*given)
        if n_calls == call:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(owner, name, pressed)


def test_training_goes_on_and_ends_in_the_same_bytes(
    own_run: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(progress, "WRITING_SHARE", np.inf)
    whole = contents(own_run.path / "model")
    shutil.rmtree(own_run.path / "model")
    with monkeypatch.context() as patch:
        interrupt_at(2, _FitFile, "save", patch)
        assert own_run.call("train").status == 130
    assert not (own_run.path / "model").exists()
    again = own_run.call("train")
    assert again.status == 0
    assert "1 fit was kept from a call that did not end" in again.err
    found = contents(own_run.path / "model")
    assert {name: found[name] for name in found if name != "record.json"} == {
        name: whole[name] for name in whole if name != "record.json"
    }
    assert not list(own_run.path.glob(".model.partial"))


def test_scoring_goes_on_and_ends_in_the_same_bytes(
    own_run: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (own_run.path / "scores.csv").read_bytes()
    monkeypatch.setattr(scoring, "BLOCK", 40)
    shutil.rmtree(own_run.path / "evaluation")
    with monkeypatch.context() as patch:
        interrupt_at(2, scoring, "write_table", patch)
        assert own_run.call("evaluate").status == 130
    again = own_run.call("evaluate")
    assert "80 of 96 scores were kept from an earlier call with the same model" in again.err
    assert (own_run.path / "scores.csv").read_bytes() == whole


def test_other_settings_begin_anew(own_run: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(1, _FitFile, "save", patch)
        assert own_run.call("train", "--set=training.learning_rate=0.002").status == 130
    assert "kept" not in own_run.call("train", "--set=training.learning_rate=0.003").err


def test_a_damaged_file_of_a_fit_is_no_checkpoint(own_run: FinishedRun) -> None:
    folder = own_run.path / "fits"
    arrays: Mapping[str, np.ndarray] = {"x": np.arange(3.0)}
    Checkpoints(folder).next().save(arrays)
    again = Checkpoints(folder)
    assert again.n_found == 1
    assert again.next().load().keys() == arrays.keys()  # type: ignore[union-attr]
    (folder / "fit-0001.npz").write_bytes(b"\0" * 100)
    assert Checkpoints(folder).next().load() is None
