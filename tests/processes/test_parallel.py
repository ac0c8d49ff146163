"""Are batches mapped in order and lazily, and does a worker's end stay one sentence?"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline.processes import available_cores, local, map_batches, mapping
from pipeline.processes.engine import WorkerKilled
from tests.processes.batch_work import dying_once, failing, squared


def halved(number: int, attempt: Callable[[int], int]) -> int:
    """Return what can be had of a number that kills."""
    with pytest.raises(WorkerKilled):
        attempt(number)
    return -attempt(number - 1) - 1


def killing(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def interrupt_is_blocked(_: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.parametrize("n_workers", [1, 2])
def test_batches_come_back_in_order(n_workers: int) -> None:
    assert list(map_batches(squared, range(20), n_workers=n_workers)) == [n * n for n in range(20)]


def test_no_batches_give_nothing() -> None:
    assert list(map_batches(squared, [], n_workers=2)) == []


@pytest.mark.parametrize("n_workers", [1, 2])
def test_batches_are_read_as_they_are_needed(n_workers: int) -> None:
    read = 0

    def batches() -> Iterator[int]:
        nonlocal read
        for number in range(100):
            read += 1
            yield number

    outcomes = map_batches(squared, batches(), n_workers=n_workers)
    next(outcomes)
    assert read <= 2 * n_workers
    outcomes.close()  # type: ignore[attr-defined]


def touched(path: Path) -> Path:
    path.touch()
    return path


def test_batches_ahead_are_done_while_the_block_does_something_else(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(10)]
    with mapping(touched, iter(paths), n_workers=2, n_ahead=7) as outcomes:
        deadline = time.monotonic() + 200
        while len(list(tmp_path.iterdir())) < 7 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sorted(tmp_path.iterdir()) == paths[:7]
        assert list(outcomes) == paths


def test_threads_of_this_process_work_at_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "available_cores", lambda: 2)
    together = threading.Barrier(2, timeout=60)

    def met(number: int) -> tuple[int, int]:
        together.wait()  # two batches must be under way for either to end
        return number, os.getpid()

    with mapping(met, range(8), n_workers=1, n_threads=2) as outcomes:
        assert list(outcomes) == [(number, os.getpid()) for number in range(8)]
    with (
        pytest.raises(ZeroDivisionError, match="three"),
        mapping(failing, range(8), n_workers=1, n_threads=2) as outcomes,
    ):
        list(outcomes)


def test_a_block_that_fails_ends_what_was_begun_ahead() -> None:
    with pytest.raises(ZeroDivisionError), mapping(squared, range(1_000), n_workers=2, n_ahead=1_000):
        raise ZeroDivisionError
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_in_a_batch_is_the_error_of_the_map(n_workers: int) -> None:
    with pytest.raises(ZeroDivisionError, match="three"):
        list(map_batches(failing, range(6), n_workers=n_workers))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")
def test_a_killed_worker_costs_its_batch_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "deaths").touch()
    function = partial(dying_once, folder=tmp_path)
    assert list(map_batches(function, range(8), n_workers=2)) == list(range(8))
    begun = (tmp_path / "begun").read_text("ascii").split()
    assert sorted(begun) == sorted([*map(str, range(8)), "3"])


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")
def test_a_batch_that_kills_each_worker_is_told_or_rescued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "N_DEATHS", 2)
    outcomes = map_batches(killing, range(4), n_workers=2)
    assert [next(outcomes) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(WorkerKilled, match="a block of work killed 2 processes one after another"):
        next(outcomes)
    with mapping(killing, range(6), n_workers=2, when_killed=halved) as found:
        assert list(found) == [0, 1, 2, -3, 4, 5]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")
def test_a_killed_process_of_its_own_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "deaths").touch()
    function = partial(dying_once, folder=tmp_path)
    with mapping(function, [3, 4], own_process="it was killed") as found:
        assert list(found) == [3, 4]


@pytest.mark.skipif(os.name == "nt", reason="no signal masks on this system")
def test_workers_leave_an_interrupt_to_the_program() -> None:
    assert all(map_batches(interrupt_is_blocked, range(4), n_workers=2))
    assert not interrupt_is_blocked(0)


def test_at_least_one_core_is_available() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
