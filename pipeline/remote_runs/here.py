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

__all__ = ["run_here"]


@contextmanager
def run_here(run: str | os.PathLike[str], *, may_be_new: bool = False) -> Iterator[Path]:
    """Give the folder of a run, and at the end send what changed, also where what was done in it failed.

    After Ctrl-C nothing is sent: the next call does it. Where both fail, what was done first is raised.

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
    try:
        yield copy.path
    finally:
        before = sys.exc_info()[1]
        if isinstance(before, KeyboardInterrupt):
            say(f"{run}: nothing was sent; what is done stays in {copy.path}, and the next call sends it")
        else:
            try:
                copy.send()
            except PipelineError as error:
                if not isinstance(before, Exception):
                    raise
                say(f"{run}: {error}", level="warning")
