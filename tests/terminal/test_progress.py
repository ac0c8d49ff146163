"""Is progress readable in a log, and does it keep away from standard output?"""

import json
import logging
import re
import warnings
from datetime import datetime, timezone

import pytest

from pipeline.terminal import Manner, libraries_logged, notes, progress, telling, waiting
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
        "train: 3/3 epochs, log-likelihood 3.0, done",
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


def test_what_comes_before_the_first_step_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("train", 2, "epochs", first="compiling") as bar:
        assert capsys.readouterr().err == "train: compiling\n"
        bar.advance(2)


def test_work_that_used_all_that_was_allowed_ends_without_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("train", 1, "epochs at most") as bar:
        bar.advance()
    assert capsys.readouterr().err == "train: 1/1 epochs\n"


def test_a_bar_that_ends_early_ends_full(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    with Progress("train", 100, "epochs at most") as bar:
        bar.advance(7)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "7/7 epochs " in shown.splitlines()[-1]


@pytest.mark.parametrize("width", [30, 40, 79, 80, 200])
def test_the_bar_is_kept_at_every_width(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    with Progress("fit a detector of a long name", 4, "epochs at most") as bar:
        bar.advance(4, "log-likelihood 123.4 nats on validation, and more than has a place")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    line = [line for line in shown.splitlines() if "4/4" in line][-1]
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * 5 in line
    assert len(line) <= width


def test_programs_get_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(Manner(progress="json")), Progress("train", 9, "epochs", first="compiling") as bar:
        bar.advance(4, "first")
        bar.advance(1, "second")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["event"], one["done"], one["total"], one["note"]) for one in told] == [
        ("begin", 0, 9, "compiling"),
        ("end", 5, 5, "second"),
    ]
    assert [datetime.fromisoformat(one["time"]).tzinfo for one in told] == [timezone.utc] * 2


@pytest.mark.parametrize("chosen", [Manner(progress="none"), Manner(is_quiet=True)])
def test_no_progress_where_none_is_wanted(chosen: Manner, capsys: pytest.CaptureFixture[str]) -> None:
    with telling(chosen), Progress("train", 1, "epochs", first="compiling") as bar:
        bar.advance(1)
    assert capsys.readouterr().err == ""


def test_work_of_unknown_length_is_named_in_a_log_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting("loading"):
        pass
    assert capsys.readouterr().err == ""
    with telling(Manner(progress="plain")), waiting("loading"):
        assert capsys.readouterr().err == "loading\n"
    assert capsys.readouterr().err == ""


def test_work_of_unknown_length_leaves_a_terminal_clean(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes.sys.stderr, "isatty", lambda: True)
    with waiting("loading"):
        assert capsys.readouterr().err == "loading ..."
    assert capsys.readouterr().err == "\r\x1b[2K"


def test_programs_are_told_of_work_of_unknown_length(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(Manner(progress="json")), waiting("loading"):
        pass
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["event"], one["title"]) for one in told] == [("begin", "loading"), ("end", "loading")]


def test_what_libraries_warn_of_is_a_line_of_json_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(Manner(progress="json", stage="train")), libraries_logged(), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("one\nand more", stacklevel=1)
        logging.getLogger("library").error("two of %d", 3)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["event"], one["level"], one["stage"], one["message"], one["category"]) for one in told] == [
        ("warning", "warning", "train", "one\nand more", "UserWarning"),
        ("warning", "error", "train", "two of 3", "library"),
    ]


def test_quiet_keeps_what_libraries_warn_of_from_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(Manner(progress="json", is_quiet=True)), libraries_logged():
        logging.getLogger("library").error("lost")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("chosen", [Manner(progress="none"), Manner(is_quiet=True)])
def test_nobody_is_told_of_waiting_who_wants_no_progress(
    chosen: Manner, capsys: pytest.CaptureFixture[str]
) -> None:
    with telling(chosen), waiting("loading"):
        pass
    assert capsys.readouterr().err == ""
