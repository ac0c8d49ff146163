"""What are the features of each living channel of a file, and where are they kept?

Only where ``features.channels`` asks for it and a file has several living channels that differ. Channels are
decoded and heard one after the other, so that a file of many costs time and no more memory.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from pipeline.audio import Recording
from pipeline.features.records import ClipFacts
from pipeline.files import atomic_path, create_array, open_array, write_table
from pipeline.runs import CHANNEL_COLUMNS, CHANNEL_TABLE_NAME, CHANNELS_NAME

__all__ = ["ChannelFile", "channel_features"]

BLOCK = 256


def channel_features(
    recording: Recording, heard: Callable[[Recording], np.ndarray]
) -> tuple[tuple[int, ...], np.ndarray | None]:
    """Return the numbers, from 1, of a file's living channels that differ, and the features of each.

    Args:
        recording: as it was decoded.
        heard: returns the features of one recording.

    Returns:
        Nothing and ``None`` where one row stands for all: a single living channel, or copies of one.
    """
    numbers: list[int] = []
    found: list[np.ndarray] = []
    if len(recording.living) > 1:
        for number in recording.living:
            features = heard(recording.channel(number))
            if not any(np.array_equal(features, other) for other in found):
                numbers.append(number + 1)
                found.append(features)
    return (tuple(numbers), np.stack(found)) if len(found) > 1 else ((), None)


class ChannelFile:
    """Collects the channels of batch after batch on disk, and writes them as one array at the end."""

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        """Write into ``folder`` features of ``shape`` each."""
        self._folder, self._shape = folder, shape
        self._rows: list[tuple[int, int, int]] = []
        self._path = folder / "channels.part"

    def __enter__(self) -> "ChannelFile":
        """Open the file that collects."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("w+b")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the file that collected."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, rows: np.ndarray, facts: Sequence[ClipFacts]) -> None:
        """Add the channels of clips, ``rows`` of the manifest."""
        for row, fact in zip(rows.tolist(), facts, strict=True):
            if fact.channel_features is not None:
                self.add_clip(row, fact.channels, fact.n_channels, fact.channel_features)

    def add_clip(self, row: int, channels: Sequence[int], n_channels: int, features: np.ndarray) -> None:
        """Add the channels of one clip.

        Args:
            row: of the manifest.
            channels: their numbers, from 1.
            n_channels: of the file.
            features: of each that is named [len(channels), *shape].
        """
        self._rows += [(row, channel, n_channels) for channel in channels]
        self._file.write(np.ascontiguousarray(features, "<f4").tobytes())

    def write(self) -> None:
        """Write both files of ``pipeline.runs.channels``; none where no clip has channels of its own."""
        for name in (CHANNELS_NAME, CHANNEL_TABLE_NAME):
            (self._folder / name).unlink(missing_ok=True)
        if not self._rows:
            return
        # Clips were added in any order; channels of one stand together, and in theirs.
        order = np.argsort([row for row, _, _ in self._rows], kind="stable")
        self._file.flush()
        collected = np.memmap(self._path, "<f4", "r", shape=(len(order), *self._shape))
        with atomic_path(self._folder / CHANNELS_NAME) as temporary:
            create_array(temporary, collected.shape)
            array = open_array(temporary, mode="r+")
            for start in range(0, len(array), BLOCK):
                array[start : start + BLOCK] = collected[order[start : start + BLOCK]]
            array.flush()
        columns = zip(*(self._rows[place] for place in order.tolist()), strict=True)
        write_table(
            self._folder / CHANNEL_TABLE_NAME,
            {name: list(column) for name, column in zip(CHANNEL_COLUMNS, columns, strict=True)},
        )
