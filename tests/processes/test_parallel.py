"""Are batches mapped in order and lazily, and does a worker's end stay one sentence?"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.processes.parallel import available_cores, map_batches, mapping


def squared(number: int) -> int:
    return number * number


def failing(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


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


def test_a_block_that_fails_ends_what_was_begun_ahead() -> None:
    with pytest.raises(ZeroDivisionError), mapping(squared, range(1_000), n_workers=2, n_ahead=1_000):
        raise ZeroDivisionError
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_in_a_batch_is_the_error_of_the_map(n_workers: int) -> None:
    with pytest.raises(ZeroDivisionError, match="three"):
        list(map_batches(failing, range(6), n_workers=n_workers))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")
def test_a_killed_worker_is_one_sentence() -> None:
    with pytest.raises(PipelineError, match="one of 2 worker processes was killed"):
        list(map_batches(killing, range(6), n_workers=2))


@pytest.mark.skipif(os.name == "nt", reason="no signal masks on this system")
def test_workers_leave_an_interrupt_to_the_program() -> None:
    assert all(map_batches(interrupt_is_blocked, range(4), n_workers=2))
    assert not interrupt_is_blocked(0)


def test_at_least_one_core_is_available() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
