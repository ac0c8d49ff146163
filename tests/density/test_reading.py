"""Is a table of numbers read whole, whatever its format, and is a bad one refused with its place?"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, strategies as st

from pipeline.density.tables import text_table
from pipeline.density.tables.number_table import NumberTable
from pipeline.density.tables.opening import open_number_table
from pipeline.errors import ConfigurationError, PipelineError

HEADER = "Time (seconds), CO conc (ppm), Ethylene conc (ppm), sensor readings (16 channels)\n"

Written = Callable[[str, str | bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def rows_of(path: Path) -> np.ndarray:
    return np.vstack(list(open_number_table(path).batches()))


def refusal(path: Path) -> str:
    """Return the one sentence with which reading ends."""
    with pytest.raises(PipelineError) as caught:
        rows_of(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def text_of(rows: np.ndarray, separator: str = " ") -> str:
    return "".join(separator.join(repr(float(value)) for value in row) + "\n" for row in rows)


@given(st.lists(st.tuples(*[st.floats(-1e30, 1e30)] * 3), min_size=2, max_size=40), st.integers(30, 500))
def test_any_text_is_read_to_the_bit_whatever_the_blocks(rows: list, block: int) -> None:
    import tempfile
    from unittest import mock

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(text_table, "BLOCK_BYTES", block):
        path = Path(folder) / "table.txt"
        path.write_text("a b c\n" + text_of(np.array(rows)))
        table = open_number_table(path)
        assert table.n_rows == len(rows)
        assert np.array_equal(rows_of(path), np.array(rows))


def test_columns_under_a_header_of_prose_are_numbered(written: Written) -> None:
    path = written("gas.txt", HEADER + "0.00 1 2 -50.85   -1.95\n0.01\t1 2 -49.40 -5.53  \n")
    table = open_number_table(path)
    assert table.columns == ("X1", "X2", "X3", "X4", "X5")
    assert rows_of(path).tolist() == [[0.0, 1, 2, -50.85, -1.95], [0.01, 1, 2, -49.4, -5.53]]


def test_a_first_line_of_numbers_is_data(written: Written) -> None:
    assert rows_of(written("a.csv", "1,2\n3,4\n")).tolist() == [[1, 2], [3, 4]]
    assert rows_of(written("a.txt", "1 2\n3 4\n")).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_separated_file_keeps_its_names(separator: str, written: Written) -> None:
    path = written("a.csv", f'"first one"{separator}b\r\n1.5{separator}"2"\r\n3{separator} -4e1\r\n')
    assert open_number_table(path).columns == ("first one", "b")
    assert rows_of(path).tolist() == [[1.5, 2], [3, -40]]


def test_a_byte_order_mark_is_no_part_of_a_name(written: Written) -> None:
    assert open_number_table(written("a.csv", b"\xef\xbb\xbfa,b\n1,2\n")).columns == ("a", "b")


def test_blank_lines_at_the_end_are_no_rows(written: Written) -> None:
    assert len(rows_of(written("a.csv", "a,b\n1,2\n3,4\n\n \n"))) == 2


def test_a_last_line_without_its_end_is_a_row(written: Written) -> None:
    assert len(rows_of(written("a.csv", "a,b\n1,2\n3,4"))) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "a,b\n1,2\n3\n", "row 2 has 1 values, but there are 2 columns"),
        ("a.csv", "a,b\n1,2\n3,4,5\n", "row 2 has 3 values, but there are 2 columns"),
        ("a.txt", "a b\n1 2 3\n4 5 6\n7 8\n", "row 3 has 2 values, but there are 3 columns"),
        ("a.csv", "a,b\n1,2\n3,x\n", "row 2, column 'b': 'x' is no number"),
        ("a.csv", "a,b\n1,2\n,4\n", "row 2, column 'a': an empty cell is no number"),
        ("a.csv", "a,b\n1,2\n\n3,4\n", "row 2 is blank"),
        ("a.csv", "a\n1\n\n3\n", "row 2 is blank"),
        ("a.txt", "a b\n1 2\n\n3 4\n", "row 2 is blank"),
        ("a.csv", "a,b\n1,2\n3,nan\n", "row 2, column 'b': nan is not a finite number"),
        ("a.csv", "a,b\n1,2\n-inf,2\n", "row 2, column 'a': -inf is not a finite number"),
        ("a.csv", "a,b\n1,2\n1e31,2\n", "row 2, column 'a': 1e+31 is not a finite number of at most 1e+30"),
        ("a.csv", "a,b\n1,2\n1_0,2\n", "row 2, column 'a': '1_0' is no number"),
        ("a.csv", "a;b\n1;2\n1,5;2\n", "row 2, column 'a': '1,5' is no number"),
        ("a.csv", b"a,b\n1,2\n\xff,2\n", "row 2, column 'a': '\\\\xff' is no number"),
        ("a.csv", "a,a\n1,2\n", "2 columns named 'a'"),
        ("a.csv", "a,b\n", "has 0 rows"),
        ("a.csv", "", "has 0 rows"),
        ("a.txt", HEADER, "has 0 rows"),
        ("a.txt", "\n\n\n", "has 0 rows"),
        ("a.parquet", "no parquet", "cannot be read as Parquet"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(
    name: str, content: str | bytes, said: str, written: Written
) -> None:
    assert said in refusal(written(name, content))


def test_the_row_of_a_defect_is_counted_over_blocks(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_table, "BLOCK_BYTES", 64)
    path = written("a.csv", "a,b\n" + "1,2\n" * 1_000 + "1,two\n" + "1,2\n" * 50)
    assert "row 1,001, column 'b'" in refusal(path)
    path = written("b.csv", "a,b\n" + "1,2\n" * 1_000 + "1,nan\n" + "1,2\n" * 50)
    assert "row 1,001, column 'b'" in refusal(path)


def test_a_file_without_line_ends_is_not_taken_for_a_line(written: Written) -> None:
    assert "line of" in refusal(written("a.txt", b"1 " * (2 << 20)))
    assert "line of" in refusal(written("b.txt", b"1 2\n3 4\n" + b"1 " * (12 << 20)))


def test_a_file_that_shrinks_while_it_is_read_is_noticed(written: Written) -> None:
    path = written("a.csv", "a,b\n" + "1,2\n" * 10)
    table = open_number_table(path)
    path.write_text("a,b\n" + "1,2\n" * 9)
    with pytest.raises(PipelineError, match="9 rows but had 10"):
        list(table.batches())


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path / "folder.csv"):
        path.exists() or path.mkdir()
        with pytest.raises(PipelineError, match="is not a regular file"):
            open_number_table(path)


def test_an_absent_file_and_an_unknown_suffix_are_wrong_usage(written: Written, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_number_table(tmp_path / "a.csv")
    with pytest.raises(
        ConfigurationError, match=r"'\.cvs', which names no known format; did you mean '\.csv'"
    ):
        open_number_table(written("a.cvs", "a\n1\n"))


def parquet(path: Path, row_group_size: int = 3, **columns: object) -> NumberTable:
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=row_group_size)
    return open_number_table(path)


def test_parquet_of_any_numbers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    decimals = pyarrow.array([1, 2, 3, 4], pyarrow.decimal128(5, 2))
    table = parquet(path, i=np.arange(4, dtype=np.int8), f=np.float32([0.5, 1, 2, 3]), d=decimals)
    assert (table.columns, table.n_rows) == (("i", "f", "d"), 4)
    assert rows_of(path).tolist() == [[0, 0.5, 1], [1, 1, 2], [2, 2, 3], [3, 3, 4]]


def test_a_parquet_column_of_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="column 'b' holds string from row 1 on, which is no number"):
        parquet(tmp_path / "a.parquet", a=[1, 2], b=["x", "y"])


def test_a_null_in_parquet_is_named_with_its_row(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", a=[1, 2, 3, 4, 5], b=[1.0, 2.0, 3.0, 4.0, None])
    assert "row 5, column 'b': an empty cell" in refusal(tmp_path / "a.parquet")


def test_a_nan_in_parquet_is_named_with_its_row(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", a=[1.0, 2.0, 3.0, np.nan])
    assert "row 4, column 'a': nan" in refusal(tmp_path / "a.parquet")


def test_a_parquet_file_cut_in_half_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet(path, a=np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:-400])
    assert "cannot be read as Parquet" in refusal(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="has 0 rows of 1 columns"):
        parquet(tmp_path / "a.parquet", a=np.empty(0))
