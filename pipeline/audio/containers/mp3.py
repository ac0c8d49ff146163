"""Does every frame of an MP3 follow the one before, up to the end?

A frame's head gives its length. The first one may be the count of all frames (``Xing`` or ``Info``), by which
a lost end shows.

Source: ISO/IEC 11172-3, section 2.4.1.3; ISO/IEC 13818-3, section 2.4.2.
"""

from pipeline.audio.containers.content import Content
from pipeline.audio.containers.sound import Sound, check_claims, check_end
from pipeline.errors import UnusableClip

__all__ = ["read_mp3"]

_BIT_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_TAGS = (b"TAG", b"APE", b"ID3", b"LYR", b"\0\0\0")


def read_mp3(content: Content, start: int) -> Sound:
    """Return what an MP3 whose first frame begins at ``start`` says; costs a pass over its frames.

    Raises:
        UnusableClip: damaged, mostly lost, or of another layer.
    """
    offset, n_frames, n_counted, is_partial = start, 0, 0, False
    first = _frame(content[offset : offset + 4])
    if first is None:
        raise UnusableClip("not_audio", "no frame of an MP3 that is read stands first; convert it to WAV")
    sample_rate, n_channels, n_samples, _ = first
    while offset < len(content):
        head = content[offset : offset + 4]
        frame = _frame(head)
        if frame is None or frame[0] != sample_rate:
            if len(head) < 4 or head[:3] in _TAGS:
                break
            raise UnusableClip(
                "damaged",
                f"damaged MP3: frame {n_frames:,} is not where it should be, at byte {offset:,} "
                f"of {len(content):,}; copy the file again",
            )
        if offset + frame[3] > len(content):
            is_partial = True
            break
        if offset == start and (counted := _counted(content[offset : offset + min(frame[3], 64)])):
            n_counted = counted
        else:
            n_frames += 1
        offset += frame[3]
    n_stated = n_counted or n_frames + is_partial
    if n_frames > n_stated + 1:
        raise UnusableClip(
            "damaged",
            f"damaged MP3: it states {n_stated:,} frames and holds {n_frames:,}; copy the file again",
        )
    if n_frames == 0 and not n_stated:
        raise UnusableClip("no_sound", "the file has a header and no sound; record it again")
    check_claims(sample_rate, n_channels)
    check_end(n_stated * n_samples, n_frames * n_samples)
    note = f"cut off: the file states {n_stated:,} MP3 frames and holds {n_frames:,}"
    return Sound(
        container="MP3",
        sample_rate=sample_rate,
        n_channels=n_channels,
        n_stated=n_stated * n_samples,
        n_held=n_frames * n_samples,
        start=start,
        notes=(note,) if n_frames < n_stated else (),
    )


def _frame(head: bytes) -> tuple[int, int, int, int] | None:
    """Return (rate, channels, samples, bytes) of a frame of layer III, or ``None``."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bit_rate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bit_rate in (0, 15) or rate == 3:
        return None
    sample_rate = _RATES[version][rate]
    n_samples = 1_152 if version == 3 else 576
    kilobits = _BIT_RATES[0 if version == 3 else 1][bit_rate]
    n_bytes = n_samples // 8 * kilobits * 1_000 // sample_rate + (head[2] >> 1 & 1)
    return sample_rate, 1 if head[3] >> 6 == 3 else 2, n_samples, n_bytes


def _counted(frame: bytes) -> int:
    """Return how many frames the first one states, 0 where it is a frame of sound."""
    for name in (b"Xing", b"Info"):
        place = frame.find(name, 4)
        if place >= 0 and len(frame) >= place + 12 and frame[place + 7] & 1:
            return int.from_bytes(frame[place + 8 : place + 12], "big")
    return 0
