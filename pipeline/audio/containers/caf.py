"""Where in a Core Audio file is its sound?

Big-endian chunks with 64-bit sizes; a size of -1 means up to the end of the file.
"""

import math
import struct

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import PCM_WIDTHS, Sound, extent_of, linear
from pipeline.errors import UnusableClip

__all__ = ["read_caf"]

_IS_FLOAT, _IS_LITTLE = 1, 2
_MOST_CHUNKS = 10_000


def read_caf(content: Content, start: int) -> Sound:
    """Return what a CAF that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, mostly lost, without sound, or of a codec that is not read.
    """
    layout, offset = None, start + 8
    for _ in range(_MOST_CHUNKS):
        head = content[offset : offset + 12]
        if len(head) < 12:
            break
        (size,) = struct.unpack_from(">q", head, 4)
        offset += 12
        if head[:4] == b"desc":
            layout = _description(content[offset : offset + 32])
        elif head[:4] == b"data":
            if layout is None:
                break
            kind, n_channels, sample_rate = layout
            held = max(0, len(content) - offset - 4)
            is_open = size < 0 or (size <= 4 and held > 0)
            return linear(
                "CAF",
                kind=kind,
                sample_rate=sample_rate,
                n_channels=n_channels,
                parts=[(offset + 4, extent_of(max(0, size - 4), held, is_open=is_open))],
                start=start,
            )
        offset += max(0, size)
    raise UnusableClip("damaged_header", "damaged CAF header: no sound follows it; export it again")


def _description(chunk: bytes) -> tuple[str, int, int]:
    """Return (kind of sample, channels, sample rate)."""
    if len(chunk) < 32:
        raise UnusableClip(
            "damaged_header",
            f"damaged CAF header: {len(chunk)} bytes of format, 32 are needed; export it again",
        )
    rate, codec, flags, n_packet, _, n_channels, bits = struct.unpack(">d4sIIIII", chunk)
    kind = codec.decode("ascii", "replace")
    if codec == b"lpcm":
        order = "le" if flags & _IS_LITTLE else "be"
        kind = f"{'f' if flags & _IS_FLOAT else 's'}{bits}{order}"
    if kind not in PCM_WIDTHS:
        raise UnusableClip(
            "codec", f"CAF with codec {kind!r}; PCM, float, A-law and mu-law are read: convert it"
        )
    if n_packet != PCM_WIDTHS[kind] * n_channels:
        raise UnusableClip(
            "damaged_header",
            f"damaged CAF header: {n_channels} channels of {8 * PCM_WIDTHS[kind]} bits take "
            f"{PCM_WIDTHS[kind] * n_channels} bytes a sample, the header states {n_packet}",
        )
    return kind, n_channels, round(rate) if math.isfinite(rate) and abs(rate) < 1e9 else 0
