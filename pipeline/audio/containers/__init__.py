"""What does an audio file say of its sound, and is that sound there?

This room reads the heads of audio files before any library does. It takes bytes, or a way to parts
of a large file. It gives a ``Sound``: where it lies, in which form, how much of it is stated and there, or an
``UnusableClip`` with its code.
"""

from pipeline.audio.containers.content import Content, LargeFile, open_content, sha256_of
from pipeline.audio.containers.reading import EXTENSIONS, read_sound
from pipeline.audio.containers.sound import PCM_WIDTHS, Sound, check_end

__all__ = [
    "EXTENSIONS",
    "PCM_WIDTHS",
    "Content",
    "LargeFile",
    "Sound",
    "check_end",
    "open_content",
    "read_sound",
    "sha256_of",
]
