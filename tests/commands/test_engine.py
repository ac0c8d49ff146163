"""Does the work of each stage go to the engine, and is an engine that cannot be had one sentence?

The folds of an audit and of a sweep, and copies, are counted where these are tested.
"""

import sys
from pathlib import Path

import pytest

from pipeline import processes
from pipeline.detection import TrainedModel
from pipeline.features import batches
from pipeline.frontend import FrontEnd
from pipeline.processes import working_with
from pipeline.recordings.files import score_paths
from tests.command import call
from tests.conftest import FinishedRun
from tests.recording_engine import RecordingEngine


def test_an_evaluation_gives_files_scores_and_duplicates_to_the_engine(finished_run: FinishedRun) -> None:
    engine = finished_run.engine
    assert engine.n_batches == {"_extract_rows": 1, "_scored": 1, "_near_after": 1}
    assert engine.folders == {finished_run.corpus, finished_run.path}
    assert {"python", "tensorflow", "numpy"} <= engine.versions


def test_no_file_is_read_and_no_clip_scored_beside_the_engine(
    finished_run: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = RecordingEngine()
    beside = list[str]()
    for owner, name in ((batches, "read_all"), (FrontEnd, "__call__"), (TrainedModel, "score")):
        function = getattr(owner, name)

        def noted(*given: object, name: str = name, function: object = function, **named: object) -> object:
            if not engine.is_at_work:
                beside.append(name)
            return function(*given, **named)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, noted)
    files = sorted((finished_run.corpus / "one").iterdir())[:5]
    with working_with(engine):
        lines = list(score_paths(finished_run.path, files))
    assert [line["path"] for line in lines] == list(map(str, files))
    assert engine.n_batches == {"extract_batch": 1, "judged": 1}
    assert not beside


def test_a_scheduler_without_dask_is_wrong_usage(tiny_corpus: Path) -> None:
    ended = call("features", f"--corpus={tiny_corpus}", "--scheduler=tcp://host:8786")
    assert ended.status == 2
    assert (
        "--scheduler tcp://host:8786 is of Dask, and the engine is local; give --engine dask" in ended.error
    )


def test_dask_without_its_extra_is_one_sentence(tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ended = call("features", f"--corpus={tiny_corpus}", "--engine=dask")
    assert ended.status == 1
    assert "--engine dask needs the extra distributed, which is not installed" in ended.error


def test_an_engine_is_of_its_block_alone() -> None:
    before, engine = processes.engine_of_the_moment(), RecordingEngine()
    with working_with(engine):
        assert processes.engine_of_the_moment() is engine
    assert processes.engine_of_the_moment() is before
    assert before.name == "local"
