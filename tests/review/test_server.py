"""How does the review begin and end, and what does it load?"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.review.server import bind_review
from tests.command import ROOT
from tests.review.review_run import copy_review_run, served


@contextmanager
def started_review(run_path: Path, folder: Path, *program: str) -> Iterator[subprocess.Popen[str]]:
    """Start a review by its command, and let the block begin when the address was told."""
    options = ("review", f"--run={run_path}", "--verdicts=verdicts.sqlite")
    with subprocess.Popen(
        [sys.executable, *program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "BROWSER": "true"},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]{30,}/", line)
            yield process
        finally:
            process.kill()


def test_a_run_without_scores_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="has no scores to review; run `make evaluate` first"):
        bind_review(tmp_path, tmp_path / "verdicts.sqlite")


def test_a_run_without_a_report_can_be_reviewed(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    (own / "report" / "index.html").unlink()
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("api/run").told["has_report"] is False
        assert served_run.ask("report/").status == 404


def test_a_taken_port_is_an_error_in_words(review_run: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PipelineError, match="cannot be used"):
            bind_review(review_run, tmp_path / "verdicts.sqlite", port=taken.getsockname()[1])


# Where Ctrl-C may fall between the line with the address and the end.
DELICATE = {
    "the browser's thread": "threading.Thread.start",
    "the event loop half made": "asyncio.selector_events.BaseSelectorEventLoop._make_self_pipe",
    "uvicorn's own handling": "uvicorn.Server.capture_signals",
    "the application": "uvicorn.Config.load",
    "listening": "uvicorn.Server.startup",
    "the first request": "uvicorn.Server.main_loop",
    "shutting down": "uvicorn.Server.shutdown",
    "the event loop half closed": "asyncio.selector_events.BaseSelectorEventLoop._close_self_pipe",
    "closing the verdicts": "pipeline.review.server.BoundReview.close",
}
PRESSES_CTRL_C = """
import asyncio.selector_events, pkgutil, signal, sys, webbrowser
import pipeline.review.server
webbrowser.open = lambda address: True
owner, _, name = sys.argv.pop(1).rpartition(".")
owner = pkgutil.resolve_name(owner)
at_delicate_place = getattr(owner, name)
def press_and_go_on(*given, **named):
    signal.raise_signal(signal.SIGINT)
    return at_delicate_place(*given, **named)
setattr(owner, name, press_and_go_on)
from pipeline.commands import main
main()
"""


@pytest.mark.parametrize("place", DELICATE.values(), ids=DELICATE)
def test_an_interrupt_ends_the_review_in_order_wherever_it_falls(
    place: str, review_run: Path, tmp_path: Path
) -> None:
    with started_review(review_run, tmp_path, "-c", PRESSES_CTRL_C, place) as process:
        if place.endswith(("shutdown", "close", "_close_self_pipe")):
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "Verdicts are kept in verdicts.sqlite\nReview ended.\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_end_ends_the_review_in_order(name: str, review_run: Path, tmp_path: Path) -> None:
    with started_review(review_run, tmp_path, "-m", "pipeline") as process:
        process.send_signal(signal.Signals[name])
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "Verdicts are kept in verdicts.sqlite\nReview ended.\n")


def test_the_review_loads_no_tensorflow(review_run: Path, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from pipeline.review.server import bind_review\n"
        f"review = bind_review(pathlib.Path({str(review_run)!r}), pathlib.Path('verdicts.sqlite'))\n"
        "review.session.clip('0'); review.close()\n"
        "print(sorted({'tensorflow', 'tf_keras', 'librosa', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=300,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
