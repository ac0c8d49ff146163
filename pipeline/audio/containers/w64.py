"""Where in a Sony Wave64 file is its sound?

The chunks of a WAV with names of 16 bytes and sizes of 64 bits, which count their own 24 bytes; chunks
begin at multiples of 8.
"""

import struct

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.riff import format_of
from pipeline.audio.containers.sound import Sound, extent_of, linear
from pipeline.errors import UnusableClip

__all__ = ["W64_MAGIC", "read_w64"]

W64_MAGIC = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_TAIL = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_HEAD = 24
_MOST_CHUNKS = 10_000


def read_w64(content: Content, start: int) -> Sound:
    """Return what a Wave64 file that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, mostly lost, without sound, or of a codec that is not read.
    """
    layout, offset = None, start + 40
    for _ in range(_MOST_CHUNKS):
        head = content[offset : offset + _HEAD]
        if len(head) < _HEAD:
            break
        (size,) = struct.unpack_from("<Q", head, 16)
        if head[:16] == b"fmt " + _TAIL:
            layout = format_of(content[offset + _HEAD : offset + _HEAD + min(max(size, _HEAD) - _HEAD, 64)])
        elif head[:16] == b"data" + _TAIL:
            if layout is None:
                break
            kind, n_channels, sample_rate = layout
            held = len(content) - offset - _HEAD
            is_open = (size <= _HEAD and held > 0) or size >= 1 << 62
            return linear(
                "W64",
                kind=kind,
                sample_rate=sample_rate,
                n_channels=n_channels,
                parts=[(offset + _HEAD, extent_of(max(0, size - _HEAD), held, is_open=is_open))],
                start=start,
            )
        offset += max(_HEAD, size + -size % 8)
    raise UnusableClip("damaged_header", "damaged W64 header: no sound follows it; export it again")
