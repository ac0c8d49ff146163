"""Do several processes fit as one does, also when one of them is lost, and what is refused?"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.fitting import launch
from models.flows.fitting.progress import FitProgress
from models.flows.fitting.workers import Workers

SCRIPT = Path(__file__).parent / "shared_fit.py"
ROOT = Path(__file__).parents[4]


def run(folder: Path, *command: Any) -> tuple[str, np.ndarray]:
    """Return standard error, and the mean log-likelihoods of each epoch [epochs, 2]."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(
        [sys.executable, *map(str, command)], env=environment, capture_output=True, text=True, timeout=400
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stderr, np.array(json.loads((folder / "history.json").read_text("utf-8")))


def test_two_processes_have_the_losses_of_one_also_when_one_of_them_is_lost(tmp_path: Path) -> None:
    _, alone = run(tmp_path / "one", SCRIPT, tmp_path / "one")
    folder = tmp_path / "two"
    told, shared = run(folder, "-m", "models.flows.fitting.launch", "--workers", 2, SCRIPT, folder, 3)
    np.testing.assert_allclose(shared, alone, atol=1e-4)
    assert "worker 1 of 2 ended with status -9; all start again, 1 of 3" in told
    assert (folder / "starts").read_text("utf-8") == "anew\nfrom the checkpoint\n"


def both(work: Callable[[Workers], Any]) -> list[Any]:
    """Return what two processes get that reach each other, as threads of this one; or what each raises."""
    barrier, sent, found = threading.Barrier(2, timeout=60), [np.empty(0)] * 2, [None] * 2

    class Threaded(Workers):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.n, self.number = 2, number

        def _sum(self, array: np.ndarray) -> np.ndarray:
            sent[self.number] = array
            barrier.wait()
            total = np.sum(sent, axis=0, dtype=array.dtype)
            barrier.wait()
            return np.asarray(total)

    def one(number: int) -> None:
        try:
            found[number] = work(Threaded(number))
        except ValueError as error:
            found[number] = str(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return found


def test_all_go_on_from_where_the_first_one_stands() -> None:
    progress = FitProgress(values=[np.arange(3.0)], good=[], best=[np.ones(2)], best_value=-2.5, stale=1)
    found = both(lambda workers: workers.progress_of_first(None if workers.number else progress, []))
    for one in found:
        assert (one.best_value, one.stale) == (-2.5, 1)
        np.testing.assert_array_equal(one.values[0], np.arange(3.0))


def test_all_begin_with_the_variables_of_the_first_one() -> None:
    variables = [[tf.Variable([1.0 + number, 2.0])] for number in range(2)]
    found = both(lambda workers: workers.progress_of_first(None, variables[workers.number]))
    assert found == [None, None]
    np.testing.assert_array_equal(variables[1][0].numpy(), [1.0, 2.0])


def test_one_that_ends_the_fit_ends_it_for_all_and_the_first_one_validates() -> None:
    assert both(lambda workers: workers.any(workers.number == 1)) == [True, True]
    assert both(lambda workers: workers.any(False)) == [False, False]
    assert both(lambda workers: workers.value_of_first(-3.25 + workers.number)) == [-3.25, -3.25]


def test_shares_are_the_whole_batch_once() -> None:
    shares = both(lambda workers: np.arange(10)[workers.share(10)].tolist())
    assert shares == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_other_rows_in_one_process_are_refused_in_all() -> None:
    rows = np.random.default_rng(0).standard_normal((5, 2))
    same = both(lambda workers: workers.check_same(rows))
    assert same == [None, None]
    first, second = both(lambda workers: workers.check_same(rows + workers.number))
    assert "must be given the same rows, and another one has others than the first" in first
    assert "and this one, 1, has others than the first" in second


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((100, 25, 1), "batch_size=25 rows cannot be shared evenly among 2 processes; take 26"),
        ((3, 2, 2), "accumulate=2 batches shared among 2 processes need as many rows, got 3"),
    ],
)
def test_rows_that_cannot_be_shared_are_refused(arguments: tuple[int, int, int], sentence: str) -> None:
    workers = Workers()
    workers.n = 2
    with pytest.raises(ValueError, match=sentence):
        workers.rows_of_a_step(*arguments)
    assert workers.rows_of_a_step(9, 100, 2) == 8


def test_a_strategy_with_several_replicas_in_one_process_is_refused() -> None:
    strategy = SimpleNamespace(extended=SimpleNamespace(worker_devices=("GPU:0", "GPU:1")))
    with pytest.raises(ValueError, match="has 2 replicas in this process, and a fit takes 1 in each"):
        Workers(strategy)


def test_an_error_of_the_script_is_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "fails.py"
    script.write_text("import sys; print('once', file=sys.stderr); sys.exit(7)")
    assert launch.main(["--workers", "1", str(script)]) == 7
    told = capfd.readouterr().err
    assert told.count("once") == 1
    assert "error: worker 0 of 1 ended with status 7, after 0 restarts; see its last lines above" in told


def test_each_process_has_its_own_place_and_device() -> None:
    first, second = launch.configurations(2, has_gpus=True)
    places = [json.loads(one["TF_CONFIG"]) for one in (first, second)]
    assert [place["task"]["index"] for place in places] == [0, 1]
    assert places[0]["cluster"] == places[1]["cluster"]
    assert len(set(places[0]["cluster"]["worker"])) == 2
    assert (first["CUDA_VISIBLE_DEVICES"], second["CUDA_VISIBLE_DEVICES"]) == ("0", "1")


@pytest.mark.parametrize("arguments", [["--workers", "0", __file__], ["--workers", "2", "none.py"]])
def test_what_cannot_be_started_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        launch.main(arguments)
    told = capsys.readouterr().err
    assert "--workers 0 --restarts 3: at least 1 and 0" in told or "none.py is no file" in told
