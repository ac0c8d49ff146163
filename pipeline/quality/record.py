"""What did the features stage measure of each recording?

``features/quality.parquet`` and ``features/sketches.npy``, row i of each for row i of the manifest.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import open_array, read_columns, shared_texts
from pipeline.quality.measures import MEASURES, ClipMeasures
from pipeline.runs import is_learned

__all__ = ["QualityRecord", "read_quality", "usual_duration"]


@dataclass(frozen=True, kw_only=True)
class QualityRecord:
    """Numbers of every clip of a corpus, those that were set aside included.

    Attributes:
        sound_sha256: digest of the samples [N]; ``""`` for silence.
        measures: float64 [N, len(MEASURES)].
        sketches: uint8 [N, n_frames, n_bands], mapped from disk.
    """

    sound_sha256: np.ndarray
    measures: np.ndarray
    sketches: np.ndarray

    def clip(self, row: int) -> ClipMeasures:
        """Return the measures of one clip."""
        return ClipMeasures(**dict(zip(MEASURES, self.measures[row].tolist(), strict=True)))

    def column(self, name: str) -> np.ndarray:
        """Return one measure of all clips: float64 [N]."""
        return np.asarray(self.measures[:, MEASURES.index(name)])


def read_quality(run_path: Path) -> QualityRecord:
    """Read what the features stage of a run measured.

    Raises:
        ArtefactError: it is absent, damaged or of another version.
    """
    path = run_path / "features" / "quality.parquet"
    columns = read_columns(path)
    sketches = open_array(run_path / "features" / "sketches.npy")
    absent = [name for name in ("sound_sha256", *MEASURES) if name not in columns.column_names]
    if absent:
        raise ArtefactError(f"{path} has no column {absent[0]!r}; run `make features` again")
    digests = shared_texts(columns["sound_sha256"])
    if len(digests) != len(sketches):
        raise ArtefactError(
            f"{path} has {len(digests)} rows and {len(sketches)} sketches stand beside it; "
            "delete features/ and run again"
        )
    measures = np.array([columns[name].to_numpy() for name in MEASURES], np.float64).T
    return QualityRecord(sound_sha256=digests, measures=measures, sketches=sketches)


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
