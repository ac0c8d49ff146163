"""Are scores found again from the files, and is a change of more than rounding told?"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.files import read_sealed_json, write_sealed_json
from tests.command import call
from tests.conftest import FinishedRun
from tests.tiny_corpus import speakers_of


@pytest.fixture
def moved_run(own_run: FinishedRun, tmp_path: Path) -> FinishedRun:
    """A run whose corpus a test may change."""
    corpus = Path(shutil.copytree(own_run.corpus, tmp_path / "corpus"))
    told = read_sealed_json(own_run.path / "provenance.json")
    told["corpus"]["root"] = str(corpus)
    write_sealed_json(own_run.path / "provenance.json", told)
    return replace(own_run, corpus=corpus)


def test_scores_are_found_again_to_the_bit(own_run: FinishedRun) -> None:
    ended = call("verify", f"--run={own_run.path}", "--recompute=5")
    assert ended.status == 0, ended.err
    assert "5 clips scored again: the largest difference is 0 nats" in ended.out


def test_a_clip_that_was_changed_is_told(moved_run: FinishedRun) -> None:
    (moved_run.corpus / "one" / f"{speakers_of('test')[0]}_nohash_0.wav").write_bytes(
        (moved_run.corpus / "two" / f"{speakers_of('test')[0]}_nohash_0.wav").read_bytes()
    )
    ended = call("verify", f"--run={moved_run.path}", "--recompute=1000")
    assert ended.status == 4
    assert "are not found again: one/" in ended.error


def test_a_clip_that_is_gone_is_told(moved_run: FinishedRun) -> None:
    shutil.rmtree(moved_run.corpus / "one")
    ended = call("verify", f"--run={moved_run.path}", "--recompute=1000")
    assert ended.status == 1
    assert "12 of 96 clips are not where they were" in ended.error


def test_provenance_names_the_machine(finished_run: FinishedRun) -> None:
    machine = json.loads((finished_run.path / "provenance.json").read_text("utf-8"))["machine"]
    assert machine["cores"] >= 1
    assert machine["threads"] == {"tensorflow": 4, "linear_algebra": 1}
    assert isinstance(machine["instructions"], list)
