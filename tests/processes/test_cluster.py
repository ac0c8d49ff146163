"""Do the workers of a Dask scheduler do what the processes of this machine do?

Skipped without the extra ``distributed``. One scheduler serves nearly all tests, with workers that are
threads of this process; a cluster with processes of its own is started once, for what a death costs.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.processes import DaskEngine, connection, map_batches, mapping, working_with
from pipeline.processes.engine import WorkerKilled
from pipeline.processes.likeness import PROGRAM, Terms, UnlikeWorker, refused, versions_of
from tests.command import call
from tests.processes.batch_work import dying_once, failing, squared

distributed = pytest.importorskip("distributed", reason="the extra distributed is not installed")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers in this process."""
    start = partial(
        distributed.LocalCluster,
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        local_directory=str(tmp_path_factory.mktemp("dask")),
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address=None,
    )
    with connection.begun(start) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def engine(scheduler: str) -> Iterator[DaskEngine]:
    engine = DaskEngine(scheduler)
    try:
        with working_with(engine):
            yield engine
    finally:
        engine.close()


def test_a_thread_of_dask_that_did_not_begin_is_tried_again() -> None:
    tries = iter([False, False, True, False, False, False])

    def start() -> str:
        assert next(tries)
        return "begun"

    assert connection.begun(start) == "begun"
    with pytest.raises(PipelineError, match="did not begin within 10 s, 3 times in a row"):
        connection.begun(start)


def added(number: int, *, to: np.ndarray) -> np.ndarray:
    return to + number


def name_of_folder(path: Path) -> str:
    return (path / "here").read_text("ascii")


def test_outcomes_are_those_of_this_machine_in_order(engine: DaskEngine) -> None:
    assert list(map_batches(squared, range(30))) == [n * n for n in range(30)]
    assert list(map_batches(squared, [])) == []


def test_batches_are_read_as_they_are_needed(engine: DaskEngine) -> None:
    read = 0

    def batches() -> Iterator[int]:
        nonlocal read
        for number in range(100):
            read += 1
            yield number

    with mapping(squared, batches()) as outcomes:
        next(outcomes)
        assert read <= 4


def test_what_a_function_carries_reaches_the_workers_whole(engine: DaskEngine) -> None:
    carried = np.arange(5.0)
    for number, found in enumerate(map_batches(partial(added, to=carried), range(3))):
        np.testing.assert_array_equal(found, carried + number)


def test_an_error_in_a_batch_is_the_error_of_the_map(engine: DaskEngine) -> None:
    with pytest.raises(ZeroDivisionError, match="three"):
        list(map_batches(failing, range(6)))


def test_paths_are_relative_to_where_the_program_was_called(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "here").write_text("found", "ascii")
    monkeypatch.chdir(tmp_path)
    engine = DaskEngine(scheduler)
    monkeypatch.undo()
    with working_with(engine):
        assert list(map_batches(name_of_folder, [Path("run")])) == ["found"]
    engine.close()


