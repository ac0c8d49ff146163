"""Does the page of audio files name the tags of files, and has every refusal a code of the table?"""

import ast
from pathlib import Path

import pytest

import pipeline
from pipeline.errors import REFUSALS

ROOT = Path(pipeline.__file__).parents[1]
PAGE = (ROOT / "docs" / "how-to" / "audio_files.md").read_text(encoding="utf-8")


def test_the_page_names_the_tags_of_files() -> None:
    assert "`cut_off`" in PAGE
    assert "`size_unstated`" in PAGE


@pytest.mark.parametrize("path", sorted((ROOT / "pipeline").rglob("*.py")), ids=lambda path: path.stem)
def test_every_refusal_has_a_code_of_the_table(path: Path) -> None:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "UnusableClip":
            assert isinstance(call.args[0], ast.Constant)
            assert call.args[0].value in REFUSALS
