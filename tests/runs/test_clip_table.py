"""Are the rows of a word and split the usable clips of that word and split?"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import create_array
from pipeline.files.tables import write_table
from pipeline.runs.clip_table import ClipTable, read_clip_table

MANIFEST = {
    "path": ["zero/a.wav", "zero/b.wav", "one/a.wav", "zero/c.wav", "one/b.wav"],
    "word": ["zero", "zero", "one", "zero", "one"],
    "speaker": ["a", "b", "a", "c", "b"],
    "split": ["train", "test", "train", "train", "test"],
    "recording": ["r1", "r2", "r1", "r3", "r4"],
    "status": ["ok", "ok", "ok", "set_aside", "set_aside"],
    "reason": ["", "", "", "silent", "cut off"],
}


def write_run(folder: Path, manifest: dict[str, list[str]], n_features: int = 5) -> Path:
    (folder / "features").mkdir()
    write_table(folder / "manifest.parquet", manifest)
    features = create_array(folder / "features" / "features.npy", (n_features, 2, 3))
    features[:] = np.arange(n_features)[:, None, None]
    features.flush()
    return folder


@pytest.fixture
def table(tmp_path: Path) -> ClipTable:
    return read_clip_table(write_run(tmp_path, MANIFEST))


def test_columns_come_back_as_they_were_written(table: ClipTable) -> None:
    assert {name: list(getattr(table, name)) for name in MANIFEST} == MANIFEST


def test_clips_that_were_set_aside_are_not_usable(table: ClipTable) -> None:
    assert table.usable.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("word", "split", "rows"),
    [
        ("zero", "train", [0]),
        ("zero", "test", [1]),
        ("zero", None, [0, 1]),
        ("one", None, [2]),
        ("one", "test", []),
        ("two", None, []),
    ],
)
def test_rows_are_the_usable_clips_of_a_word_and_split(
    word: str, split: str | None, rows: list[int], table: ClipTable
) -> None:
    assert table.rows(word, split).tolist() == rows


def test_row_i_of_the_manifest_has_row_i_of_the_features(table: ClipTable) -> None:
    taken = table.take([2, 0])
    assert taken.dtype == np.float32
    assert taken[:, 0, 0].tolist() == [2.0, 0.0]


def test_no_rows_take_no_features(table: ClipTable) -> None:
    assert table.take(table.rows("two")).shape == (0, 2, 3)


def test_features_stay_on_disk(table: ClipTable) -> None:
    assert isinstance(table.features, np.memmap)


def test_a_manifest_of_another_length_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path, MANIFEST, n_features=4)
    with pytest.raises(ArtefactError, match="the manifest has 5 rows and the store 4"):
        read_clip_table(run)


@pytest.mark.parametrize("column", sorted(MANIFEST))
def test_a_manifest_without_a_column_is_refused(column: str, tmp_path: Path) -> None:
    run = write_run(tmp_path, {name: values for name, values in MANIFEST.items() if name != column})
    with pytest.raises(ArtefactError, match=f"has no column '{column}'"):
        read_clip_table(run)


@pytest.mark.parametrize("name", ["manifest.parquet", "features/features.npy"])
def test_a_run_without_its_files_is_refused(name: str, tmp_path: Path) -> None:
    run = write_run(tmp_path, MANIFEST)
    (run / name).unlink()
    with pytest.raises(ArtefactError, match=Path(name).name):
        read_clip_table(run)
