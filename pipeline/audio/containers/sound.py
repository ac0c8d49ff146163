"""What does a file say of its sound, and how much of it is there?

Conventions: offsets and sizes are in bytes, frames are samples of all channels at one time. One rule
holds for every format: a file of which more than half of the stated sound is there is read as cut off; one
with less is refused.
"""

from dataclasses import dataclass

from pipeline.errors import UnusableClip

__all__ = ["PCM_WIDTHS", "Extent", "Sound", "check_claims", "check_end", "extent_of", "linear"]

MIN_RATE_HERTZ = 1_000
MAX_RATE_HERTZ = 384_000
MAX_CHANNELS = 32
LEAST_SHARE = 0.5  # of the stated sound
# Programs that write to a pipe cannot go back to fill in the size: they leave one of about 2 or 4 GB.
UNSTATED_SIZE = 0x7FFF_0000
# Some programs count the header as sound. Less than that is no loss that can be heard.
HEADER_BYTES = 44
# Bytes a sample of each kind: signed, unsigned, float, A-law, mu-law, big- or little-endian.
PCM_WIDTHS = {
    **{f"s{8 * width}{order}": width for width in (1, 2, 3, 4) for order in ("le", "be")},
    **{f"f{8 * width}{order}": width for width in (4, 8) for order in ("le", "be")},
    "u8": 1,
    "alaw": 1,
    "ulaw": 1,
}


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What a header says, and what is there.

    Attributes:
        container: ``WAV``, ``W64``, ``AIFF``, ``CAF``, ``AU``, ``FLAC``, ``Ogg`` or ``MP3``.
        sample_rate: Hz.
        n_channels: of the file.
        kind: of the samples, a key of ``PCM_WIDTHS``; ``""`` where a decoder is needed.
        extents: ``(offset, n_bytes)`` of each part of the sound.
        n_stated: frames that the file states; 0 where it states none.
        n_held: frames that are there; 0 where only decoding tells.
        is_size_unstated: whether the stated size is none, or untrue in the way of common writers.
        start: where the file begins, after tags that its decoder does not know.
        md5: of the samples as FLAC states it, or empty.
        bits: a sample, 0 where unknown.
        notes: what is unusual but usable.
    """

    container: str
    sample_rate: int
    n_channels: int
    kind: str = ""
    extents: tuple[tuple[int, int], ...] = ()
    n_stated: int = 0
    n_held: int = 0
    is_size_unstated: bool = False
    start: int = 0
    md5: bytes = b""
    bits: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extent:
    """How many bytes of sound are stated, how many are there, and whether the statement means nothing."""

    stated: int
    held: int
    is_unstated: bool = False
    note: str = ""


def check_claims(sample_rate: int, n_channels: int) -> None:
    """Refuse a sample rate (Hz) or a number of channels that no recording has.

    Raises:
        UnusableClip: with the claim and the bounds.
    """
    if not MIN_RATE_HERTZ <= sample_rate <= MAX_RATE_HERTZ:
        raise UnusableClip(
            "sample_rate",
            f"the header claims a sample rate of {sample_rate:,} Hz; "
            f"{MIN_RATE_HERTZ:,} to {MAX_RATE_HERTZ:,} Hz are read",
        )
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise UnusableClip(
            "channels", f"the header claims {n_channels:,} channels; 1 to {MAX_CHANNELS} are read"
        )


def check_end(n_stated: int, n_held: int) -> None:
    """Refuse a file of which no more than half is there; both are in one unit.

    Raises:
        UnusableClip: with both numbers.
    """
    if n_stated and n_held <= LEAST_SHARE * n_stated:
        raise UnusableClip(
            "mostly_lost",
            f"the header states {n_stated:,} frames of sound, the file holds {n_held:,}; copy it again",
        )


def extent_of(claimed: int, held: int, *, is_open: bool = False) -> Extent:
    """Return how much of the sound is there, where a header claims a size in bytes.

    Args:
        claimed: by the header.
        held: from the beginning of the sound to the end of the file.
        is_open: whether the format says that the size is not known.
    """
    if is_open or (claimed > held and claimed >= UNSTATED_SIZE and claimed <= 0xFFFF_FFFF):
        return Extent(held, held, True, "the header does not state a length")
    lacking = claimed - held
    if 0 < lacking <= min(HEADER_BYTES, held // 10):
        return Extent(
            held, held, True, f"the header states {lacking} bytes of sound more than the file holds"
        )
    return Extent(claimed, min(claimed, held))


def linear(
    container: str,
    *,
    kind: str,
    sample_rate: int,
    n_channels: int,
    parts: list[tuple[int, Extent]],
    start: int = 0,
    n_frames: int = 0,
    notes: tuple[str, ...] = (),
) -> Sound:
    """Return the sound of a file whose samples need no decoder.

    Args:
        container: as in ``Sound``.
        kind: a key of ``PCM_WIDTHS``.
        sample_rate: Hz.
        n_channels: of the file.
        parts: offset and extent of each part of the sound.
        start: where the file begins.
        n_frames: that the header states beside the size; 0 for none.
        notes: what is unusual.

    Raises:
        UnusableClip: no sound, most of it lost, or absurd claims.
    """
    check_claims(sample_rate, n_channels)
    block = PCM_WIDTHS[kind] * n_channels
    stated, held = (sum(getattr(extent, name) for _, extent in parts) for name in ("stated", "held"))
    if held == 0 and stated == 0:
        raise UnusableClip("no_sound", "the file has a header and no sound; record it again")
    is_unstated = any(extent.is_unstated for _, extent in parts)
    n_stated = stated // block if is_unstated else max(n_frames, stated // block)
    check_end(max(1, n_stated), held // block)
    found = [*notes, *(extent.note for _, extent in parts if extent.note)]
    if stray := held % block:
        found.append(f"{stray} stray bytes dropped at the end")
    if held // block < n_stated:
        found.append(f"cut off: the header states {n_stated:,} frames, the file holds {held // block:,}")
    extents = [(offset, extent.held - extent.held % block) for offset, extent in parts]
    return Sound(
        container=container,
        sample_rate=sample_rate,
        n_channels=n_channels,
        kind=kind,
        extents=tuple(extent for extent in extents if extent[1]),
        n_stated=n_stated,
        n_held=sum(n_bytes for _, n_bytes in extents) // block,
        is_size_unstated=is_unstated,
        start=start,
        bits=8 * PCM_WIDTHS[kind],
        notes=tuple(found),
    )
