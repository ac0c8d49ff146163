"""How do the bytes of a file become samples?

This room decodes a file whose head was read block by block, mixes its channels,
resamples it and cuts the window. It takes paths or bytes. It gives float32 samples, full scale 1.0, or an
``UnusableClip`` with the reason.
"""

from pipeline.audio.containers import EXTENSIONS, Content, open_content, sha256_of
from pipeline.audio.decoding import Recording, decode, read_beginning, read_channels, read_clip, read_rate
from pipeline.audio.streaming import RawWindow, open_stream
from pipeline.audio.window import to_rate, to_window

__all__ = [
    "EXTENSIONS",
    "Content",
    "RawWindow",
    "Recording",
    "decode",
    "open_content",
    "open_stream",
    "read_beginning",
    "read_channels",
    "read_clip",
    "read_rate",
    "sha256_of",
    "to_rate",
    "to_window",
]
