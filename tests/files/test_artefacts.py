"""Is damage to our own files ever read in silence, and can a failed write harm what was there?"""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given, strategies as st

from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import artefacts, tables

COLUMNS = {"path": ["a/b.wav", "c/d.wav"] * 4, "n": list(range(8)), "flagged": [True, False] * 4}
ARRAYS = {"x": np.arange(12, dtype=np.float32).reshape(3, 4), "y": np.array([1, 2], np.int64)}


def write_array(path: Path) -> None:
    array = artefacts.create_array(path, (3, 4))
    array[:] = ARRAYS["x"]
    array.flush()


# For each format: a name, how it is written, how it is read.
FORMATS: dict[str, tuple[str, Callable[[Path], None], Callable[[Path], Any]]] = {
    "parquet": ("t.parquet", lambda path: tables.write_table(path, COLUMNS), tables.read_table),
    "npz": ("t.npz", lambda path: artefacts.write_arrays(path, ARRAYS), artefacts.read_arrays),
    "npy": ("t.npy", write_array, artefacts.open_array),
    "json": ("t.json", lambda path: artefacts.write_json(path, {"a": [1, "ü", None]}), artefacts.read_json),
    "toml": ("t.toml", lambda path: artefacts.write_toml(path, {"a": {"b": 1}}), artefacts.read_toml),
}
WRITERS = {
    "parquet": lambda path: tables.write_table(path, COLUMNS),
    "npz": lambda path: artefacts.write_arrays(path, ARRAYS),
    "json": lambda path: artefacts.write_json(path, {"a": 1}),
    "toml": lambda path: artefacts.write_toml(path, {"a": 1}),
    "text": lambda path: artefacts.write_text(path, "a,b\n"),
}


def test_a_table_comes_back(tmp_path: Path) -> None:
    tables.write_table(tmp_path / "t.parquet", COLUMNS)
    assert tables.read_table(tmp_path / "t.parquet") == COLUMNS


def test_arrays_come_back_with_their_types(tmp_path: Path) -> None:
    artefacts.write_arrays(tmp_path / "t.npz", ARRAYS)
    found = artefacts.read_arrays(tmp_path / "t.npz")
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_equal_arrays_give_equal_bytes(tmp_path: Path) -> None:
    artefacts.write_arrays(tmp_path / "a.npz", ARRAYS)
    artefacts.write_arrays(tmp_path / "b.npz", dict(reversed(ARRAYS.items())))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_new_array_is_zeros_until_written(tmp_path: Path) -> None:
    array = artefacts.create_array(tmp_path / "t.npy", (5, 2))
    assert array.shape == (5, 2)
    assert not array.any()


