"""What does the head of an audio file claim, and can that be true?

The claims are checked on the bytes before any library sees them: libsndfile accepts cut data,
empty data and rare codecs without a word. What is read: WAV (8, 16, 24 or 32 bit PCM, float, A-law,
mu-law), AIFF, FLAC, Ogg and MP3, told apart by content and never by file name. Offsets and sizes
are in bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.errors import UnusableClip

__all__ = ["MAX_CHANNELS", "MAX_RATE_HERTZ", "MIN_RATE_HERTZ", "Header", "check_claims", "read_header"]

MIN_RATE_HERTZ = 1_000
MAX_RATE_HERTZ = 384_000
MAX_CHANNELS = 32

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
# Programs that write to a pipe cannot go back to fill in the size: they leave one of these.
_UNSTATED_SIZES = (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000)


@dataclass(frozen=True)
class Header:
    """What a file claims to hold.

    Attributes:
        container: ``WAV``, ``AIFF``, ``FLAC``, ``Ogg`` or ``MP3``.
        sample_rate: Hz; 0 where only the decoder knows (all but WAV).
        n_channels: 0 where only the decoder knows.
        pcm16: ``(offset, n_bytes)`` of plain 16-bit samples that need no decoder, else None.
        notes: what is unusual but usable.
    """

    container: str
    sample_rate: int = 0
    n_channels: int = 0
    pcm16: tuple[int, int] | None = None
    notes: tuple[str, ...] = field(default=())


def read_header(content: bytes) -> Header:
    """Tell what kind of audio file the bytes are, and check what they claim; reads only headers.

    Raises:
        UnusableClip: no kind that is read, damaged, cut off, without sound, or absurd.
    """
    if not content:
        raise UnusableClip("the file is empty")
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return _read_wav(content)
    if content[:4] == b"FORM" and content[8:12] == b"AIFF":
        return _read_aiff(content)
    if content[:4] == b"fLaC":
        return Header("FLAC")
    if content[:4] == b"OggS":
        return Header("Ogg")
    if _is_mp3(content):
        return Header("MP3")
    raise UnusableClip("not a kind of audio that is read (WAV, AIFF, FLAC, Ogg, MP3); convert it to WAV")


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


def _chunks(content: bytes, size_format: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, offset, claimed size) of each chunk; the last one may claim more than there is."""
    offset = 12
    while offset + 8 <= len(content):
        name = content[offset : offset + 4]
        (size,) = struct.unpack_from(size_format, content, offset + 4)
        yield name, offset + 8, size
        offset += 8 + size + size % 2


def _check_size(claimed: int, held: int) -> None:
    if claimed == 0 or held == 0:
        raise UnusableClip("the file has a header and no sound")
    if claimed > held:
        raise UnusableClip(f"cut off: the header states {claimed:,} bytes of sound, the file holds {held:,}")


def _read_wav(content: bytes) -> Header:
    layout: tuple[int, int, int, int] | None = None
    for name, offset, size in _chunks(content, "<I"):
        if name == b"fmt ":
            layout = _read_format(content[offset : offset + size])
        elif name == b"data":
            if layout is None:
                raise UnusableClip("damaged WAV header: the sound comes before its format")
            break
    else:
        raise UnusableClip("damaged WAV header: no sound follows it")
    tag, n_channels, sample_rate, bits = layout
    notes: list[str] = []
    held = len(content) - offset
    if size in _UNSTATED_SIZES and size > held:
        size = held
        notes.append("the header does not state a length")
    _check_size(size, held)
    block = n_channels * bits // 8
    if size < block:
        raise UnusableClip(f"{size} bytes of sound, and one sample of each channel takes {block}")
    if size % block:
        notes.append(f"{size % block} stray bytes dropped at the end")
    pcm16 = (offset, size - size % block) if (tag, bits) == (_PCM, 16) else None
    return Header("WAV", sample_rate, n_channels, pcm16, tuple(notes))


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


def _read_aiff(content: bytes) -> Header:
    for name, offset, size in _chunks(content, ">I"):
        if name == b"SSND":
            _check_size(size, len(content) - offset)
            return Header("AIFF")
    raise UnusableClip("damaged AIFF header: no sound follows it")


def _is_mp3(content: bytes) -> bool:
    """Say whether an MPEG layer III frame begins here, or right after ID3 tags."""
    offset = 0
    while content[offset : offset + 3] == b"ID3" and len(content) >= offset + 10:
        sizes = content[offset + 6 : offset + 10]
        offset += 10 + sum((byte & 0x7F) << shift for byte, shift in zip(sizes, (21, 14, 7, 0), strict=True))
    head = content[offset : offset + 2]
    return len(head) == 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
