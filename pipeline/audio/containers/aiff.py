"""Where in an AIFF or AIFC is its sound?

Big-endian chunks; the number of frames stands in ``COMM``, the sound in ``SSND``, which may come first.
"""

import math
import struct

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Extent, Sound, extent_of, linear
from pipeline.errors import UnusableClip

__all__ = ["read_aiff"]

_KINDS = {
    b"NONE": "s{}be",
    b"twos": "s{}be",
    b"sowt": "s{}le",
    b"in24": "s24be",
    b"in32": "s32be",
    b"fl32": "f32be",
    b"FL32": "f32be",
    b"fl64": "f64be",
    b"FL64": "f64be",
    b"raw ": "u8",
    b"ulaw": "ulaw",
    b"ULAW": "ulaw",
    b"alaw": "alaw",
    b"ALAW": "alaw",
}
_MOST_CHUNKS = 10_000


def read_aiff(content: Content, start: int) -> Sound:
    """Return what an AIFF or AIFC that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, mostly lost, without sound, or of a codec that is not read.
    """
    common: tuple[str, int, int, int] | None = None
    found: tuple[int, Extent] | None = None
    offset = start + 12
    for _ in range(_MOST_CHUNKS):
        head = content[offset : offset + 8]
        if len(head) < 8 or (common and found):
            break
        (size,) = struct.unpack_from(">I", head, 4)
        offset += 8
        if head[:4] == b"COMM":
            common = _common(content[offset : offset + min(size, 64)])
        elif head[:4] == b"SSND":
            before = content[offset : offset + 8]
            skipped = 8 + (struct.unpack_from(">I", before)[0] if len(before) == 8 else 0)
            held = max(0, len(content) - offset - skipped)
            is_open = size <= skipped and held > 0
            found = (offset + skipped, extent_of(max(0, size - skipped), held, is_open=is_open))
        offset += size + size % 2
    if common is None or found is None:
        raise UnusableClip("damaged_header", "damaged AIFF header: no sound follows it; export it again")
    kind, n_channels, n_frames, sample_rate = common
    return linear(
        "AIFF",
        kind=kind,
        sample_rate=sample_rate,
        n_channels=n_channels,
        parts=[found],
        start=start,
        n_frames=n_frames,
    )


def _common(chunk: bytes) -> tuple[str, int, int, int]:
    """Return (kind of sample, channels, frames, sample rate)."""
    if len(chunk) < 18:
        raise UnusableClip(
            "damaged_header",
            f"damaged AIFF header: {len(chunk)} bytes of format, at least 18 are needed; export it again",
        )
    n_channels, n_frames, bits, exponent, mantissa = struct.unpack_from(">HIHHQ", chunk)
    codec = chunk[18:22] if len(chunk) >= 22 else b"NONE"
    power = (exponent & 0x7FFF) - 16_383 - 63
    rate = math.ldexp(mantissa, power) if -64 <= power <= 0 else 0.0
    if codec not in _KINDS:
        raise UnusableClip(
            "codec", f"AIFC with codec {codec!r}; PCM, float, A-law and mu-law are read: convert it"
        )
    if not 1 <= bits <= 64 or ("{}" in _KINDS[codec] and bits > 32):
        raise UnusableClip("codec", f"the header claims {bits} bits a sample; 1 to 32 are read: convert it")
    # Samples of other widths stand at the upper end of whole bytes.
    return _KINDS[codec].format(8 * -(-bits // 8)), n_channels, n_frames, round(rate)
