"""Is no cell of a table a formula, and does every text come back?"""

import csv
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.files.spreadsheet import FORMULA_STARTS, guarded, table_cell, unguarded, write_csv


@given(start=st.sampled_from([*FORMULA_STARTS, "'", "\t", "\n", " ", ""]), rest=st.text())
def test_a_guarded_text_is_no_formula_and_comes_back(start: str, rest: str) -> None:
    written = guarded(start + rest)
    assert written.strip()[:1] not in tuple(FORMULA_STARTS)
    assert unguarded(written) == start + rest


@pytest.mark.parametrize("value", [-1.5, True, None, "-1.5", "+2", "1e-3", "nan", "happy/a.wav", ""])
def test_numbers_and_plain_text_stay_as_they_are(value: object) -> None:
    assert table_cell(value) is value


def test_a_table_guards_titles_and_cells(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", ["path", "@word"], [["=cmd/a.wav", -1.0], ["a.wav", "-2"]])
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["path", "'@word"], ["'=cmd/a.wav", "-1.0"], ["a.wav", "-2"]]
