"""Does ``score`` read paths from standard input, whatever stands in them?"""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import call


class _Input:
    def __init__(self, text: bytes) -> None:
        self.buffer = io.BytesIO(text)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let every path that would be scored come back as a line."""
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)

    def lines(_run: Path, paths: Iterable[Path], **_options: Any) -> Iterator[dict[str, Any]]:
        for path in paths:
            yield {"path": str(path), "log_prob": 0.0}

    monkeypatch.setattr("pipeline.recordings.files.score_paths", lines)


@pytest.mark.parametrize(
    ("arguments", "text", "paths"),
    [
        (("-",), b"a.wav\nb c.wav\n", ["a.wav", "b c.wav"]),
        (("-",), b"a.wav\r\n\r\nb.wav", ["a.wav", "b.wav"]),
        (("-0", "-"), b"a\nb.wav\0c.wav\0", ["a\nb.wav", "c.wav"]),
        (("first.wav", "-", "last.wav"), b"a.wav\n", ["first.wav", "a.wav", "last.wav"]),
    ],
)
def test_paths_on_standard_input_stand_where_the_dash_does(
    arguments: tuple[str, ...], text: bytes, paths: list[str], scored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(text))
    ended = call("score", "--run=run", *arguments)
    assert ended.status == 0
    assert [json.loads(line)["path"] for line in ended.out.splitlines()] == paths


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("-",), 1, "holds 0 paths"),
        (("-", "-"), 2, "got 2"),
        (("-0", "a.wav"), 2, "got 0"),
    ],
)
def test_standard_input_that_cannot_be_meant_is_an_error_in_words(
    arguments: tuple[str, ...], status: int, sentence: str, scored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(b""))
    ended = call("score", "--run=run", *arguments)
    assert ended.status == status
    assert sentence in ended.error
