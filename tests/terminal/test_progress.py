"""Is progress readable in a log, and does it keep away from standard output?"""

import pytest

from pipeline.terminal import progress
from pipeline.terminal.progress import Progress


def test_a_log_ends_with_the_whole_count(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("features", 3, "clips") as bar:
        for _ in range(3):
            bar.advance()
    assert capsys.readouterr().err.splitlines()[-1] == "features: 3/3 clips, 0 s left"


def test_nothing_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("features", 1, "clips") as bar:
        bar.advance(1, "note")
    assert capsys.readouterr().out == ""


def test_a_log_is_not_flooded(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("features", 100_000, "clips") as bar:
        for _ in range(10_000):
            bar.advance()
    assert len(capsys.readouterr().err.splitlines()) <= 1


def test_a_long_piece_of_work_says_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    with Progress("train", 10, "epochs") as bar:
        for _ in range(3):
            now += 6.0
            bar.advance(1, "log-likelihood 3.0")
    assert capsys.readouterr().err.splitlines() == [
        "train: 1/10 epochs, log-likelihood 3.0",
        "train: 2/10 epochs, log-likelihood 3.0, 48 s left",
        "train: 3/10 epochs, log-likelihood 3.0, 42 s left",
    ]


def test_a_slow_first_step_is_no_measure_of_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    with Progress("train", 10, "epochs") as bar:
        for seconds in (60.0, 6.0):
            now += seconds
            bar.advance()
    assert capsys.readouterr().err.splitlines()[-1] == "train: 2/10 epochs, 48 s left"


def test_a_terminal_gets_one_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    with Progress("features", 2, "clips") as bar:
        bar.advance(2, "1 set aside")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "features" in shown.err
    assert "2/2" in shown.err
    assert "1 set aside" in shown.err


def test_an_error_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    with pytest.raises(ZeroDivisionError), Progress("features", 2, "clips"):
        raise ZeroDivisionError
