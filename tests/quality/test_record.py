"""Are measures and sounds of clips read from disk as they were written, whatever the groups of rows?"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ArtefactError
from pipeline.files import artefacts, tables
from pipeline.quality.measures import MEASURES, ClipMeasures
from pipeline.quality.record import QualityRecord, read_quality

N = 11
DIGESTS = ["a", "b", "", "a", "c", "", "d", "e", "b", "f", "g"]
ROWS = np.array([0, 3, 4, 7, 8, 10])
SKETCHES = np.arange(N * 6, dtype=np.uint8).reshape(N, 3, 2)


def written(path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Write a run's measures in groups of four rows, and return them."""
    monkeypatch.setattr(tables, "ROWS_OF_A_GROUP", 4)
    measures = np.random.default_rng(0).normal(size=(N, len(MEASURES)))
    (path / "features").mkdir()
    columns = dict(zip(MEASURES, measures.T, strict=True))
    tables.write_table(path / "features" / "quality.parquet", {"sound_sha256": DIGESTS, **columns})
    artefacts.create_array(path / "features" / "sketches.npy", SKETCHES.shape, dtype="|u1")
    artefacts.open_array(path / "features" / "sketches.npy", mode="r+")[:] = SKETCHES
    return measures


def test_clips_across_groups_are_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measures = written(tmp_path, monkeypatch)
    record = read_quality(tmp_path)
    assert list(record.clips(ROWS)) == [ClipMeasures(*measures[row]) for row in ROWS]
    assert list(record.clips(np.arange(0))) == []
    assert record.column("dc_offset").tolist() == measures[:, MEASURES.index("dc_offset")].tolist()
    assert record.digests(ROWS).tolist() == [DIGESTS[row] for row in ROWS]


def test_sounds_have_one_number_and_silence_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch)
    sounds = read_quality(tmp_path).sounds(np.arange(N))
    assert sounds[0] == sounds[3] and sounds[1] == sounds[8] and sounds[2] == sounds[5] == -1
    assert len(set(sounds.tolist())) == 8


def test_clips_that_are_joined_stand_behind_those_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures = written(tmp_path, monkeypatch)
    other = ClipMeasures(duration_seconds=2.0)
    joined = read_quality(tmp_path).joined(
        np.array([9, 1]), QualityRecord.of(["x"], [other], np.full((1, 3, 2), 7, np.uint8))
    )
    assert list(joined.clips(np.arange(3))) == [
        ClipMeasures(*measures[9]), ClipMeasures(*measures[1]), other,
    ]  # fmt: skip
    assert joined.digests().tolist() == ["f", "b", "x"]
    assert joined.sketches.tolist() == [SKETCHES[9].tolist(), SKETCHES[1].tolist(), [[7, 7]] * 3]


def test_as_many_rows_as_sketches_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch)
    artefacts.create_array(tmp_path / "features" / "sketches.npy", (10, 3, 2), dtype="|u1")
    with pytest.raises(ArtefactError, match="has 11 rows and 10 sketches"):
        read_quality(tmp_path)
