"""Do verdicts that leave the store come back as they were, and do damaged files come to nothing?"""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.files.spreadsheet import FORMULA_STARTS
from pipeline.verdicts.exchange import as_text, export_verdicts, import_verdicts
from pipeline.verdicts.store import VerdictStore

KINDS = ("csv", "jsonl")
ONE = "1" * 64
# Any text that a file name or a word can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
STARTS = st.sampled_from([*FORMULA_STARTS, "'", "\t", "\r", "\n", " ", '"', ",", "\ufeff", ""])


@contextmanager
def new_store(folder: Path, name: str = "verdicts") -> Iterator[VerdictStore]:
    store = VerdictStore(folder / f"{name}.sqlite", create=True)
    try:
        yield store
    finally:
        store.close()


def fill(store: VerdictStore) -> None:
    store.add(sha256=ONE, kind="normal", reviewer="Anna", path="bed/1.wav", label="bed")
    store.add(sha256=ONE, kind="wrong-label", word="=cmd|' /C calc'!A0", reviewer="Ben", path="-1\n\t\u202e")
    store.add(sha256="2" * 64, kind="noise", reviewer="Anna", path="'quoted', \"twice\"\r\n", label="@x")
    store.withdraw_last("Anna")


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_comes_back_as_it_was(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"verdicts.{kind}"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        fill(store)
        assert export_verdicts(store, file) == 4
        assert import_verdicts(other, file) == (4, 0)
        assert other.rows() == store.rows()
        assert other.standing() == store.standing()


@pytest.mark.parametrize("kind", KINDS)
def test_importing_twice_adds_nothing(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"verdicts.{kind}"
    with new_store(tmp_path) as store:
        fill(store)
        export_verdicts(store, file)
        before = store.rows()
        assert import_verdicts(store, file) == (0, 4)
        assert store.rows() == before


@given(start=STARTS, path=TEXTS, word=TEXTS, label=TEXTS)
def test_any_text_comes_back_and_none_is_a_formula(start: str, path: str, word: str, label: str) -> None:
    with tempfile.TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        with new_store(Path(folder), "other") as other:
            row = store.add(
                sha256=ONE,
                kind="wrong-label",
                word=f"{start}{word}x",
                reviewer="A",
                path=start + path,
                label=label,
            )
            for kind in KINDS:
                file = Path(folder) / f"verdicts.{kind}"
                export_verdicts(store, file)
                import_verdicts(other, file)
            assert other.rows() == [row]
        cells = [cell for line in csv.reader(io.StringIO(as_text(store, "csv"), newline="")) for cell in line]
    assert not [cell for cell in cells if cell.strip()[:1] and cell.strip()[:1] in FORMULA_STARTS]


def test_a_table_that_was_sorted_elsewhere_can_be_imported(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        fill(store)
        export_verdicts(store, file)
        file.write_text("".join(reversed(file.read_text("utf-8").splitlines(keepends=True))), "utf-8")
        assert import_verdicts(other, file) == (4, 0)
        assert {row.uid for row in other.standing()} == {row.uid for row in store.standing()}


def test_a_table_saved_with_a_byte_order_mark_can_be_imported(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.csv"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        fill(store)
        export_verdicts(store, file)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
        assert import_verdicts(other, file) == (4, 0)


def test_the_table_says_which_rows_stand(tmp_path: Path) -> None:
    with new_store(tmp_path) as store:
        fill(store)
        rows = list(csv.DictReader(io.StringIO(as_text(store, "csv"), newline="")))
    assert [row["current"] for row in rows] == ["yes", "yes", "no", "no"]


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        ({"sha256": "zz"}, 2, "64 hexadecimal"),
        ({"kind": "great"}, 2, "is none of"),
        ({"made": "yesterday"}, 2, "is no time like"),
        ({"made": "2026-02-30T00:00:00.000000Z"}, 2, "is no time like"),
        ({"reviewer": ""}, 2, "reviewer's name"),
        ({"word": "cat"}, 2, "does not go with"),
        ({"path": "\ud800"}, 2, "is not text"),
        ({"current": "maybe"}, 2, "neither yes nor no"),
        ({"uid": 7}, 2, "no object of texts"),
        ({"extra": "x"}, 2, "does not belong there"),
    ],
)
def test_a_damaged_line_of_json_is_named_and_nothing_is_kept(
    tmp_path: Path, change: dict[str, object], line: int, told: str
) -> None:
    file = tmp_path / "verdicts.jsonl"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        for number in range(3):
            store.add(sha256=f"{number:064x}", kind="normal", reviewer="Anna")
        lines = as_text(store, "jsonl").splitlines()
        lines[1] = json.dumps(json.loads(lines[1]) | change)
        file.write_text("\n".join(lines), "utf-8")
        with pytest.raises(PipelineError, match=f"line {line}: .*{told}"):
            import_verdicts(other, file)
        assert other.rows() == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("normal", "great", 2),
        ("1" * 64, "1" * 60, 2),
        (",yes\r\n", "\r\n", 2),
        ("uid,", "id,", 1),
        ("noise", 'no"ise', 3),
    ],
)
def test_a_damaged_line_of_a_table_is_named_and_nothing_is_kept(
    tmp_path: Path, old: str, new: str, line: int
) -> None:
    file = tmp_path / "verdicts.csv"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        store.add(sha256=ONE, kind="normal", reviewer="Anna")
        store.add(sha256="2" * 64, kind="noise", reviewer="Anna")
        text = as_text(store, "csv")
        assert old in text
        file.write_bytes(text.replace(old, new, 1).encode())
        with pytest.raises(PipelineError, match=f"line {line}: "):
            import_verdicts(other, file)
        assert other.rows() == []


