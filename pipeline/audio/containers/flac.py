"""What does the head of a FLAC say?

``STREAMINFO`` states rate, channels, bits, frames and the MD5 of the samples: decoding is checked
against both.
"""

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Sound, check_claims
from pipeline.errors import UnusableClip

__all__ = ["read_flac"]

_SEARCHED_BYTES = 1 << 19  # more than any usual frame takes


def read_flac(content: Content, start: int) -> Sound:
    """Return what a FLAC that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, or absurd.
    """
    head = content[start + 4 : start + 42]
    if len(head) < 38 or head[0] & 0x7F != 0 or int.from_bytes(head[1:4], "big") != 34:
        raise UnusableClip(
            "damaged_header", "damaged FLAC header: it does not describe its sound; export it again"
        )
    packed = int.from_bytes(head[14:22], "big")
    sample_rate, n_channels = packed >> 44, (packed >> 41 & 7) + 1
    bits, n_stated = (packed >> 36 & 31) + 1, packed & 0xF_FFFF_FFFF
    check_claims(sample_rate, n_channels)
    return Sound(
        container="FLAC",
        sample_rate=sample_rate,
        n_channels=n_channels,
        n_stated=n_stated,
        is_size_unstated=n_stated == 0,
        n_held=_last_frame(content, start, int.from_bytes(head[4:6], "big")),
        start=start,
        md5=head[22:38] if any(head[22:38]) else b"",
        bits=bits,
        notes=() if n_stated else ("the header does not state a length",),
    )


def _last_frame(content: Content, start: int, block_size: int) -> int:
    """Return the number of the first sample of the last frame whose head is whole, 0 where there is none."""
    first = max(start + 42, len(content) - _SEARCHED_BYTES)
    part = content[first : len(content)]
    place = len(part)
    while (place := part.rfind(b"\xff", 0, place)) >= 0:
        if part[place + 1 : place + 2] not in (b"\xf8", b"\xf9"):
            continue
        head = part[place : place + 16]
        n_more = (~head[4] & 0xFF) and 8 - (~head[4] & 0xFF).bit_length() if len(head) > 4 else 8
        if len(head) < 5:
            continue
        n_coded = max(1, n_more)
        size_code, rate_code = head[2] >> 4, head[2] & 15
        n_head = 4 + n_coded + {6: 1, 7: 2}.get(size_code, 0) + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
        if n_coded > 7 or n_more == 1 or len(head) <= n_head or _crc8(head[:n_head]) != head[n_head]:
            continue
        number = head[4] & (0x7F >> n_more)
        for byte in head[5 : 4 + n_coded]:
            number = number << 6 | byte & 0x3F
        return number if head[1] & 1 else number * block_size
    return 0


def _crc8(head: bytes) -> int:
    """Return the checksum of a frame's head, with the polynomial x^8 + x^2 + x + 1."""
    crc = 0
    for byte in head:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc
