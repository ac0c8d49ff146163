"""Does each worker end when the process that started it is killed?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.processes.parent import end_with_parent
from tests.command import environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on this system")

# Both ways in which the program starts processes; each tells who it is and works on.
PROGRAM = """
import os, pathlib, sys, time
from pipeline.processes import call_isolated, map_batches

def work(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(600)

if __name__ == "__main__":
    if sys.argv[1] == "map":
        list(map_batches(work, sys.argv[2:] * 2, n_workers=2))
    else:
        call_isolated("killed", work, sys.argv[2])
"""


def eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def is_at_work(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"


@pytest.mark.parametrize(("way", "n_processes"), [("map", 2), ("isolated", 1)])
def test_a_worker_does_not_outlive_the_program(way: str, n_processes: int, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    told = tmp_path / "told"
    told.mkdir()
    command = [sys.executable, "program.py", way, str(told)]
    with (
        open(tmp_path / "err", "wb") as err,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=err
        ) as program,
    ):
        assert eventually(lambda: len(list(told.iterdir())) == n_processes or program.poll() is not None)
        assert program.poll() is None, (tmp_path / "err").read_text("utf-8")
        program.send_signal(signal.SIGKILL)
        # Ends when the last process that holds the pipe does.
        program.communicate(timeout=200)
    workers = [int(path.name) for path in told.iterdir()]
    assert eventually(lambda: not any(is_at_work(number) for number in workers))


def test_a_process_that_nobody_started_has_no_parent_to_end_with() -> None:
    with pytest.raises(ValueError, match="has a parent"):
        end_with_parent()
