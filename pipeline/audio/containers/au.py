"""Where in a Sun AU file is its sound?

A fixed header, big-endian after ``.snd`` and little-endian after ``dns.``; a size of 0xFFFFFFFF is none.
"""

import struct

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Sound, extent_of, linear
from pipeline.errors import UnusableClip

__all__ = ["read_au"]

_KINDS = {1: "ulaw", 2: "s8", 3: "s16", 4: "s24", 5: "s32", 6: "f32", 7: "f64", 27: "alaw"}


def read_au(content: Content, start: int) -> Sound:
    """Return what an AU that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, mostly lost, without sound, or of a codec that is not read.
    """
    head = content[start : start + 24]
    order = ">" if head[:4] == b".snd" else "<"
    if len(head) < 24:
        raise UnusableClip(
            "damaged_header", f"damaged AU header: {len(head)} bytes, 24 are needed; export it again"
        )
    offset, size, codec, sample_rate, n_channels = struct.unpack_from(order + "IIIII", head, 4)
    if codec not in _KINDS:
        raise UnusableClip(
            "codec", f"AU with codec number {codec}; PCM, float, A-law and mu-law are read: convert it"
        )
    kind = _KINDS[codec]
    if kind[-1].isdigit():
        kind += "be" if order == ">" else "le"
    if not 24 <= offset <= len(content) - start:
        raise UnusableClip(
            "damaged_header",
            f"damaged AU header: its sound begins at {offset:,} of "
            f"{len(content) - start:,} bytes; export it again",
        )
    held = len(content) - start - offset
    is_open = size == 0xFFFF_FFFF or (size == 0 and held > 0)
    return linear(
        "AU",
        kind=kind,
        sample_rate=sample_rate,
        n_channels=n_channels,
        parts=[(start + offset, extent_of(size, held, is_open=is_open))],
        start=start,
    )
