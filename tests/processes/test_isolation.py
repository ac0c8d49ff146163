"""Is work done in a process of its own, does what it returns or raises come back, and does it end in time?"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline.audit import stage
from pipeline.density import experiment
from pipeline.density.fitting import fit_flow
from pipeline.density.preprocessing import PreparedRows
from pipeline.density.presets import resolve_density_settings
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.processes.isolation import call_isolated

WAS_KILLED = "it was killed"
TINY = ("flow.n_layers=1", "flow.hidden_units=[4]", "training.max_epochs=1", "flow.normalization=none")


def test_work_apart_is_done_in_another_process() -> None:
    assert call_isolated(WAS_KILLED, os.getpid) != os.getpid()


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        call_isolated(WAS_KILLED, int, "seven")


def test_an_error_for_the_user_comes_back_from_its_process() -> None:
    with pytest.raises(ConfigurationError, match="one sentence"):
        call_isolated(WAS_KILLED, fail)


def test_an_unexpected_error_comes_with_the_traceback_of_its_process() -> None:
    with pytest.raises(EOFError) as raised:
        call_isolated(WAS_KILLED, end_of_file)
    assert "in end_of_file\n" in str(raised.value.__cause__)


@pytest.mark.parametrize("told", ["a word", "a lock"])
def test_an_error_that_cannot_be_handed_on_is_told_with_its_traceback(told: str) -> None:
    with pytest.raises(RuntimeError, match="cannot be handed on") as raised:
        call_isolated(WAS_KILLED, raise_what_stays, told)
    assert "Stays: " in str(raised.value.__cause__)


def test_a_value_that_cannot_be_handed_on_is_an_error() -> None:
    with pytest.raises(TypeError, match="pickle"):
        call_isolated(WAS_KILLED, threading.Lock)


def test_a_process_that_ends_without_a_word_is_an_error() -> None:
    with pytest.raises(PipelineError, match="was killed"):
        call_isolated(WAS_KILLED, die)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize(
    ("sentence", "pattern"),
    [
        (stage._WAS_KILLED, "was killed, .* the folds that are done are kept"),
        (experiment._WAS_KILLED, "was killed, .* use fewer --rows"),
    ],
)
def test_a_killed_process_is_told_of_in_one_sentence(sentence: str, pattern: str) -> None:
    with pytest.raises(PipelineError, match=pattern):
        call_isolated(sentence, signal.raise_signal, signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="signals cannot be sent on this system")
@pytest.mark.parametrize("work", ["listens", "is deaf"])
def test_an_interrupt_ends_the_process_and_does_not_wait_for_its_work(work: str, tmp_path: Path) -> None:
    threading.Thread(target=interrupt_after, args=(tmp_path / "begun",)).start()
    with pytest.raises(KeyboardInterrupt):
        call_isolated(WAS_KILLED, work_for_ever, tmp_path, work == "listens")
    assert multiprocessing.active_children() == []
    # What is open in the work is closed: a progress bar gives the cursor back.
    assert (tmp_path / "closed").exists() == (work == "listens")


def test_a_flow_comes_back_from_its_process() -> None:
    settings = resolve_density_settings("table", TINY)
    fitted = call_isolated(WAS_KILLED, fit_flow, rows(), settings, print)
    assert np.isfinite(fitted.test.value)
    assert len(fitted.epochs) == 1
    assert "flow/architecture" in fitted.arrays


def rows() -> PreparedRows:
    x = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    return PreparedRows(
        columns=("a", "b"),
        left_out=(),
        correlated=(),
        mean=np.zeros(2),
        deviation=np.ones(2),
        n_file_rows=300,
        train=x[:200],
        validation=x[200:250],
        test=x[250:],
        number=np.arange(300),
    )


class Stays(Exception):
    """Cannot be made again from the one argument that it keeps, or cannot be sent."""

    def __init__(self, word: object, more: str) -> None:
        super().__init__(word)


def raise_what_stays(what: str) -> None:
    raise Stays(threading.Lock() if what == "a lock" else what, "more")


def fail() -> None:
    raise ConfigurationError("one sentence")


def end_of_file() -> None:
    raise EOFError("no more")


def die() -> None:
    os._exit(9)


def work_for_ever(folder: Path, listens: bool) -> None:
    if not listens:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        (folder / "begun").touch()
        time.sleep(600)
    finally:
        (folder / "closed").touch()


def interrupt_after(begun: Path) -> None:
    """Press Ctrl-C once a file is there."""
    for _ in range(1_200):
        if begun.exists():
            os.kill(os.getpid(), signal.SIGINT)
            return
        time.sleep(0.05)
    sys.stderr.write("it never began\n")
