"""Does the program start without what nothing needs, and end with all told and nothing left?"""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.command import VERBS, environment, run_python


def end_of(
    arguments: list[str | Path], folder: Path, out: int | IO[str], env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
        env=env,
    )


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no full disk on this system")
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = end_of(["-m", "pipeline", "doctor"], tmp_path, full, environment())
    assert ended.returncode == 1
    assert ended.stderr == "error: No space left on device: the system refused an operation\n"


def test_a_reader_who_has_left_is_not_told(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as closed:
        ended = end_of(["-m", "pipeline", "doctor"], tmp_path, closed, environment())
    assert (ended.returncode, ended.stderr) == (1, "")


def test_what_libraries_registered_for_the_end_is_done(tmp_path: Path) -> None:
    program = "import atexit; atexit.register(print, 'done'); from pipeline.__main__ import run; run()"
    ended = end_of(["-c", program, "--version"], tmp_path, subprocess.PIPE, environment())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[1:] == ["done"]


def test_keras_3_is_not_imported(tmp_path: Path) -> None:
    told = "import sys; print([name in sys.modules for name in ('tf_keras', 'keras')])"
    ended = end_of(
        [
            "-c",
            f"from pipeline.processes import import_tensorflow; import_tensorflow(); {told}",
        ],
        tmp_path,
        subprocess.PIPE,
        {name: value for name, value in environment().items() if name != "TF_USE_LEGACY_KERAS"},
    )
    assert (ended.stdout, ended.stderr) == ("[True, False]\n", "")


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_imports_nothing_heavy(verb: str, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['audio-anomaly', *{verb!r}.split(), '--help']\n"
        "from pipeline.commands.cli import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert ended.code == 0\n"
        "heavy = {'tensorflow', 'tf_keras', 'librosa', 'numpy', 'scipy', 'pyarrow', 'pydantic', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = run_python("-c", script, cwd=tmp_path)
    assert done.err.strip() == "[]"
    assert "Usage: audio-anomaly" in done.out
