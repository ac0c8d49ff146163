"""Where in a WAV is its sound, and in which form?

RIFF, RIFX (big-endian) and the 64-bit forms RF64 and BW64 are read: 8, 16, 24 or 32 bit PCM, float, A-law and
mu-law. Programs that were stopped, or that write into a pipe, leave a size that is not true: such a file is
read to its end, with a tag. Offsets and sizes are in bytes.
"""

import struct
from dataclasses import replace

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Extent, Sound, check_claims, extent_of, linear
from pipeline.errors import UnusableClip

__all__ = ["format_of", "read_riff"]

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
_IN_DS64 = 0xFFFF_FFFF
_MOST_CHUNKS = 10_000  # a file of headers alone must end


def read_riff(content: Content, start: int) -> Sound:
    """Return what a WAV that begins at ``start`` says.

    Raises:
        UnusableClip: damaged, mostly lost, without sound, or of a codec that is not read.
    """
    order = ">" if content[start : start + 4] == b"RIFX" else "<"
    (riff_size,) = struct.unpack(order + "I", content[start + 4 : start + 8])
    layout: tuple[str, int, int] | None = None
    long_sizes = (0, 0)
    parts: list[tuple[int, Extent]] = []
    offset, n_chunks = start + 12, 0
    while offset + 8 <= len(content) and n_chunks < _MOST_CHUNKS:
        n_chunks += 1
        head = content[offset : offset + 8]
        (size,) = struct.unpack_from(order + "I", head, 4)
        name, offset = head[:4], offset + 8
        if name == b"ds64" and len(sizes := content[offset : offset + 16]) == 16:
            long_sizes = struct.unpack(order + "QQ", sizes)
        elif name == b"fmt " and layout is None:
            layout = format_of(content[offset : offset + min(size, 64)], order)
        elif name == b"data":
            if layout is None:
                raise UnusableClip(
                    "damaged_header", "damaged WAV header: the sound comes before its format; export it again"
                )
            whole = (long_sizes[0] or riff_size) + start + 8
            size = long_sizes[1] if long_sizes[1] and size == _IN_DS64 else size
            extent = _true_extent(content, offset, size, order, ends_with_file=whole == len(content))
            parts.append((offset, extent))
            size = max(size, extent.held)
        elif parts and not _is_chunk(content, offset - 8, order):
            break
        offset += size + size % 2
    if layout is None or not parts:
        raise UnusableClip("damaged_header", "damaged WAV header: no sound follows it; export it again")
    kind, n_channels, sample_rate = layout
    with_sound = [part for part in parts if part[1].stated]
    sound = linear(
        "WAV",
        kind=kind,
        sample_rate=sample_rate,
        n_channels=n_channels,
        parts=with_sound or parts[:1],
        start=start,
    )
    if len(parts) > 1:
        note = f"{len(parts)} data chunks were joined"
        return replace(sound, is_size_unstated=True, notes=(*sound.notes, note))
    return sound


def _true_extent(content: Content, offset: int, claimed: int, order: str, *, ends_with_file: bool) -> Extent:
    """Return how much sound stands at ``offset``, where that may not be what is claimed."""
    held = len(content) - offset
    if claimed == 0 and held > 0 and not _is_chunk(content, offset, order):
        note = "the header states no sound, as that of a file that was never closed: read to the end"
        return Extent(held, held, True, note)
    after = offset + claimed + claimed % 2
    left = len(content) - after
    # The file as a whole states more than its sound does, and nothing else follows.
    if (
        ends_with_file
        and left > 44
        and not _is_chunk(content, after, order)
        and any(content[after : after + 64])
    ):
        return Extent(held, held, True, "the header states less sound than follows it: read to the end")
    return extent_of(claimed, held)


def _is_chunk(content: Content, offset: int, order: str) -> bool:
    """Say whether what stands at ``offset`` is another chunk that ends within the file, and no sound."""
    head = content[offset : offset + 8]
    if len(head) < 8 or not head[:4].isascii() or not head[:4].decode("ascii").isprintable():
        return False
    size = struct.unpack(order + "I", head[4:])[0]
    # The last data chunk may be one that was never closed.
    return head[:4] == b"data" or offset + 8 + size <= len(content) + 1


def format_of(chunk: bytes, order: str = "<") -> tuple[str, int, int]:
    """Return (kind of sample, channels, sample rate) of the format chunk of a WAV.

    Raises:
        UnusableClip: of a codec that is not read, or absurd.
    """
    if len(chunk) < 16:
        raise UnusableClip(
            "damaged_header",
            f"damaged WAV header: {len(chunk)} bytes of format, at least 16 are needed; export it again",
        )
    tag, n_channels, sample_rate, _, block, bits = struct.unpack_from(order + "HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from(order + "H", chunk, 24)
    if tag not in _BITS:
        raise UnusableClip(
            "codec", f"WAV with codec number {tag}; PCM, float, A-law and mu-law are read: convert it"
        )
    if bits not in _BITS[tag]:
        known = ", ".join(map(str, _BITS[tag]))
        raise UnusableClip(
            "codec", f"the header claims {bits} bits a sample; {known} are read for this kind of WAV"
        )
    check_claims(sample_rate, n_channels)
    if block != n_channels * bits // 8:
        raise UnusableClip(
            "damaged_header",
            f"damaged WAV header: {n_channels} channels of {bits} bits take {n_channels * bits // 8} "
            f"bytes a sample, the header states {block}",
        )
    if tag in (_A_LAW, _MU_LAW):
        return ("alaw" if tag == _A_LAW else "ulaw"), n_channels, sample_rate
    if (tag, bits) == (_PCM, 8):
        return "u8", n_channels, sample_rate
    ending = "be" if order == ">" else "le"
    return f"{'f' if tag == _FLOAT else 's'}{bits}{ending}", n_channels, sample_rate
