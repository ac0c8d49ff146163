"""Does the script of the page about flows run as it stands, and print what the page says?"""

import re
from pathlib import Path

from tests.command import ROOT, environment, run_python

PAGE = ROOT / "docs" / "how-to" / "flows.md"


def run_script(number: int, folder: Path) -> tuple[list[str], list[str]]:
    """Run one script of the page; returns its lines, and those that the page has."""
    text = PAGE.read_text("utf-8")
    scripts = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    told = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(scripts) == len(told) == 2
    variables = {k: v for k, v in environment().items() if not k.startswith("TF_")}
    done = run_python("-c", scripts[number], cwd=folder, env=variables)
    assert (done.status, done.err) == (0, "")
    return done.out.splitlines(), told[number].splitlines()


def test_the_script_prints_what_the_page_says_and_nothing_else(tmp_path: Path) -> None:
    found, wanted = run_script(0, tmp_path)
    # Another processor rounds in another order, so numbers of the fit may move in their last digit.
    assert (found[0], found[-1]) == (wanted[0], wanted[-1])
    assert float(found[-2].split()[0]) >= 0.9
    assert len(found) == len(wanted)
    assert {path.name for path in tmp_path.iterdir()} == {"two_moons.flow", "two_moons.png"}


def test_the_script_about_whole_numbers_prints_what_the_page_says(tmp_path: Path) -> None:
    found, wanted = run_script(1, tmp_path)
    assert found[1:] == wanted[1:]
    # The page tells the truth that the rows were drawn from: 1.6.
    assert abs(float(found[0].split()[0]) - 1.6) <= 0.3
    assert found[0].split()[1:] == wanted[0].split()[1:]
