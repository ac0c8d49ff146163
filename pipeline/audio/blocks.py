"""How do the bytes of an audio file become samples, a bounded number of them at a time?

Conventions: blocks are float32 [n, n_channels], one after the other without gaps; full scale is 1.0. Nearly
all clips are one block. A block that cannot be used raises ``UnusableClip``.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.content import Content, LargeFile
from pipeline.audio.wav import Header, check_claims
from pipeline.errors import UnusableClip

if TYPE_CHECKING:
    import soundfile

__all__ = ["BLOCK_VALUES", "Blocks", "open_blocks"]

BLOCK_VALUES = 8 << 20  # samples times channels that are decoded at once: 32 MB
MAX_HOURS = 24.0  # a small FLAC can claim years of silence
# Float files on the scale of 16-bit integers pass; beyond it the squares near the end of float32.
MAX_PEAK = 65_536.0


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The channels of one file, decoded anew each time that they are asked for.

    Attributes:
        sample_rate: Hz.
        n_channels: of each block.
        is_coarse: whether the file has 16 bits a sample or fewer.
        read: yields the blocks.
    """

    sample_rate: int
    n_channels: int
    is_coarse: bool
    read: Callable[[], Iterator[np.ndarray]]


def open_blocks(content: Content, header: Header) -> Blocks:
    """Return the channels of a file; bounds are checked before anything is decoded.

    Raises:
        UnusableClip: damaged, or of an absurd length.
    """
    if header.pcm16 is not None:
        return _open_pcm16(content, header)
    with _opened(content, header) as file:
        check_claims(file.samplerate, file.channels)
        _check_length(file.frames, file.samplerate)
        return Blocks(
            sample_rate=int(file.samplerate),
            n_channels=int(file.channels),
            is_coarse=file.subtype in ("PCM_16", "PCM_S8", "PCM_U8", "ULAW", "ALAW"),
            read=lambda: _decoded(content, header),
        )


def _check_length(n_samples: int, sample_rate: int) -> None:
    hours = n_samples / sample_rate / 3600
    if hours > MAX_HOURS:
        raise UnusableClip(
            f"would decode to {n_samples:,} samples, {hours:,.3g} hours; at most {MAX_HOURS:g} are read: "
            "cut it into parts"
        )


def _open_pcm16(content: Content, header: Header) -> Blocks:
    offset, n_bytes = header.pcm16 or (0, 0)
    n_channels = header.n_channels
    _check_length(n_bytes // (2 * n_channels), header.sample_rate)
    step = BLOCK_VALUES // n_channels * n_channels * 2

    def read() -> Iterator[np.ndarray]:
        for first in range(offset, offset + n_bytes, step):
            n_block = min(step, offset + n_bytes - first)
            if isinstance(content, LargeFile):
                part = content[first : first + n_block]
                if len(part) < n_block:
                    raise UnusableClip(
                        f"the file lost {n_block - len(part):,} bytes while it was read; try again"
                    )
                integers = np.frombuffer(part, "<i2")
            else:
                integers = np.frombuffer(content, "<i2", n_block // 2, first)
            channels = integers.astype(np.float32).reshape(-1, n_channels)
            channels *= np.float32(1 / 32_768)
            yield channels

    return Blocks(sample_rate=header.sample_rate, n_channels=n_channels, is_coarse=True, read=read)


@contextmanager
def _opened(content: Content, header: Header) -> Iterator["soundfile.SoundFile"]:
    import soundfile

    try:
        with (
            (
                content.opened()
                if isinstance(content, LargeFile)
                else io.BytesIO(content[header.start :] if header.start else content)
            ) as stream,
            soundfile.SoundFile(stream) as file,
        ):
            yield file
    except soundfile.LibsndfileError as error:
        raise UnusableClip(f"damaged {header.container}: {error.error_string}") from error


def _decoded(content: Content, header: Header) -> Iterator[np.ndarray]:
    n_read = 0
    with _opened(content, header) as file:
        stated, n_block = file.frames, max(1, BLOCK_VALUES // file.channels)
        while len(block := file.read(min(n_block, stated - n_read), dtype="float32", always_2d=True)):
            n_read += len(block)
            _check_samples(block)
            yield block
    if n_read == 0:
        raise UnusableClip("the file has a header and no sound")
    # The length of an MP3 is an estimate; everywhere else fewer samples mean lost sound.
    if n_read < stated and header.container != "MP3":
        raise UnusableClip(f"cut off: the header states {stated:,} samples, {n_read:,} can be decoded")


def _check_samples(block: np.ndarray) -> None:
    # NaN is the highest of all that it is among, and infinity of all numbers.
    peak = max(float(block.max()), -float(block.min()))
    if not np.isfinite(peak):
        n_bad = int(np.count_nonzero(~np.isfinite(block)))
        raise UnusableClip(f"{n_bad:,} of {block.size:,} samples are NaN or infinite")
    if peak > MAX_PEAK:
        raise UnusableClip(f"samples reach {peak:.3g} times full scale; at most {MAX_PEAK:,.0f} is read")
