"""Does the benchmark of memory name every stage, count every process, and say what failed?"""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.memory import main, tree_costs, tree_memory, watched
from tests.command import QUICK

# A process that starts another of 100 MB, and says when both stand.
PARENT = """
import subprocess, sys
child = "x = bytearray(b'1') * 100_000_000; print(flush=True); input()"
PIPE = subprocess.PIPE
with subprocess.Popen([sys.executable, "-c", child], stdin=PIPE, stdout=PIPE) as started:
    started.stdout.readline()
    print(flush=True)
    input()
    started.communicate(b"\\n")
"""
PIECES = [option.removeprefix("--set=") for option in QUICK if option.startswith("--set=")]


def saying(*lines: str) -> list[str]:
    """Return a program that prints lines, each long enough for a sample."""
    told = "; ".join(f"print({line!r}, flush=True); time.sleep(0.3)" for line in lines)
    return [sys.executable, "-c", f"import time; time.sleep(0.3); {told}"]


def test_the_largest_process_may_be_a_child_and_the_sum_counts_both() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        largest, together = tree_memory(psutil.Process(started.pid))
        started.communicate(b"\n")
    assert largest > 100
    assert together >= largest


def test_a_stage_begins_where_the_program_says_so() -> None:
    said = saying("features: skipped, nothing has changed", "train: running, not done yet")
    assert list(watched(said, "train")) == ["start", "train"]


def test_a_marked_line_begins_a_stage() -> None:
    said = saying(
        "evaluate: running, not done yet", "score: 5/9 clips, 1 s left", "score: 9/9 clips, 0 s left"
    )
    assert list(watched(said, "evaluate", {r"score: (\d+)/\1 clips": "rest"})) == [
        "start",
        "evaluate",
        "rest",
    ]


def test_costs_of_a_process_are_cpu_time_and_bytes_and_stay_when_it_has_ended() -> None:
    # Time is counted in hundredths of a second.
    program = "sum(range(10**7)); open('/dev/null', 'wb').write(b'x' * 10**7); print(flush=True); input()"
    command = [sys.executable, "-c", program]
    known: dict[int, tuple[float, ...]] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        process = psutil.Process(started.pid)
        seconds, n_read, n_written = tree_costs(process, known)
        started.communicate(b"\n")
    assert seconds > 0
    assert n_read > 0
    assert n_written >= 1e7
    assert sum(known[started.pid]) == seconds + n_read + n_written


def test_a_verb_without_stages_is_one() -> None:
    assert list(watched(saying("a table"), "compare")) == ["compare"]


def test_a_verb_that_fails_is_named_with_what_it_said_last() -> None:
    failing = [sys.executable, "-c", "import sys; print('error: no such corpus'); sys.exit(2)"]
    with pytest.raises(SystemExit, match=r"train ended with status 2:\nerror: no such corpus"):
        watched(failing, "train")


def test_each_verb_is_measured_and_written(tiny_corpus: Path, tmp_path: Path) -> None:
    arguments = [
        f"--corpus={tiny_corpus}",
        "--preset=fft",
        f"--out={tmp_path}",
        "--verbs",
        "evaluate",
        "review",
    ]
    assert main([*arguments, *(word for piece in PIECES for word in ("--set", piece))]) == 0
    peaks = json.loads((tmp_path / "memory.json").read_text())
    assert list(peaks) == ["evaluate", "review"]
    assert {"features", "train", "evaluate"} <= set(peaks["evaluate"])
    for stages in peaks.values():
        for peak in stages.values():
            assert 0 < peak["largest_mb"] <= peak["all_mb"]
