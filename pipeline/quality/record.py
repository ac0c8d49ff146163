"""What did the features stage measure of each recording?

``features/quality.parquet`` and ``features/sketches.npy``, row i of each for row i of the manifest. Both stay
on disk, and a column or some clips are read when they are asked for.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import (
    Texts,
    described,
    numbered,
    open_array,
    read_columns,
    read_groups,
    shared_texts,
)
from pipeline.quality.measures import MEASURES, ClipMeasures
from pipeline.runs import is_learned

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SILENT", "QualityRecord", "read_quality", "sound_numbers", "usual_duration"]

DIGEST = "sound_sha256"
SILENT = -1
TELLING_DIGITS = 32  # of 64: by half of them no two sounds of any number of clips are the same by chance
CLIPS_AT_ONCE = 4_096  # a number takes four times as much memory in Python


class QualityRecord:
    """Numbers of every clip of a corpus [N], those that were set aside included.

    Args:
        source: the table of ``quality.parquet``, or its path.
        sketches: uint8 [N, n_frames, n_bands], which may be mapped from disk.
    """

    def __init__(self, source: "Path | pyarrow.Table", sketches: np.ndarray) -> None:
        self._source = source
        self.sketches = sketches

    @classmethod
    def of(
        cls, digests: Sequence[str], measures: Sequence[ClipMeasures], sketches: np.ndarray
    ) -> "QualityRecord":
        """Return what was measured of clips that are in no run.

        Args:
            digests: of each clip's samples [N]; ``""`` for silence.
            measures: of each [N].
            sketches: of each.
        """
        import pyarrow

        columns = np.array(measures, np.float64).reshape(-1, len(MEASURES)).T
        table = pyarrow.table({DIGEST: Texts.of(digests).arrow, **dict(zip(MEASURES, columns, strict=True))})
        return cls(table, sketches)

    def column(self, name: str) -> np.ndarray:
        """Return one measure of all clips: float64 [N]."""
        return np.asarray(self._read((name,))[name].to_numpy(), np.float64)

    def clips(self, rows: np.ndarray) -> Iterator[ClipMeasures]:
        """Yield the measures of some clips, their rows in ascending order."""
        first = 0
        for group in self._groups(MEASURES):
            chosen = rows[np.searchsorted(rows, first) : np.searchsorted(rows, first + len(group))] - first
            columns = [group[name].to_numpy() for name in MEASURES]
            for start in range(0, len(chosen), CLIPS_AT_ONCE):
                some = chosen[start : start + CLIPS_AT_ONCE]
                yield from map(ClipMeasures, *(column[some].tolist() for column in columns))
            first += len(group)

    def digests(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the digests of samples, ``""`` for silence: of some clips, or of all."""
        return Texts(self._read((DIGEST,))[DIGEST])[rows]

    def sounds(self, rows: np.ndarray) -> np.ndarray:
        """Return a number for the samples of some clips, see ``sound_numbers``."""
        import pyarrow
        import pyarrow.compute

        first = [
            pyarrow.compute.utf8_slice_codeunits(group[DIGEST].combine_chunks(), 0, TELLING_DIGITS)
            for group in self._groups((DIGEST,))
        ]
        return sound_numbers(pyarrow.chunked_array(first, pyarrow.string()))[rows]

    def joined(self, rows: np.ndarray, others: "QualityRecord") -> "QualityRecord":
        """Return some clips, and all of other ones behind them."""
        import pyarrow

        names = (DIGEST, *MEASURES)
        table = pyarrow.concat_tables([self._read(names).take(rows), others._read(names)])
        return QualityRecord(table, np.concatenate([self.sketches[rows], others.sketches]))

    def _groups(self, names: Collection[str]) -> Iterable["pyarrow.Table"]:
        return read_groups(self._source, names) if isinstance(self._source, Path) else (self._source,)

    def _read(self, names: Collection[str]) -> "pyarrow.Table":
        if isinstance(self._source, Path):
            return read_columns(self._source, names)
        return self._source.select(list(names))


def sound_numbers(digests: "pyarrow.ChunkedArray | Sequence[str]") -> np.ndarray:
    """Return a number for each clip's samples, the same where these are; ``SILENT`` for silence: int64 [N].

    Args:
        digests: of the samples; ``""`` for silence, which is no duplicate of silence.
    """
    import pyarrow
    import pyarrow.compute

    if not isinstance(digests, pyarrow.ChunkedArray):
        digests = pyarrow.chunked_array([Texts.of(digests).arrow])
    numbers = numbered(digests)
    numbers[pyarrow.compute.equal(digests, "").to_numpy()] = SILENT
    return numbers


def read_quality(run_path: Path) -> QualityRecord:
    """Find what the features stage of a run measured.

    Raises:
        ArtefactError: it is absent, damaged or of another version.
    """
    path = run_path / "features" / "quality.parquet"
    names, n_rows = described(path)
    sketches = open_array(run_path / "features" / "sketches.npy")
    absent = [name for name in (DIGEST, *MEASURES) if name not in names]
    if absent:
        raise ArtefactError(f"{path} has no column {absent[0]!r}; run `make features` again")
    if n_rows != len(sketches):
        raise ArtefactError(
            f"{path} has {n_rows} rows and {len(sketches)} sketches stand beside it; "
            "delete features/ and run again"
        )
    return QualityRecord(path, sketches)


def usual_duration(run_path: Path, target: str) -> float:
    """Return the median duration of the target's training clips, in seconds.

    Raises:
        ArtefactError: the run's features are absent or damaged.
    """
    names = ("word", "status", "split", "sample_rate", "n_samples")
    manifest = read_columns(run_path / "manifest.parquet", names)
    if absent := [name for name in names if name not in manifest.column_names]:
        raise ArtefactError(
            f"{run_path / 'manifest.parquet'} has no column {absent[0]!r}; run `make features` again"
        )
    word, status, split = (shared_texts(manifest[name]) for name in ("word", "status", "split"))
    chosen = (word == target) & (status == "ok") & is_learned(split)
    rates, lengths = (manifest[name].to_numpy()[chosen] for name in ("sample_rate", "n_samples"))
    seconds = lengths / rates
    if not len(seconds):
        raise ArtefactError(
            f"{run_path / 'manifest.parquet'} has 0 training clips of {target!r}; evaluate again"
        )
    return float(np.median(seconds))
