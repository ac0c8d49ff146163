"""Are scores that were kept those that would have come, in their order?"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.evaluation import scoring
from pipeline.runs import EachChannel

ROWS = np.arange(0, 20, 2)


class Model:
    """Gives each clip its number, in columns whose names are not sorted; counts what it is asked."""

    def __init__(self) -> None:
        self.n_scored = 0

    def score(self, each: EachChannel, seconds: np.ndarray, alpha: float) -> dict[str, np.ndarray]:
        rows = each.features
        self.n_scored += len(rows)
        p_value = rows / 40
        return {"term_b": rows * 1.0, "p_value": p_value, "flagged": p_value <= alpha, "term_a": seconds}


def scored(
    model: Model, kept: Path, *, key: str = "a model", alpha: float = 0.1, loud: int = -1
) -> dict[str, np.ndarray]:
    """Return the scores of clips whose features are their rows, but for one that is louder."""
    table: Any = SimpleNamespace(each=lambda rows: EachChannel.of_clips(np.where(rows == loud, 1_000, rows)))
    given: Any = model
    return scoring.score_rows(table, ROWS, np.arange(40) / 10, given, alpha, kept, key)


def test_kept_blocks_are_not_scored_again_and_columns_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scoring, "BLOCK", 4)
    whole = scored(Model(), tmp_path)
    assert list(whole) == ["term_b", "p_value", "flagged", "term_a"]
    one, other, _ = (path for path in tmp_path.iterdir())
    one.unlink()
    other.write_bytes(b"cut off")
    again = Model()
    found = scored(again, tmp_path)
    assert 6 <= again.n_scored <= 8  # blocks of 4, 4 and 2 clips, two of them gone
    assert list(found) == list(whole)
    for name, values in whole.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)
    n_kept = 10 - again.n_scored
    assert f"{n_kept} of 10 scores were kept from an earlier call with the same model" in (
        capsys.readouterr().err
    )


def test_a_block_is_scored_again_where_its_clips_or_the_model_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "BLOCK", 4)
    scored(Model(), tmp_path)
    one_clip, others = Model(), Model()
    assert scored(one_clip, tmp_path, loud=10)["term_b"][5] == 1_000
    assert one_clip.n_scored == 4
    assert len(list(tmp_path.iterdir())) == 3  # what is not needed is gone
    scored(others, tmp_path, loud=10, key="another")
    assert others.n_scored == 10


def test_other_flags_need_no_other_scores(tmp_path: Path) -> None:
    scored(Model(), tmp_path)
    again = Model()
    found = scored(again, tmp_path, alpha=0.3)
    assert again.n_scored == 0
    np.testing.assert_array_equal(found["flagged"], ROWS / 40 <= 0.3)