def test_an_array_written_in_place_is_an_ordinary_npy_file(tmp_path: Path) -> None:
    write_array(tmp_path / "t.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "t.npy", allow_pickle=False), ARRAYS["x"])


def test_opening_an_array_does_not_load_it(tmp_path: Path) -> None:
    write_array(tmp_path / "t.npy")
    assert isinstance(artefacts.open_array(tmp_path / "t.npy"), np.memmap)


def test_a_table_carries_checksums(tmp_path: Path) -> None:
    """A flipped bit in a column's values is an error of the table itself, not only of its record."""
    tables.write_table(tmp_path / "t.parquet", {"n": np.arange(10_000)})
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[len(content) // 3] ^= 1
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(ArtefactError, match=r"cannot be read as Parquet"):
        tables.read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize("kind", FORMATS)
def test_an_absent_file_is_an_artefact_error(kind: str, tmp_path: Path) -> None:
    name, _, read = FORMATS[kind]
    with pytest.raises(ArtefactError, match="cannot be read"):
        read(tmp_path / name)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "content", [b"", b"junk", b"\xff\xfe\x00", b"PK\x03\x04", b"\x93NUMPY\x02\x00", b"PAR1PAR1"]
)
def test_a_foreign_file_is_an_artefact_error(kind: str, content: bytes, tmp_path: Path) -> None:
    name, _, read = FORMATS[kind]
    (tmp_path / name).write_bytes(content or b"\x00")  # an empty file would be valid TOML
    with pytest.raises(ArtefactError, match="cannot be read"):
        read(tmp_path / name)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_flipped_bit_ends_in_another_error(kind: str, tmp_path: Path) -> None:
    name, write, read = FORMATS[kind]
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    n_refused = 0
    for place in range(0, len(content), max(1, len(content) // 100)):
        damaged = bytearray(content)
        damaged[place] ^= 0x80 if place % 2 else 0x02
        (tmp_path / name).write_bytes(damaged)
        try:
            read(tmp_path / name)
        except ArtefactError:
            n_refused += 1
    assert n_refused


@pytest.mark.parametrize("kind", ["parquet", "npz", "npy"])
def test_a_file_that_was_cut_is_an_artefact_error(kind: str, tmp_path: Path) -> None:
    name, write, read = FORMATS[kind]
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for length in range(0, len(content), max(1, len(content) // 15)):
        (tmp_path / name).write_bytes(content[:length])
        with pytest.raises(ArtefactError):
            read(tmp_path / name)


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([{}, {}], object), allow_pickle=True)
    np.savez(tmp_path / "t.npz", x=np.array([{}, {}], object))
    with pytest.raises(ArtefactError):
        artefacts.open_array(tmp_path / "t.npy")
    with pytest.raises(ArtefactError):
        artefacts.read_arrays(tmp_path / "t.npz")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_write_that_fails_at_its_end_leaves_the_old_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").write_bytes(b"what was there")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PipelineError, match=r"cannot write .*old: No space left on device"):
        WRITERS[kind](tmp_path / "old")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old": b"what was there"}


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"what was there")
    with pytest.raises(ZeroDivisionError), artefacts.atomic_path(tmp_path / "old") as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old": b"what was there"}


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"what was there")
    with pytest.raises(KeyboardInterrupt), artefacts.atomic_path(tmp_path / "old") as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old": b"what was there"}


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"what was there")
    with artefacts.atomic_path(tmp_path / "old") as temporary:
        temporary.write_bytes(b"half")
        assert (tmp_path / "old").read_bytes() == b"what was there"
    assert (tmp_path / "old").read_bytes() == b"half"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PipelineError, match="cannot write .*Not a directory|cannot write .*File exists"):
        artefacts.write_text(tmp_path / "file" / "below.txt", "")


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="space cannot be reserved on this system")
def test_a_full_disk_is_noticed_before_an_array_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(PipelineError, match=r"cannot reserve 4,128 bytes for .*No space left on device"):
        artefacts.create_array(tmp_path / "t.npy", (10, 100))
    assert not list(tmp_path.iterdir())


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        artefacts.write_json(tmp_path / "t.json", {"a": float("nan")})
    assert not list(tmp_path.iterdir())


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=5))
def test_a_digest_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    assert artefacts.digest_of(value) == artefacts.digest_of(dict(reversed(value.items())))


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), st.text(max_size=3), st.integers())
def test_a_digest_depends_on_every_value(value: dict[str, int], key: str, number: int) -> None:
    if value.get(key) != number:
        assert artefacts.digest_of(value) != artefacts.digest_of({**value, key: number})


def test_text_with_a_lone_surrogate_can_be_written(tmp_path: Path) -> None:
    artefacts.write_text(tmp_path / "t.txt", "a\udcffb")
    assert (tmp_path / "t.txt").read_text("utf-8") == "a\\udcffb"


def test_json_is_written_for_people(tmp_path: Path) -> None:
    artefacts.write_json(tmp_path / "t.json", {"wörd": 1})
    text = (tmp_path / "t.json").read_text("utf-8")
    assert '\n  "wörd": 1\n' in text
    assert json.loads(text) == {"wörd": 1}


def test_columns_that_are_named_are_read_as_far_as_they_are_there(tmp_path: Path) -> None:
    tables.write_table(tmp_path / "x.parquet", {"a": [1, 2], "b": ["x", "y"], "c": [0.5, None]})
    assert tables.read_table(tmp_path / "x.parquet", ("c", "a", "d")) == {"a": [1, 2], "c": [0.5, None]}


def test_large_tables_stand_in_groups_of_rows_that_others_read_alone(tmp_path: Path) -> None:
    numbers = np.arange(100_000)
    tables.write_table(tmp_path / "t.parquet", {"number": numbers})
    file = pyarrow.parquet.ParquetFile(tmp_path / "t.parquet")
    assert file.num_row_groups == 2
    second = file.read_row_group(1).column("number").to_numpy()
    np.testing.assert_array_equal(second, numbers[65_536:])
    assert tables.read_table(tmp_path / "t.parquet")["number"] == numbers.tolist()
