"""Which rows of the feature store belong to which word and split?

Row i of the store is row i of the manifest; clips that were set aside are in no selection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import Texts, gathered, open_array, read_columns, shared_texts
from pipeline.runs.channels import ChannelRows, EachChannel, read_channel_rows, spread

__all__ = ["ClipTable", "read_clip_table"]


@dataclass(frozen=True, kw_only=True)
class ClipTable:
    """The manifest's columns as arrays [N], and the mapped features [N, ...].

    ``path`` and ``recording`` may be given as any texts, and differ from clip to clip.
    ``recording`` tells which clips were cut from one recording: each from its own where nothing is given.
    ``section``, ``domain`` and ``condition`` are those of recordings of machines, and empty [0] where the
    corpus does not tell them. ``channels`` are those of clips whose channels are scored each. ``deciding``
    says of some rows which of ``channels`` stands for the clip in ``take``.
    """

    path: Texts
    word: np.ndarray
    speaker: np.ndarray
    split: np.ndarray
    status: np.ndarray
    reason: np.ndarray
    features: np.ndarray
    recording: Texts = field(default_factory=lambda: Texts.of(()))
    section: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    domain: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    condition: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    channels: ChannelRows | None = None
    deciding: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let each clip be a recording of its own where nothing is said of recordings."""
        object.__setattr__(self, "path", Texts.of(self.path))
        object.__setattr__(self, "recording", Texts.of(self.recording) if len(self.recording) else self.path)

    @property
    def has_sections(self) -> bool:
        """Whether the corpus tells sections and domains."""
        return len(self.section) > 0

    @property
    def usable(self) -> np.ndarray:
        """True for clips that have features: bool [N]."""
        return self.status == "ok"

    def rows(self, word: str, split: str | None = None) -> np.ndarray:
        """Return the row numbers of a word's usable clips, of one split where it is given."""
        chosen = self.usable & (self.word == word)
        if split is not None:
            chosen &= self.split == split
        return np.flatnonzero(chosen)

    def take(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Load the features of some rows, one of each; the others stay on disk."""
        features = np.asarray(gathered(self.features, rows), np.float32)
        if self.channels is None or not self.deciding:
            return features
        features = features.copy()
        for number, row in enumerate(np.asarray(rows).tolist()):
            if row in self.deciding:
                features[number] = self.channels.features[self.deciding[row]]
        return features

    def each(self, rows: np.ndarray) -> EachChannel:
        """Load the features of some distinct rows: of each living channel where channels are scored each."""
        features = self.take(rows)
        if self.channels is None:
            return EachChannel.of_clips(features)
        places, clip = self.channels.places(np.asarray(rows))
        own = np.asarray(self.channels.features[places], np.float32)
        return spread(features, clip, self.channels.channel[places], own)


def read_clip_table(run_path: Path) -> ClipTable:
    """Read manifest and features of a run; the features stay on disk.

    Raises:
        ArtefactError: they do not belong together.
    """
    names = ("path", "word", "speaker", "split", "recording", "status", "reason")
    of_machines = ("section", "domain", "condition")
    columns = read_columns(run_path / "manifest.parquet", (*names, *of_machines))
    features = open_array(run_path / "features" / "features.npy")
    absent = [name for name in names if name not in columns.column_names]
    if absent:
        raise ArtefactError(
            f"{run_path / 'manifest.parquet'} has no column {absent[0]!r}; run `make features` again"
        )
    if len(columns) != len(features):
        raise ArtefactError(
            f"{run_path}: the manifest has {len(columns)} rows and the store {len(features)}; "
            "delete features/ and run again"
        )
    is_own = columns["recording"].equals(columns["path"])  # its text need not be held twice
    held = {"path": Texts(columns["path"])}
    held["recording"] = held["path"] if is_own else Texts(columns["recording"])
    shared = {name: shared_texts(columns[name]) for name in columns.column_names if name not in held}
    channels = read_channel_rows(run_path / "features")
    return ClipTable(**held, **shared, features=features, channels=channels)  # type: ignore[arg-type]
