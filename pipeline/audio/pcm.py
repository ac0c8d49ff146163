"""How do the bytes of samples that need no decoder become floats?

Conventions: float32, full scale 1.0, the same to the bit as libsndfile gives.
"""

import numpy as np

from pipeline.audio.containers import PCM_WIDTHS

__all__ = ["to_floats"]


def to_floats(part: bytes, kind: str, n_channels: int) -> np.ndarray:
    """Return samples as float32 [n, n_channels].

    Args:
        part: whole frames.
        kind: a key of ``PCM_WIDTHS``.
        n_channels: of the file.
    """
    return _floats(part, kind).reshape(-1, n_channels)


def _floats(part: bytes, kind: str) -> np.ndarray:
    if kind == "u8":
        return (np.frombuffer(part, np.uint8).astype(np.float32) - np.float32(128)) * np.float32(1 / 128)
    if kind in ("ulaw", "alaw"):
        return np.asarray((_ULAW if kind == "ulaw" else _ALAW)[np.frombuffer(part, np.uint8)])
    width, order = PCM_WIDTHS[kind], ">" if kind.endswith("be") else "<"
    if kind[0] == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return np.frombuffer(part, f"{order}f{width}").astype(np.float32)
    if width == 3:
        octets = np.frombuffer(part, np.uint8).reshape(-1, 3)
        whole = np.zeros((len(octets), 4), np.uint8)
        whole[:, 1:] = octets if order == "<" else octets[:, ::-1]
        integers, width = whole.view("<i4").ravel(), 4
    else:
        integers = np.frombuffer(part, f"{order}i{width}")
    floats = integers.astype(np.float32)
    floats *= np.float32(2.0 ** (1 - 8 * width))
    return floats


def _companded() -> tuple[np.ndarray, np.ndarray]:
    """Return what each byte of mu-law and A-law stands for, float32 [256] (ITU-T G.711)."""
    codes = np.arange(256)
    flipped = ~codes & 0xFF
    sizes = (((flipped & 15) << 3) + 132 << (flipped >> 4 & 7)) - 132
    ulaw = np.where(flipped & 128, -sizes, sizes)
    flipped = codes ^ 0x55
    steps, segments = (flipped & 15) << 4, flipped >> 4 & 7
    sizes = np.where(segments == 0, steps + 8, steps + 264 << np.maximum(segments, 1) - 1)
    alaw = np.where(flipped & 128, sizes, -sizes)
    scale = np.float32(1 / 32_768)
    return ulaw.astype(np.float32) * scale, alaw.astype(np.float32) * scale


_ULAW, _ALAW = _companded()
