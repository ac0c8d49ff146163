"""Which rows of a features stage are whole, so that a stage that was killed goes on from there?

The rows are in two mapped arrays, and a journal beside them has one line for each batch whose rows were
written: which they are, what was found about each file, and a checksum of its rows. A line counts only
where the checksum is right: a process that is killed leaves a batch without a line, or half a line; a power
cut can leave a line without its rows. Rows that were taken from an earlier stage are in no line, for taking
them again costs little.
Conventions: clip i of the corpus is row i; rows of a batch are in order.
"""

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipeline.errors import ArtefactError, PipelineError
from pipeline.features.records import ClipFacts
from pipeline.files import create_array, open_array, sync_folder
from pipeline.quality import ClipMeasures

__all__ = ["UnfinishedFeatures", "checksum"]

FEATURES, SKETCHES, JOURNAL = "features.npy", "sketches.npy", "batches.jsonl"


def checksum(*arrays: np.ndarray) -> int:
    """Return the CRC-32 of the bytes of arrays."""
    found = 0
    for array in arrays:
        found = zlib.crc32(np.ascontiguousarray(array).data, found)
    return found


class UnfinishedFeatures:
    """The arrays of a features stage while it lasts.

    Args:
        folder: where they are; what an earlier stage with the same inputs left there is used.
        n_clips: rows.
        shape: of one clip's features.
        sketch_shape: of one clip's sketch.

    Attributes:
        features_path: float32 [n_clips, *shape].
        sketches_path: uint8 [n_clips, *sketch_shape].

    Raises:
        PipelineError: the disk is too full.
    """

    def __init__(
        self, folder: Path, n_clips: int, shape: tuple[int, ...], sketch_shape: tuple[int, ...]
    ) -> None:
        self.features_path, self.sketches_path = folder / FEATURES, folder / SKETCHES
        self._journal_path = folder / JOURNAL
        self._journal: TextIO | None = None
        if not self._are_there((n_clips, *shape), (n_clips, *sketch_shape)):
            self._journal_path.unlink(missing_ok=True)
            create_array(self.features_path, (n_clips, *shape))
            create_array(self.sketches_path, (n_clips, *sketch_shape), "|u1")

    def in_place(self) -> Iterator[tuple[np.ndarray, tuple[ClipFacts, ...]]]:
        """Yield rows and facts of each batch that an earlier call left whole."""
        if not self._journal_path.exists():
            return
        features, sketches = open_array(self.features_path), open_array(self.sketches_path)
        with open(self._journal_path, encoding="ascii", errors="replace") as lines:
            for line in lines:
                try:
                    batch = json.loads(line)
                    rows, facts = np.array(batch["rows"]), [_facts_from(fact) for fact in batch["facts"]]
                    arrays = [features[rows], sketches[rows]]
                    if any(fact.channels for fact in facts):
                        arrays.append(np.load(self._channels_path(rows), allow_pickle=False))
                        facts = _with_channels(facts, arrays[2])
                    if checksum(*arrays) == batch["crc"]:
                        yield rows, tuple(facts)
                # Half a line, or half a file.
                except (OSError, EOFError, IndexError, ValueError, KeyError, TypeError):
                    continue

    def note(self, rows: np.ndarray, facts: Sequence[ClipFacts], crc: int) -> None:
        """Say that the rows of a batch are written.

        Args:
            rows: which they are.
            facts: of its files.
            crc: ``checksum`` of its features and sketches, and of those of its channels where it has some.
        """
        if self._journal is None:
            # A line that was cut off must not swallow the next one.
            self._journal = open(self._journal_path, "a", encoding="ascii")
            self._journal.write("\n")
        own = [fact.channel_features for fact in facts if fact.channel_features is not None]
        if own:
            np.save(self._channels_path(rows), np.concatenate(own))
        found = [{**vars(fact), "measures": list(fact.measures), "channel_features": None} for fact in facts]
        self._journal.write(json.dumps({"rows": rows.tolist(), "crc": crc, "facts": found}) + "\n")
        self._journal.flush()

    def finish(self, features_path: Path, sketches_path: Path) -> None:
        """Put the arrays, all rows of which are written, where they belong.

        Raises:
            PipelineError: the disk is full.
        """
        self.close()
        try:
            for path, place in ((self.features_path, features_path), (self.sketches_path, sketches_path)):
                with open(path, "rb+") as file:
                    os.fsync(file.fileno())
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, place)
                sync_folder(place.parent)
        except OSError as error:
            raise PipelineError(f"cannot write {features_path}: {error.strerror or error}") from error
        self._journal_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the arrays and the journal."""
        self.close()
        for path in self._journal_path.parent.iterdir():
            path.unlink()

    def close(self) -> None:
        """Close the journal; what is written stays."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _channels_path(self, rows: np.ndarray) -> Path:
        return self._journal_path.with_name(f"channels-{int(rows[0]):09d}.npy")

    def _are_there(self, shape: tuple[int, ...], sketch_shape: tuple[int, ...]) -> bool:
        if not self._journal_path.exists():
            return False
        try:
            shapes = open_array(self.features_path).shape, open_array(self.sketches_path).shape
        except ArtefactError:
            return False
        return shapes == (shape, sketch_shape)


def _with_channels(facts: Sequence[ClipFacts], channels: np.ndarray) -> list[ClipFacts]:
    ends = np.cumsum([len(fact.channels) for fact in facts])
    return [
        replace(fact, channel_features=features) if fact.channels else fact
        for fact, features in zip(facts, np.split(channels, ends[:-1]), strict=True)
    ]


def _facts_from(fact: dict[str, Any]) -> ClipFacts:
    measures = ClipMeasures(*fact["measures"])
    return ClipFacts(**{**fact, "measures": measures, "channels": tuple(fact["channels"])})