def test_the_line_of_a_table_counts_the_lines_within_cells(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.csv"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        store.add(sha256=ONE, kind="normal", reviewer="Anna", path="three\nlines\nlong")
        store.add(sha256="2" * 64, kind="noise", reviewer="Anna")
        file.write_bytes(as_text(store, "csv").replace("noise", "loud").encode())
        with pytest.raises(PipelineError, match="line 5: "):
            import_verdicts(other, file)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_left_out", [3, 20, 150])
def test_a_file_that_was_cut_off_is_damaged(tmp_path: Path, kind: str, n_left_out: int) -> None:
    file = tmp_path / f"verdicts.{kind}"
    with new_store(tmp_path) as store, new_store(tmp_path, "other") as other:
        store.add(sha256=ONE, kind="normal", reviewer="Anna", path="bed/1.wav")
        store.add(sha256="2" * 64, kind="noise", reviewer="Anna", path="bed/2.wav")
        export_verdicts(store, file)
        file.write_bytes(file.read_bytes()[:-n_left_out])
        with pytest.raises(PipelineError, match=r"line \d: "):
            import_verdicts(other, file)
        assert other.rows() == []


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.csv"
    file.write_bytes(b"uid\n\xff\n")
    with new_store(tmp_path) as store, pytest.raises(PipelineError, match="line 2: the text is not UTF-8"):
        import_verdicts(store, file)


def test_the_same_uid_with_another_content_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    with new_store(tmp_path) as store:
        store.add(sha256=ONE, kind="normal", reviewer="Anna")
        file.write_text(as_text(store, "jsonl").replace("normal", "noise"), "utf-8")
        with pytest.raises(PipelineError, match="line 1: .*already that of another verdict"):
            import_verdicts(store, file)


def test_a_file_of_another_kind_is_wrong_usage(tmp_path: Path) -> None:
    with new_store(tmp_path) as store, pytest.raises(ConfigurationError, match=".csv, .jsonl"):
        export_verdicts(store, tmp_path / "verdicts.xlsx")
