"""Do the pages about Python run as they stand?"""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from tests.command import ROOT

PAGE = ROOT / "docs" / "how-to" / "python.md"
NOTEBOOK = ROOT / "docs" / "notebooks" / "python.ipynb"


def printed(code: str, names: dict[str, object]) -> str:
    """Run code in a namespace, and return what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<page>", "exec"), names)
    return out.getvalue()


def test_the_page_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "page"}
    ran, told = [], ""
    for kind, text in blocks:
        if kind == "python":
            told = printed(text, names)
            ran.append(text)
        elif kind == "text":
            assert told == text, ran[-1]
            told = ""
    assert len(ran) == 10


def test_every_cell_of_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {"__name__": "notebook"}
    told = [printed(cell, names) for cell in cells]
    assert told[-1].strip(), "the last cell prints a table of scores"
    assert not [cell for cell in notebook["cells"] if cell.get("outputs")]