def test_a_worker_of_another_version_is_refused_with_both(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = versions_of((PROGRAM, "numpy"))
    terms = Terms(folder="/", versions={**here, "numpy": "1.0"})
    assert refused(Terms(folder="/", versions=here)) == ""
    assert f"it has numpy {here['numpy']}, and this program has 1.0" in refused(terms)
    assert "it has no_such_library none" in refused(Terms(folder="/", versions={"no_such_library": "2"}))
    monkeypatch.setattr("pipeline.processes.cluster.versions_of", lambda names: dict.fromkeys(names, "7"))
    with pytest.raises(UnlikeWorker, match=rf"the scheduler at .* is refused: it has {PROGRAM} .* has 7"):
        DaskEngine(scheduler)


def test_a_worker_that_joined_later_is_refused_before_its_first_batch(engine: DaskEngine) -> None:
    engine._terms = Terms(folder="/", versions={"numpy": "1.0"})
    with pytest.raises(UnlikeWorker, match=r"the worker .* is refused: it has numpy"):
        list(map_batches(squared, range(3)))


def test_a_worker_that_does_not_see_the_corpus_is_refused(engine: DaskEngine, tmp_path: Path) -> None:
    engine.require({"numpy": ""}, [tmp_path])
    with pytest.raises(UnlikeWorker, match=f"the worker .* sees no folder {tmp_path / 'gone'}"):
        engine.require({}, [tmp_path / "gone"])


def test_a_worker_without_the_program_is_one_sentence() -> None:
    class Client:
        def run_on_scheduler(self, function: Any, terms: Any) -> str:
            return ""

        def run(self, function: Any, terms: Any, on_error: str) -> dict[str, Any]:
            return {"tcp://host:1": Exception("No module named 'pipeline'")}

    with pytest.raises(
        UnlikeWorker, match="tcp://host:1 cannot work with this program, which .* 1 here: No mod"
    ):
        connection.ask_workers(Client(), "tcp://host:2", Terms(folder="/", versions={PROGRAM: "1"}))


def test_no_scheduler_at_the_address_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SECONDS_TO_CONNECT", 0.2)
    with pytest.raises(PipelineError, match=r"no scheduler answered at tcp://127.0.0.1:9 within 0.2 s"):
        DaskEngine("tcp://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="--scheduler nonsense://x is no address"):
        DaskEngine("nonsense://x")


def test_features_of_both_engines_are_the_same_bytes(
    scheduler: str, small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpus = small_corpus(n_target=8, n_other=2)
    options = (f"--corpus={corpus}", "--preset=fft", "--set=features.batch_size=3")
    engine = ("--engine=dask", f"--scheduler={scheduler}")
    ended = call("features", *options, f"--run={tmp_path / 'dask'}", *engine)
    assert ended.status == 0, ended.err
    assert f"engine: dask, 2 workers of {scheduler}" in ended.err
    assert call("features", *options, f"--run={tmp_path / 'local'}", "--set=features.n_workers=1").status == 0
    for name in ("features/features.npy", "features/record.json", "manifest.parquet"):
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "local" / name).read_bytes(), name
    assert "features: skipped" in call("features", *options, f"--run={tmp_path / 'dask'}").err


@pytest.mark.parametrize(
    ("error", "pattern"),
    [
        (distributed.KilledWorker("block", None, 3), "a block of work killed 4 workers one after another"),
        (distributed.client.FutureCancelledError("block", "lost"), "the scheduler at .* is gone; start it"),
    ],
)
def test_what_dask_raises_of_itself_is_one_sentence(
    error: Exception, pattern: str, engine: DaskEngine
) -> None:
    class Future:
        def result(self) -> None:
            raise error

    with pytest.raises(PipelineError, match=pattern):
        engine._waited_for(Future())


def test_a_batch_that_kills_its_workers_is_tried_alone_and_then_rescued(
    engine: DaskEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_for, n_deaths = engine._waited_for, Counter[int]()

    def dead(future: Any) -> Any:
        found = waited_for(future)
        n_deaths[found.outcome] += 1
        # The square of 3 kills for ever, that of 4 was with it when it did.
        if found.outcome == 9 or (found.outcome == 16 and n_deaths[16] == 1):
            raise WorkerKilled("killed")
        return found

    monkeypatch.setattr(engine, "_waited_for", dead)
    with mapping(squared, range(6), when_killed=lambda batch, attempt: -batch) as found:
        assert list(found) == [0, 1, 4, -3, 16, 25]
    assert n_deaths[9] == n_deaths[16] == 2
    with pytest.raises(WorkerKilled):
        list(map_batches(squared, [3]))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")
def test_a_dead_worker_costs_its_batch_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deaths").touch()
    monkeypatch.setattr(connection, "available_cores", lambda: 1)
    engine = DaskEngine()
    try:
        with working_with(engine):
            assert list(map_batches(partial(dying_once, folder=tmp_path), range(6))) == list(range(6))
    finally:
        engine.close()
    begun = (tmp_path / "begun").read_text("ascii").split()
    assert begun.count("3") == 2
    assert len(begun) <= 8  # one more may have been on its way to the worker
