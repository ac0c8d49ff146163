"""Are scores that were kept those that would have come, in their order?"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.evaluation import scoring
from pipeline.settings import resolve_settings

ROWS = np.arange(0, 20, 2)


class Model:
    """Gives each clip its number, in columns whose names are not sorted; counts what it is asked."""

    def __init__(self) -> None:
        self.n_scored = 0

    def score(self, rows: np.ndarray, seconds: np.ndarray, alpha: float) -> dict[str, np.ndarray]:
        self.n_scored += len(rows)
        return {"term_b": rows * 1.0, "flagged": rows > 4, "term_a": seconds, "score": rows * 2.0}


def scored(model: Model, kept: Path) -> dict[str, np.ndarray]:
    table: Any = SimpleNamespace(each=lambda rows: rows)
    given: Any = model
    return scoring.score_rows(table, ROWS, np.arange(40) / 10, given, resolve_settings("fft"), kept)


def test_kept_blocks_are_not_scored_again_and_columns_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scoring, "BLOCK", 4)
    whole = scored(Model(), tmp_path)
    assert list(whole) == ["term_b", "flagged", "term_a", "score"]
    sorted(tmp_path.iterdir())[-1].unlink()
    sorted(tmp_path.iterdir())[0].write_bytes(b"cut off")
    again = Model()
    found = scored(again, tmp_path)
    assert again.n_scored == 6
    assert list(found) == list(whole)
    for name, values in whole.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)
    assert "4 of 10 scores were kept from a call that did not end" in capsys.readouterr().err
