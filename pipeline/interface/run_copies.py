"""How does a run folder get to another place whole?

Names that begin with a dot, such as the lock, are no part of a run.
"""

import shutil
import tempfile
import weakref
from pathlib import Path

from pipeline.commands import STAGES
from pipeline.runs import check_one_making, find_run

__all__ = ["check_run", "copy_run", "files_of", "kept_with"]


def check_run(path: Path) -> None:
    """Check that a run has a model, and that every file of its stages is what was recorded.

    Raises:
        PipelineError: no run stands there.
        ArtefactError: it has no model, is damaged, or of another version.
    """
    run = find_run(path)
    done = [folder for folder in STAGES.values() if run.record(folder) is not None]
    check_one_making(run, list(dict.fromkeys([*done, STAGES["train"]])))
    for folder in done:
        run.check(folder)


def files_of(path: Path) -> dict[str, Path]:
    """Return the files of a run by their names within it, in order."""
    found = {file.relative_to(path): file for file in sorted(path.rglob("*")) if file.is_file()}
    return {
        name.as_posix(): file
        for name, file in found.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def copy_run(source: Path, aim: Path) -> None:
    """Copy a run, check the copy, and put it in its place in one step.

    Raises:
        ArtefactError: a file of the run, or of the copy, is damaged.
    """
    aim.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=aim.parent, prefix=f".{aim.name}."))
    try:
        for name, file in files_of(source).items():
            path = work / "run" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, path)
        check_run(work / "run")
        (work / "run").rename(aim)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def kept_with(owner: object) -> Path:
    """Make a temporary folder that is removed when its owner, or the program, is gone."""
    folder = tempfile.mkdtemp(prefix="audio-anomaly-")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
