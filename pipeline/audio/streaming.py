"""How are windows cut from a file of hours, without holding it?

A window is what a file would hold that was cut out of the recording at its own rate: all channels, not mixed.
What is settled over a whole file (which channels live, how they are mixed, full scale) is settled for each
window by itself. Only whole windows are cut.
Conventions: frames are float32 [n, n_channels], full scale 1.0; window i begins at frame
``round(i * every_seconds * sample_rate)``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio.blocks import Blocks, open_blocks
from pipeline.audio.containers import open_content, read_sound
from pipeline.audio.decoding import Recording, decode_frames

__all__ = ["RawWindow", "Stream", "open_stream"]


@dataclass(frozen=True, eq=False, kw_only=True)
class RawWindow:
    """A part of a recording.

    Attributes:
        frames: float32 [n, n_channels].
        first: number of its first frame in the recording.
        sample_rate: Hz.
        is_coarse: whether the recording has 16 bits a sample or fewer.
    """

    frames: np.ndarray
    first: int
    sample_rate: int
    is_coarse: bool

    def decode(self) -> Recording:
        """Return what a file of this window alone would be decoded to.

        Raises:
            UnusableClip: samples that are not finite or too loud.
        """
        return decode_frames(self.frames, sample_rate=self.sample_rate, is_coarse=self.is_coarse)


class Stream:
    """A recording of any length, read once from its beginning to its end.

    Attributes:
        sample_rate: Hz.
        n_channels: of the recording.
        n_expected: frames that its head promises; 0 where only reading tells.
        notes: what is unusual about the file and usable all the same, such as an end within a sample.
        n_read: frames that were read until now.
    """

    def __init__(self, blocks: Blocks, n_expected: int, notes: tuple[str, ...]) -> None:
        self._blocks, self.n_expected, self.notes = blocks, n_expected, notes
        self.sample_rate, self.n_channels = blocks.sample_rate, blocks.n_channels
        self.n_read = 0

    def windows(self, window_seconds: float, every_seconds: float) -> Iterator[RawWindow]:
        """Yield each whole window; memory holds one window and two blocks.

        Args:
            window_seconds: length of a window.
            every_seconds: from the beginning of one to that of the next.

        Raises:
            UnusableClip: the file is damaged, or became shorter while it was read.
            OSError: the file system refuses.
        """
        n_window = max(1, round(window_seconds * self.sample_rate))
        number = 0
        held, held_first = np.zeros((0, self.n_channels), np.float32), 0
        for block in self._blocks.read_unchecked():
            self.n_read += len(block)
            held = np.concatenate([held, block]) if len(held) else block
            while (first := round(number * every_seconds * self.sample_rate)) + n_window <= self.n_read:
                frames = held[first - held_first : first - held_first + n_window]
                yield RawWindow(
                    frames=np.ascontiguousarray(frames),
                    first=first,
                    sample_rate=self.sample_rate,
                    is_coarse=self._blocks.is_coarse,
                )
                number += 1
            n_done = min(max(0, first - held_first), len(held))
            held, held_first = held[n_done:], held_first + n_done


def open_stream(path: Path) -> Stream:
    """Open a recording to be cut into windows; its head alone is read.

    Raises:
        UnusableClip: not audio, damaged or absurd.
        OSError: the file system refuses.
    """
    content = open_content(path, at_once_bytes=0)
    sound = read_sound(content)
    return Stream(open_blocks(content, sound), sound.n_held or sound.n_stated, sound.notes)
