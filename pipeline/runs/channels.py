"""Which rows are the living channels of one clip?

Where channels are scored each, a clip with several distinct living ones has a row of features for each beside
its own row, which is of their mix. ``features/channels.npy``, float32 [K, *shape], holds them in the order of
the clips, and ``features/channels.parquet`` says of each the clip's row in the manifest, the channel's
number, from 1, and how many channels the file has. Neither file exists where no clip has such rows.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import open_array, read_table

__all__ = ["CHANNELS_NAME", "CHANNEL_COLUMNS", "CHANNEL_TABLE_NAME", "ChannelRows", "EachChannel", "spread"]

CHANNELS_NAME = "channels.npy"
CHANNEL_TABLE_NAME = "channels.parquet"
CHANNEL_COLUMNS = ("row", "channel", "n_channels")


@dataclass(frozen=True)
class EachChannel:
    """Features [M, ...], the place of the clip that each is of, and its channel [M]; 0 for a clip's own row.

    Rows of one clip stand together, and clips in their order.
    """

    features: np.ndarray
    clip: np.ndarray
    channel: np.ndarray

    @classmethod
    def of_clips(cls, features: np.ndarray) -> "EachChannel":
        """Return clips [N, ...] of one row each."""
        return cls(features, np.arange(len(features)), np.zeros(len(features), np.intp))


@dataclass(frozen=True)
class ChannelRows:
    """Of each channel the ``row`` of its clip in the manifest, its number, how many there are; features."""

    row: np.ndarray
    channel: np.ndarray
    n_channels: np.ndarray
    features: np.ndarray

    def places(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where the channels of some distinct rows stand, and where in ``rows`` each one's clip is."""
        order = np.argsort(rows, kind="stable")
        found = np.searchsorted(rows, self.row, sorter=order)
        inside = np.flatnonzero(found < len(rows))
        clip = order[found[inside]]
        is_own = rows[clip] == self.row[inside]
        return inside[is_own], clip[is_own]


def spread(features: np.ndarray, clip: np.ndarray, channel: np.ndarray, own: np.ndarray) -> EachChannel:
    """Return the rows of each clip: those of its channels where there are any, else its own.

    Args:
        features: of the clips themselves [N, ...].
        clip: which of them each channel is of [K].
        channel: number of each, from 1 [K].
        own: features of each channel [K, ...].
    """
    if not len(clip):
        return EachChannel.of_clips(features)
    alone = np.setdiff1d(np.arange(len(features)), clip)
    of = np.concatenate([alone, clip])
    order = np.argsort(of, kind="stable")
    numbers = np.concatenate([np.zeros(len(alone), np.intp), channel])
    return EachChannel(np.concatenate([features[alone], own])[order], of[order], numbers[order])


def read_channel_rows(folder: Path) -> ChannelRows | None:
    """Read the channels of a run's clips from its ``features`` folder; ``None`` where there are none.

    Raises:
        ArtefactError: they are damaged or do not belong together.
    """
    if not (folder / CHANNEL_TABLE_NAME).exists():
        return None
    columns = read_table(folder / CHANNEL_TABLE_NAME)
    features = open_array(folder / CHANNELS_NAME)
    if set(columns) != set(CHANNEL_COLUMNS) or len(columns["row"]) != len(features):
        raise ArtefactError(
            f"{folder / CHANNEL_TABLE_NAME} does not belong to the {len(features)} rows of {CHANNELS_NAME}; "
            "delete features/ and run again"
        )
    numbers = {name: np.array(columns[name], np.intp) for name in CHANNEL_COLUMNS}
    return ChannelRows(**numbers, features=features)
