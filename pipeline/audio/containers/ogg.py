"""Is every page of an Ogg file there, in order and whole?

Each page has a CRC and a number; the last one says that it is. A file with one stream of
Vorbis or Opus is read.

Source: RFC 3533, section 6; RFC 7845, section 5.1; Vorbis I specification, section 4.2.2.
"""

import struct
import zlib

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Sound, check_claims
from pipeline.errors import UnusableClip

__all__ = ["page_crc", "read_ogg"]

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_LAST = 4
_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)


def page_crc(page: bytes) -> int:
    """Return the checksum of a page whose own checksum is set to zero.

    It is that of zlib with the bits of each byte mirrored, and without inversions.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def read_ogg(content: Content, start: int) -> Sound:
    """Return what an Ogg file that begins at ``start`` says; costs a pass over all of its bytes.

    Raises:
        UnusableClip: damaged, or of a codec that is not read.
    """
    offset, number, serial, granule, flags, first = start, 0, None, 0, 0, b""
    while offset < len(content):
        head = content[offset : offset + 27]
        if len(head) < 27 or head[:5] != b"OggS\0":
            # Tags of other programs behind the last page are no sound.
            if flags & _LAST and head[:3] in (b"TAG", b"APE", b"\0\0\0"):
                break
            raise _damaged(f"page {number} is not where it should be")
        table = content[offset + 27 : offset + 27 + head[26]]
        page = content[offset : offset + 27 + len(table) + sum(table)]
        if len(page) != 27 + head[26] + sum(table):
            raise _damaged(f"page {number} is cut off")
        _, flags_here, granule_here, serial_here, sequence, crc = struct.unpack_from("<BBqIII", page, 4)
        if page_crc(page[:22] + bytes(4) + page[26:]) != crc:
            raise _damaged(f"page {number} does not have its checksum")
        if serial is None:
            serial, first = serial_here, page[27 + len(table) :]
        if serial_here != serial or flags & _LAST:
            raise UnusableClip(
                "several_streams", "an Ogg file of several streams; one is read: take them apart"
            )
        if sequence != number:
            raise _damaged(f"page {number} is missing, page {sequence} follows")
        flags, number, offset = flags_here, number + 1, offset + len(page)
        granule = granule_here if granule_here >= 0 else granule
    if not flags & _LAST:
        raise _damaged(f"the stream does not end, page {number} is missing")
    return _described(first, granule, start)


def _damaged(why: str) -> UnusableClip:
    return UnusableClip("damaged", f"damaged Ogg: {why}; copy the file again")


def _described(packet: bytes, granule: int, start: int) -> Sound:
    """Return what the first packet of a whole stream says."""
    if packet[:7] == b"\x01vorbis" and len(packet) >= 16:
        n_channels, sample_rate = struct.unpack_from("<BI", packet, 11)
        n_stated = granule
    elif packet[:8] == b"OpusHead" and len(packet) >= 16:
        n_channels, skipped, recorded = struct.unpack_from("<BHI", packet, 9)
        # The decoder gives the lowest of its rates that holds all that was recorded.
        sample_rate = next((rate for rate in _OPUS_RATES if rate >= recorded > 0), 48_000)
        n_stated = max(0, granule - skipped) * sample_rate // 48_000
    else:
        raise UnusableClip("codec", "an Ogg file of neither Vorbis nor Opus: convert it")
    check_claims(sample_rate, n_channels)
    return Sound(
        container="Ogg", sample_rate=sample_rate, n_channels=n_channels, n_stated=n_stated, start=start
    )
