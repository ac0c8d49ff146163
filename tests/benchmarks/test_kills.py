"""Does a run that is killed go on, and end in the same bytes?"""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.reliability.kills import differing, kill_and_go_on, sampled
from tests.command import ROOT
from tests.conftest import FinishedRun

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")


def test_a_killed_run_ends_in_the_same_bytes(
    own_run: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_run.path.rename(tmp_path / "whole")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "pipeline", "evaluate", *own_run.options]
    killed = kill_and_go_on(command, tmp_path, "train", 0.5)
    assert killed.differing == ()


def test_another_byte_is_seen(own_run: FinishedRun, finished_run: FinishedRun) -> None:
    assert differing(finished_run.path, own_run.path) == ()
    with open(own_run.path / "scores.csv", "a", encoding="utf-8") as scores:
        scores.write("\n")
    assert differing(finished_run.path, own_run.path) == ("scores.csv",)


def test_a_sample_has_no_more_clips_than_were_asked_for(tiny_corpus: Path, tmp_path: Path) -> None:
    sampled(str(tiny_corpus), "zero", 40, tmp_path / "few")
    counts = {word.name: len(list(word.iterdir())) for word in (tmp_path / "few").iterdir()}
    assert counts == {"zero": 20, "one": 6, "two": 6, "three": 6}
