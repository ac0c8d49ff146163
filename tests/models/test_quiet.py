"""Is what a library of C prints kept from the terminal, and nothing else?"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reliability.mutations import KINDS, mutated, sound_files
from models.quiet import held_back_standard_error
from pipeline.audio import decode
from pipeline.errors import UnusableClip
from tests.command import environment, run_python


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


@pytest.mark.parametrize(
    "first",
    [
        "from models.flows import FitOptions, Flow",
        "from models.flows import Flow, FlowArchitecture; Flow(2, FlowArchitecture())",
        "import tf_keras",
        "import tensorflow",
        "from models.flows import FitOptions; import_tensorflow()",
    ],
)
def test_whatever_imports_tensorflow_first_the_rest_finds_it_and_flows_say_nothing(
    first: str, tmp_path: Path
) -> None:
    script = (
        f"from pipeline.processes import import_tensorflow; {first}\n"
        "from models.flows import Flow, FlowArchitecture\nflow = Flow(2, FlowArchitecture(n_layers=1))\n"
        "print(flow.log_prob([[0.0, 0.0]]).shape)\n"
        "import tensorflow_probability\n"
    )
    variables = {name: value for name, value in environment().items() if not name.startswith("TF_")}
    done = run_python("-c", script, cwd=tmp_path, env=variables)
    assert (done.status, done.out) == (0, "(1,)\n"), done.err
    if "models" in first:
        assert done.err == ""


def test_a_damaged_mp3_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    random, content = np.random.default_rng(3), sound_files()["mp3"]
    for number in range(60):
        try:
            decode(mutated(content, KINDS[number % len(KINDS)], random))
        except UnusableClip:
            continue
    assert capfd.readouterr().err == ""
