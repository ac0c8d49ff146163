"""Where in a WAV is its sound, and in which form?

WAV and its 64-bit form RF64 are read: 8, 16, 24 or 32 bit PCM, float, A-law and mu-law. Programs that were
stopped, or that write into a pipe, leave a size that is not true: such a file is read to its end, with a
note. A file that lacks more than a header's worth of its sound is cut off. Offsets and sizes are in bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.audio.content import Content
from pipeline.errors import UnusableClip

__all__ = ["Header", "check_claims", "check_size", "chunks", "read_wav"]

MIN_RATE_HERTZ = 1_000
MAX_RATE_HERTZ = 384_000
MAX_CHANNELS = 32

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
# Programs that write to a pipe cannot go back to fill in the size: they leave one of about 2 or 4 GB.
_UNSTATED_SIZE = 0x7FFF_0000
_IN_DS64 = 0xFFFF_FFFF
# Some programs count the header as sound. Less than that is no loss that can be heard.
_HEADER_BYTES = 44


@dataclass(frozen=True)
class Header:
    """What a file claims to hold.

    Attributes:
        container: ``WAV``, ``AIFF``, ``FLAC``, ``Ogg`` or ``MP3``.
        sample_rate: Hz; 0 where only the decoder knows (all but WAV).
        n_channels: 0 where only the decoder knows.
        pcm16: ``(offset, n_bytes)`` of plain 16-bit samples that need no decoder, else None.
        start: where the file begins, after tags that its decoder does not know.
        notes: what is unusual but usable.
    """

    container: str
    sample_rate: int = 0
    n_channels: int = 0
    pcm16: tuple[int, int] | None = None
    start: int = 0
    notes: tuple[str, ...] = field(default=())


def check_claims(sample_rate: int, n_channels: int) -> None:
    """Refuse a sample rate (Hz) or a number of channels that no recording has.

    Raises:
        UnusableClip: with the claim and the bounds.
    """
    if not MIN_RATE_HERTZ <= sample_rate <= MAX_RATE_HERTZ:
        raise UnusableClip(
            f"the header claims a sample rate of {sample_rate:,} Hz; "
            f"{MIN_RATE_HERTZ:,} to {MAX_RATE_HERTZ:,} Hz are read"
        )
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise UnusableClip(f"the header claims {n_channels:,} channels; 1 to {MAX_CHANNELS} are read")


def chunks(content: Content, size_format: str, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, offset, claimed size) of each chunk; the last one may claim more than there is."""
    offset = start + 12
    while offset + 8 <= len(content):
        head = content[offset : offset + 8]
        (size,) = struct.unpack_from(size_format, head, 4)
        yield head[:4], offset + 8, size
        offset += 8 + size + size % 2


def check_size(claimed: int, held: int) -> None:
    """Refuse sound that is not there.

    Raises:
        UnusableClip: no sound, or less of it than is claimed, with both numbers.
    """
    if claimed == 0 or held == 0:
        raise UnusableClip("the file has a header and no sound")
    if claimed > held:
        raise UnusableClip(f"cut off: the header states {claimed:,} bytes of sound, the file holds {held:,}")


def read_wav(content: Content, start: int) -> Header:
    """Return what a WAV that begins at ``start`` claims.

    Raises:
        UnusableClip: damaged, cut off, without sound, or of a codec that is not read.
    """
    layout: tuple[int, int, int, int] | None = None
    long_size = 0
    for name, offset, size in chunks(content, "<I", start):
        if name == b"ds64" and len(sizes := content[offset : offset + 16]) == 16:
            (long_size,) = struct.unpack_from("<Q", sizes, 8)
        elif name == b"fmt ":
            layout = _read_format(content[offset : offset + min(size, 64)])
        elif name == b"data":
            if layout is None:
                raise UnusableClip("damaged WAV header: the sound comes before its format")
            break
    else:
        raise UnusableClip("damaged WAV header: no sound follows it")
    tag, n_channels, sample_rate, bits = layout
    size, notes = _true_size(content, offset, long_size if long_size and size == _IN_DS64 else size)
    check_size(size, len(content) - offset)
    block = n_channels * bits // 8
    if size < block:
        raise UnusableClip(f"{size} bytes of sound, and one sample of each channel takes {block}")
    if size % block:
        notes.append(f"{size % block} stray bytes dropped at the end")
    pcm16 = (offset, size - size % block) if (tag, bits) == (_PCM, 16) else None
    return Header("WAV", sample_rate, n_channels, pcm16, start, tuple(notes))


def _true_size(content: Content, offset: int, claimed: int) -> tuple[int, list[str]]:
    """Return the size of the sound at ``offset``, and a note where that is not what is claimed."""
    held = len(content) - offset
    if claimed > held and claimed >= _UNSTATED_SIZE:
        return held, ["the header does not state a length"]
    if claimed == 0 and held > 0 and not _is_chunk(content, offset):
        return held, ["the header states no sound, as that of a file that was never closed: read to the end"]
    lacking = claimed - held
    if 0 < lacking <= min(_HEADER_BYTES, held // 10):
        return held, [f"the header states {lacking} bytes of sound more than the file holds"]
    return claimed, []


def _is_chunk(content: Content, offset: int) -> bool:
    """Say whether what stands at ``offset`` is another chunk that ends within the file, and no sound."""
    head = content[offset : offset + 8]
    if len(head) < 8 or not head[:4].isascii() or not head[:4].decode("ascii").isprintable():
        return False
    return offset + 8 + int.from_bytes(head[4:], "little") <= len(content)


def _read_format(chunk: bytes) -> tuple[int, int, int, int]:
    """Return (format tag, channels, sample rate, bits a sample) of a WAV."""
    if len(chunk) < 16:
        raise UnusableClip(f"damaged WAV header: {len(chunk)} bytes of format, at least 16 are needed")
    tag, n_channels, sample_rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if tag not in _BITS:
        raise UnusableClip(f"WAV with codec number {tag}; PCM, float, A-law and mu-law are read: convert it")
    if bits not in _BITS[tag]:
        known = ", ".join(map(str, _BITS[tag]))
        raise UnusableClip(f"the header claims {bits} bits a sample; {known} are read for this kind of WAV")
    check_claims(sample_rate, n_channels)
    if block != n_channels * bits // 8:
        raise UnusableClip(
            f"damaged WAV header: {n_channels} channels of {bits} bits take {n_channels * bits // 8} "
            f"bytes a sample, the header states {block}"
        )
    return tag, n_channels, sample_rate, bits
