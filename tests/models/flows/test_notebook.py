"""Does the notebook about flows run, and is its fit that of the page beside other libraries?"""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from tests.command import ROOT

NOTEBOOK = ROOT / "docs" / "notebooks" / "flows.ipynb"
PAGE = ROOT / "docs" / "how-to" / "other_flow_libraries.md"


@pytest.fixture(scope="module")
def cells() -> list[str]:
    """The code of each cell."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not [cell for cell in code if cell["outputs"]]
    return ["".join(cell["source"]) for cell in code]


def test_the_notebook_goes_from_rows_to_typicality(
    cells: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "notebook"}
    told = []
    for cell in cells:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(cell, "<notebook>", "exec"), names)
        told.append(out.getvalue())
    fitted, drawn, density, strange = told[1:]
    first, last = (float(value) for value in re.findall(r"(-?\d+\.\d+)(?= nats a held| after)", fitted))
    assert last > first
    assert drawn.count("moon: mean") == 2
    assert density.startswith("1.0 of the density")
    assert [line.endswith("strange") for line in strange.splitlines()] == [False, True, True]


def test_the_page_beside_other_libraries_has_the_lines_that_the_notebook_runs(cells: list[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    run = "\n".join(cells)
    for line in filter(None, blocks[0].splitlines()):
        assert line in run, line
    assert [re.search(r"^(?:import|from) (models|zuko|nflows|flowjax)", b, re.M)[1] for b in blocks] == [  # type: ignore[index]
        "models",
        "zuko",
        "nflows",
        "flowjax",
    ]
