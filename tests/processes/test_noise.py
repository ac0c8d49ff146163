"""Is what a library of C prints kept from the terminal, and nothing else?"""

import os
import sys

import numpy as np
import pytest

from benchmarks.reliability.mutations import KINDS, mutated, sound_files
from pipeline.audio import decode
from pipeline.errors import UnusableClip
from pipeline.processes import held_back_standard_error


def test_what_is_written_to_the_descriptor_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with held_back_standard_error():
        os.write(2, b"a warning of C\n")
    print("a line of ours", file=sys.stderr, flush=True)
    assert capfd.readouterr().err == "a line of ours\n"


@pytest.mark.parametrize(("shown", "told"), [(True, "why it failed\n"), (False, "")])
def test_it_is_shown_after_a_failure_where_that_is_asked_for(
    shown: bool, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ImportError), held_back_standard_error(show_if_it_fails=shown):
        os.write(2, b"why it failed\n")
        raise ImportError
    assert capfd.readouterr().err == told


def test_a_damaged_mp3_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    random, content = np.random.default_rng(3), sound_files()["mp3"]
    for number in range(60):
        try:
            decode(mutated(content, KINDS[number % len(KINDS)], random))
        except UnusableClip:
            continue
    assert capfd.readouterr().err == ""
