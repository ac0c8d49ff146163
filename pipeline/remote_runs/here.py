"""Where does a verb find the run that it works on, wherever this stands?"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.remote_runs.working_copy import WorkingCopy
from pipeline.stores import is_url
from pipeline.terminal import say

__all__ = ["name_of_run", "run_here", "send_changes"]

# Copies that verbs work in at the moment, by their folders.
_OPEN: dict[Path, WorkingCopy] = {}


@contextmanager
def run_here(run: str | os.PathLike[str], *, may_be_new: bool = False) -> Iterator[Path]:
    """Give the folder of a run, and at the end send what changed, also where what was done in it failed.

    What is done meanwhile can be sent by ``send_changes``.

    After Ctrl-C nothing more is sent: the next call does it. Where both fail, what was done first is raised.

    Args:
        run: a path, which is given as it is, or the URL of a run's folder in a store.
        may_be_new: a run may be made there.

    Raises:
        ConfigurationError: a secret in the URL, or no package reads its protocol.
        PipelineError: no run there, the store refuses, or a file of the run changed on both sides.
    """
    if not isinstance(run, str) or not is_url(run):
        yield Path(run)
        return
    copy = WorkingCopy(run)
    copy.fetch(may_be_new=may_be_new)
    _OPEN[copy.path] = copy
    try:
        yield copy.path
    finally:
        del _OPEN[copy.path]
        before = sys.exc_info()[1]
        if isinstance(before, KeyboardInterrupt):
            say(f"{run}: what was not sent yet stays in {copy.path}, and the next call sends it")
        else:
            try:
                copy.send()
            except PipelineError as error:
                if not isinstance(before, Exception):
                    raise
                say(f"{run}: {error}", level="warning")


def send_changes(run_path: Path) -> None:
    """Send what changed in a run's folder so far, where it is a copy: a machine that is lost loses no more.

    Where the store refuses, that is told and the work goes on: at its end all is sent once more.
    """
    if found := _copy_of(run_path):
        try:
            found.send()
        except PipelineError as error:
            say(f"{found.url}: {error}", level="warning")


def name_of_run(run_path: Path) -> str:
    """Return how a user names the run in a folder: by its URL, where the folder is a copy of it."""
    found = _copy_of(run_path)
    if found is None:
        return str(run_path)
    return "/".join([found.url, *run_path.relative_to(found.path).parts])


def _copy_of(run_path: Path) -> WorkingCopy | None:
    return next((_OPEN[folder] for folder in (run_path, *run_path.parents) if folder in _OPEN), None)
