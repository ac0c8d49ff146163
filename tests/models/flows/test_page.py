"""Does the script of the page about flows run as it stands, and print what the page says?"""

import re
from pathlib import Path

from tests.command import ROOT, environment, run_python

PAGE = ROOT / "docs" / "how-to" / "flows.md"


def test_the_script_prints_what_the_page_says_and_nothing_else(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    (script,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (told,) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    variables = {k: v for k, v in environment().items() if not k.startswith("TF_")}
    done = run_python("-c", script, cwd=tmp_path, env=variables)
    assert (done.status, done.err) == (0, "")
    found, wanted = done.out.splitlines(), told.splitlines()
    # Another processor rounds in another order, so numbers of the fit may move in their last digit.
    assert (found[0], found[-1]) == (wanted[0], wanted[-1])
    assert float(found[-2].split()[0]) >= 0.9
    assert len(found) == len(wanted)
    assert {path.name for path in tmp_path.iterdir()} == {"two_moons.flow", "two_moons.png"}
