"""How does the review begin and end, and what does it load?"""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT
from review_run import copy_review_run, served

from pipeline.errors import PipelineError
from pipeline.review.server import bind_review


def test_a_run_without_scores_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="has no scores to review; run `make evaluate` first"):
        bind_review(tmp_path, tmp_path / "verdicts.sqlite")


def test_a_run_without_a_report_can_be_reviewed(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    (own / "report" / "index.html").unlink()
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.ask("api/run").told["has_report"] is False
        assert desk.ask("report/").status == 404


def test_a_taken_port_is_an_error_in_words(review_run: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PipelineError, match="cannot be used"):
            bind_review(review_run, tmp_path / "verdicts.sqlite", port=taken.getsockname()[1])


def test_an_interrupt_ends_the_server_without_a_traceback(review_run: Path, tmp_path: Path) -> None:
    arguments = [
        "-m",
        "pipeline",
        "review",
        f"--run={review_run}",
        "--no-browser",
        "--verdicts=verdicts.sqlite",
    ]
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]{30,}/", line)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert errors.endswith("Review ended.\n")


def test_the_review_loads_no_tensorflow(review_run: Path, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from pipeline.review.server import bind_review\n"
        f"review = bind_review(pathlib.Path({str(review_run)!r}), pathlib.Path('verdicts.sqlite'))\n"
        "review.desk.clip('0'); review.close()\n"
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
