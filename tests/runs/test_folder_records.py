"""Which folders can become a run, and does one process at a time work in it?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ArtefactError, PipelineError
from pipeline.runs.folder import RunFolder
from tests.command import contents, environment


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ArtefactError, match=r"holds 1 files and no config\.toml, so it is no run folder"):
        RunFolder(tmp_path).prepare()
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_file_is_not_a_run_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(ArtefactError, match="is a file, not a run folder"):
        RunFolder(tmp_path / "file").prepare()


def test_a_path_below_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(PipelineError, match=r"cannot be used: Not a directory; name another with RUN="):
        RunFolder(tmp_path / "file" / "run").prepare()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_cannot_be_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PipelineError, match="cannot be written to"):
        RunFolder(tmp_path).prepare()
    tmp_path.chmod(0o700)


def test_an_empty_folder_can_become_a_run(tmp_path: Path) -> None:
    RunFolder(tmp_path).prepare()


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.prepare()
    script = (
        "import sys\nfrom pathlib import Path\nfrom pipeline.runs.folder import RunFolder\n"
        "from pipeline.errors import PipelineError\n"
        "try:\n    with RunFolder(Path(sys.argv[1])).lock(): print('in')\n"
        "except PipelineError as error: print(error)\n"
    )

    def other() -> str:
        return subprocess.run(
            [sys.executable, "-c", script, str(run.path)],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.strip()

    with run.lock():
        assert other() == f"another run is at work in {run.path}; wait for it, or name another with RUN="
    assert other() == "in"
