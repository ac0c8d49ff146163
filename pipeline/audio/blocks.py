"""How do the bytes of an audio file become samples, a bounded number of them at a time?

Conventions: blocks are float32 [n, n_channels], one after the other without gaps; full scale is 1.0. Nearly
all clips are one block. A block that cannot be used raises ``UnusableClip``.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from models.quiet import held_back_standard_error
from pipeline.audio.containers import Content, LargeFile, Sound, check_end
from pipeline.audio.pcm import to_floats
from pipeline.errors import UnusableClip

if TYPE_CHECKING:
    import soundfile

__all__ = ["BLOCK_VALUES", "Blocks", "cut_into_blocks", "open_blocks"]

BLOCK_VALUES = 1 << 20  # samples times channels that are decoded at once: 4 MB
MAX_HOURS = 24.0  # a small FLAC can claim years of silence
# Float files on the scale of 16-bit integers pass; beyond it the squares near the end of float32.
MAX_PEAK = 65_536.0
# An MP3 holds the encoder's delay beside the sound, in frames of which no more than these are left out.
MP3_DELAY = 4 * 1_152


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The channels of one file, decoded anew each time that they are asked for.

    Attributes:
        sample_rate: Hz.
        n_channels: of each block.
        is_coarse: whether the file has 16 bits a sample or fewer.
        read_unchecked: yields the blocks; samples may be no numbers, or out of any range.
    """

    sample_rate: int
    n_channels: int
    is_coarse: bool
    read_unchecked: Callable[[], Iterator[np.ndarray]]

    def read(self) -> Iterator[np.ndarray]:
        """Yield the blocks.

        Raises:
            UnusableClip: samples are not finite or too loud, or the file cannot be decoded to its end.
        """
        for block in self.read_unchecked():
            if not self.is_coarse:
                _check_samples(block)
            yield block


