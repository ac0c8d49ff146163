"""Is a fold's work done in a process of its own, and what is heard when that process is killed?"""

import os
import signal

import pytest

from pipeline.audit.apart import call_apart, call_here
from pipeline.errors import PipelineError


def test_work_apart_is_done_in_another_process() -> None:
    assert call_here(os.getpid) == os.getpid() != call_apart(os.getpid)


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        call_apart(int, "seven")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_process_is_told_of_in_one_sentence() -> None:
    with pytest.raises(PipelineError, match="was killed, .* the folds that are done are kept"):
        call_apart(signal.raise_signal, signal.SIGKILL)
