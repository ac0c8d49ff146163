"""Do the scripts of the page about rows from elsewhere run as they stand, and print what the page says?"""

import re
from pathlib import Path

from tests.command import ROOT, environment, run_python

PAGE = ROOT / "docs" / "how-to" / "out_of_distribution.md"


def test_the_scripts_print_what_the_page_says_and_nothing_else(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    script = "".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    (told,) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    variables = {k: v for k, v in environment().items() if not k.startswith("TF_")}
    done = run_python("-c", script, cwd=tmp_path, env=variables)
    assert (done.status, done.err) == (0, "")
    assert done.out == told