def cut_into_blocks(frames: np.ndarray, *, sample_rate: int, is_coarse: bool) -> Blocks:
    """Return the blocks that a file of these frames would have.

    Args:
        frames: float32 [n, n_channels].
        sample_rate: Hz.
        is_coarse: whether they were of 16 bits a sample or fewer.
    """
    n_channels = frames.shape[1]
    step = max(1, BLOCK_VALUES // n_channels)
    return Blocks(
        sample_rate=sample_rate,
        n_channels=n_channels,
        is_coarse=is_coarse,
        read_unchecked=lambda: (frames[first : first + step] for first in range(0, len(frames), step)),
    )


def open_blocks(content: Content, sound: Sound) -> Blocks:
    """Return the channels of a file; bounds are checked before anything is decoded.

    Raises:
        UnusableClip: damaged, or of an absurd length.
    """
    if sound.kind:
        _check_length(sound.n_held, sound.sample_rate)
        is_coarse = sound.kind[0] != "f" and sound.bits <= 16
        return Blocks(
            sample_rate=sound.sample_rate,
            n_channels=sound.n_channels,
            is_coarse=is_coarse,
            read_unchecked=lambda: _linear(content, sound),
        )
    _check_length(sound.n_stated, sound.sample_rate)
    with _opened(content, sound) as file:
        if (file.samplerate, file.channels) != (sound.sample_rate, sound.n_channels):
            raise UnusableClip(
                "damaged",
                f"damaged {sound.container}: {sound.n_channels} channels at {sound.sample_rate:,} Hz are "
                f"stated, "
                f"{file.channels} at {file.samplerate:,} Hz are decoded; copy it again",
            )
    return Blocks(
        sample_rate=sound.sample_rate,
        n_channels=sound.n_channels,
        is_coarse=sound.container == "FLAC" and sound.bits <= 16,
        read_unchecked=lambda: _decoded(content, sound),
    )


def _check_length(n_samples: int, sample_rate: int) -> None:
    hours = n_samples / sample_rate / 3600
    if hours > MAX_HOURS:
        raise UnusableClip(
            "too_long",
            f"would decode to {n_samples:,} samples, {hours:,.3g} hours; at most {MAX_HOURS:g} are read: "
            "cut it into parts",
        )


def _linear(content: Content, sound: Sound) -> Iterator[np.ndarray]:
    block = sound.bits // 8 * sound.n_channels
    step = max(1, BLOCK_VALUES // sound.n_channels) * block
    for offset, n_bytes in sound.extents:
        for first in range(offset, offset + n_bytes, step):
            n_block = min(step, offset + n_bytes - first)
            part = content[first : first + n_block]
            if len(part) < n_block:
                raise UnusableClip(
                    "changed", f"the file lost {n_block - len(part):,} bytes while it was read; try again"
                )
            yield to_floats(part, sound.kind, sound.n_channels)


@contextmanager
def _opened(content: Content, sound: Sound) -> Iterator["soundfile.SoundFile"]:
    import soundfile

    try:
        with (
            (
                content.opened()
                if isinstance(content, LargeFile)
                else io.BytesIO(content[sound.start :] if sound.start else content)
            ) as stream,
            _file_of(stream, sound) as file,
        ):
            # The library would seek after each block to where it already is, which fails near a lost end.
            file.seekable = lambda: False
            yield file
    except soundfile.LibsndfileError as error:
        sentence = f"damaged {sound.container}: {error.error_string}; copy it again"
        raise UnusableClip("damaged", sentence) from error


def _file_of(stream: BinaryIO, sound: Sound) -> "soundfile.SoundFile":
    import soundfile

    with _quiet(sound):
        return soundfile.SoundFile(stream)


def _quiet(sound: Sound) -> AbstractContextManager[None]:
    """The decoder of MP3 prints what it thinks of damaged frames; what is lost is refused here in words."""
    return held_back_standard_error() if sound.container == "MP3" else nullcontext()


def _decoded(content: Content, sound: Sound) -> Iterator[np.ndarray]:
    """Yield what a decoder makes, and check at the end that it made all that is stated."""
    import soundfile

    n_read, digest = 0, hashlib.md5(usedforsecurity=False)
    is_flac = sound.container == "FLAC"
    with _opened(content, sound) as file:
        n_block = max(1, BLOCK_VALUES // sound.n_channels)
        while True:
            try:
                n_wanted = min(n_block, sound.n_stated - n_read) if is_flac and sound.n_stated else n_block
                with _quiet(sound):
                    block = file.read(n_wanted, dtype="int32" if is_flac else "float32", always_2d=True)
            except soundfile.LibsndfileError:
                # Where the end of a FLAC is missing, its last frame is damaged: what is before it is read.
                if not is_flac or not 0 <= (n_good := sound.n_held - n_read) < n_wanted:
                    raise
                block = _whole_frames(content, sound, n_read, n_good)
            if not len(block):
                break
            n_read += len(block)
            if is_flac:
                digest.update(_as_in_flac(block, sound.bits))
                block = block.astype(np.float32)
                block *= np.float32(2.0**-31)
            yield block
    if n_read == 0:
        raise UnusableClip("no_sound", "the file has a header and no sound; record it again")
    if is_flac:
        check_end(sound.n_stated, n_read)
        if n_read < sound.n_held:
            raise UnusableClip(
                "damaged",
                f"damaged FLAC: its last frame begins at sample {sound.n_held:,}, {n_read:,} can be decoded; "
                "copy it again",
            )
        if sound.md5 and n_read == sound.n_stated and digest.digest() != sound.md5:
            raise UnusableClip(
                "damaged",
                "damaged FLAC: its samples do not have the MD5 that its header states; copy it again",
            )
        return
    least = (sound.n_held - MP3_DELAY) if sound.container == "MP3" else sound.n_stated
    if n_read < least:
        raise UnusableClip(
            "damaged",
            f"damaged {sound.container}: {least:,} frames are stated, {n_read:,} decoded; copy it again",
        )


def _whole_frames(content: Content, sound: Sound, first: int, n_frames: int) -> np.ndarray:
    """Return what stands before the last, damaged frame of a FLAC, int32 [n_frames, n_channels].

    The decoder gives nothing of a call that reaches a damaged frame, and what it gave before is read anew.
    """
    with _opened(content, sound) as file:
        for n_before in range(0, first, n_step := max(1, BLOCK_VALUES // sound.n_channels)):
            file.read(min(n_step, first - n_before), dtype="int32")
        return np.asarray(file.read(n_frames, dtype="int32", always_2d=True))


def _as_in_flac(block: np.ndarray, bits: int) -> bytes:
    """Return samples as FLAC takes its MD5 of them: signed, little-endian, in whole bytes."""
    width = -(-bits // 8)
    integers = (block >> (32 - bits)).astype("<i4")
    return integers.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


def _check_samples(block: np.ndarray) -> None:
    # NaN is the highest of all that it is among, and infinity of all numbers.
    peak = max(float(block.max()), -float(block.min()))
    if not np.isfinite(peak):
        n_bad = int(np.count_nonzero(~np.isfinite(block)))
        raise UnusableClip(
            "not_finite", f"{n_bad:,} of {block.size:,} samples are NaN or infinite; export it again"
        )
    if peak > MAX_PEAK:
        raise UnusableClip(
            "too_loud",
            f"samples reach {peak:.3g} times full scale; at most {MAX_PEAK:,.0f} is read: export it again",
        )
