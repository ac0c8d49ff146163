"""Does one program at a time hold a lock, and does it end with its process?"""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.files.locks import locked
from tests.command import ROOT

HOLD = (
    "import sys\n"
    "from pathlib import Path\n"
    "from pipeline.files.locks import locked\n"
    "with locked(Path(sys.argv[1]), on_taken=lambda: print('taken', flush=True)):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.readline()\n"
)


def holder(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_another_process_is_told_and_then_waits(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as first, holder(tmp_path / "other") as second:
        assert (next_line(first), next_line(second)) == ("held", "held")
        with holder(tmp_path / "lock") as waiting:
            assert next_line(waiting) == "taken"
            first.communicate("\n")
            assert next_line(waiting) == "held"
            waiting.communicate("\n")
        second.communicate("\n")


def test_a_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as killed:
        assert next_line(killed) == "held"
        killed.kill()
    with locked(tmp_path / "lock", on_taken=lambda: pytest.fail("still held by a process that is gone")):
        pass


def test_what_is_raised_for_a_taken_lock_leaves_it_alone(tmp_path: Path) -> None:
    def refuse() -> None:
        raise RuntimeError("taken")

    with holder(tmp_path / "lock") as first:
        assert next_line(first) == "held"
        with pytest.raises(RuntimeError, match="taken"), locked(tmp_path / "lock", on_taken=refuse):
            pytest.fail("held twice")
        first.communicate("\n")
