"""Can a shell complete the program's words, and does make's help name what there is?"""

import re
from pathlib import Path

import pytest

from pipeline.settings.presets import PRESETS
from tests.command import ROOT, Ended, environment, run_python

ASKED = "_AUDIO_ANOMALY_COMPLETE"


def asked(folder: Path, **variables: str) -> Ended:
    """What the program answers a shell, which asks in variables of the environment."""
    script = "from pipeline.commands.cli import main; main()"
    return run_python("-c", script, cwd=folder, env={**environment(), **variables})


@pytest.mark.parametrize(
    ("words", "found"), [("audio-anomaly ver", "verdicts"), ("audio-anomaly verify --prog", "--progress")]
)
def test_a_shell_completes_verbs_and_options(words: str, found: str, tmp_path: Path) -> None:
    place = str(len(words.split()) - 1)
    ended = asked(tmp_path, **{ASKED: "bash_complete", "COMP_WORDS": words, "COMP_CWORD": place})
    assert (ended.status, ended.err) == (0, "")
    assert f"plain,{found}" in ended.out.splitlines()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_documented_lines_give_the_shell_what_it_reads(shell: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "command_line.md").read_text("utf-8")
    assert f"{ASKED}={shell}_source audio-anomaly" in page
    ended = asked(tmp_path, **{ASKED: f"{shell}_source"})
    assert ended.status == 0
    assert f"{ASKED}={shell}_complete" in ended.out


def test_the_help_of_make_names_every_preset() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    told = makefile[makefile.index("PRESET is ") : makefile.index("features: $(READY)")]
    assert set(PRESETS) <= set(re.findall(r"[a-z-]+", told))
