"""Is Ctrl-C heard where a library makes another error of it, or loses it?"""

import gc
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.terminal.interruption import interrupts_handed_to, interrupts_handled, raise_if_interrupted
from pipeline.terminal.progress import Progress
from tests.command import environment


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class PressesCtrlC:
    """Presses Ctrl-C where TensorFlow asks whether it can be an argument: cannot be referred to weakly."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0


def test_an_interrupt_of_which_tensorflow_makes_a_type_error_is_heard() -> None:
    import tensorflow as tf

    traced = tf.function(lambda x: tf.constant(1))
    with pytest.raises(TypeError, match="hashable"):
        traced(PressesCtrlC())
    with pytest.raises(KeyboardInterrupt), interrupts_handled():
        traced(PressesCtrlC())


def test_an_interrupt_that_was_lost_ends_the_work_at_its_next_step() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_handled(), Progress("train", 10, "epochs") as progress:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        progress.advance()


def test_an_error_without_an_interrupt_is_the_error() -> None:
    with pytest.raises(ZeroDivisionError), interrupts_handled():
        raise ZeroDivisionError


def test_work_that_ended_all_the_same_is_done() -> None:
    with interrupts_handled(), suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    raise_if_interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_interrupt_does_not_end_the_next_work() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_handled():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), interrupts_handled():
        raise_if_interrupted()
        raise ZeroDivisionError


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts_handled():
        signal.raise_signal(signal.SIGINT)
        raise_if_interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


ENDING = [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]


@pytest.mark.parametrize("number", ENDING)
def test_a_request_to_end_is_an_interrupt(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts_handled():
        signal.raise_signal(number)
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", ENDING)
def test_a_request_to_end_is_handled_where_an_interrupt_is_ignored(number: signal.Signals) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with pytest.raises(KeyboardInterrupt), interrupts_handled():
        signal.raise_signal(number)


@pytest.mark.parametrize("number", ENDING)
def test_a_request_to_end_that_is_ignored_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with interrupts_handled():
            signal.raise_signal(number)
            raise_if_interrupted()
        with interrupts_handed_to(lambda: pytest.fail("it was to be ignored")):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
def test_a_server_is_asked_to_end_by_each_of_the_three(number: signal.Signals) -> None:
    asked = []
    with interrupts_handed_to(lambda: asked.append(number)):
        signal.raise_signal(number)
    assert asked == [number]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupt_that_python_drops_is_not_told_of(
    error: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    class RaisesAtItsEnd:
        def __del__(self) -> None:
            raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
        with interrupts_handled():
            RaisesAtItsEnd()
            gc.collect()
        assert sys.unraisablehook is sys.__unraisablehook__
    assert ("Traceback" in capsys.readouterr().err) == (error is not KeyboardInterrupt)


MADE_OF_IT = SystemError("<built-in function __import__> returned a result with an exception set")


def drop() -> None:
    """Raise where Python can only tell of it (``PyErr_WriteUnraisable``)."""

    class RaisesAtItsEnd:
        def __del__(self) -> None:
            raise MADE_OF_IT

    RaisesAtItsEnd()
    gc.collect()


def print_it() -> None:
    """Show an error as code in C does (``PyErr_Print``)."""
    sys.excepthook(SystemError, MADE_OF_IT, None)


@pytest.mark.parametrize("is_pressed", [True, False])
@pytest.mark.parametrize(("hook", "end"), [("unraisablehook", drop), ("excepthook", print_it)])
def test_an_error_that_a_library_makes_of_an_interrupt_is_not_shown(
    hook: str, end: Callable[[], None], is_pressed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    pythons_own = getattr(sys, f"__{hook}__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, hook, pythons_own)
        with interrupts_handled(), suppress(KeyboardInterrupt):
            try:
                if is_pressed:
                    signal.raise_signal(signal.SIGINT)
            finally:
                end()
        assert getattr(sys, hook) is pythons_own
    assert ("SystemError" in capsys.readouterr().err) != is_pressed


def test_an_interrupt_in_a_text_that_is_run_ends_with_the_status_of_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "pressed.py").write_text(
        "import signal\n"
        "from pipeline.commands import cli, diagnosis\n"
        "diagnosis.diagnose = lambda: exec('signal.raise_signal(signal.SIGINT)', {'signal': signal})\n"
        "cli.main()\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pressed", "doctor"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip().startswith("error: interrupted")
