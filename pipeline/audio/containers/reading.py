"""What kind of audio file is this, and what does it say?

Told by content and never by file name; ID3 tags in front are passed over. No library sees the bytes before.
"""

from pipeline.audio.containers.aiff import read_aiff
from pipeline.audio.containers.au import read_au
from pipeline.audio.containers.caf import read_caf
from pipeline.audio.containers.content import Content
from pipeline.audio.containers.flac import read_flac
from pipeline.audio.containers.mp3 import read_mp3
from pipeline.audio.containers.ogg import read_ogg
from pipeline.audio.containers.riff import read_riff
from pipeline.audio.containers.sound import Sound
from pipeline.audio.containers.w64 import W64_MAGIC, read_w64
from pipeline.errors import UnusableClip

__all__ = ["EXTENSIONS", "read_sound"]

EXTENSIONS = {
    "WAV": (".wav", ".wave", ".bwf", ".rf64"),
    "W64": (".w64",),
    "AIFF": (".aif", ".aiff", ".aifc"),
    "CAF": (".caf",),
    "AU": (".au", ".snd"),
    "FLAC": (".flac",),
    "Ogg": (".ogg", ".oga", ".opus"),
    "MP3": (".mp3",),
}
_READERS = {
    b"fLaC": read_flac,
    b"OggS": read_ogg,
    b"caff": read_caf,
    b".snd": read_au,
    b"dns.": read_au,
}


def read_sound(content: Content) -> Sound:
    """Tell what kind of audio file the bytes are, and check what they claim; reads heads, not sound.

    Raises:
        UnusableClip: no kind that is read, damaged, mostly lost, without sound, or absurd.
    """
    if not len(content):
        raise UnusableClip("empty", "the file is empty; copy it again")
    start = _after_id3(content)
    head = content[start : start + 40]
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return read_riff(content, start)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return read_aiff(content, start)
    if head[:16] == W64_MAGIC:
        return read_w64(content, start)
    if head[:4] in _READERS:
        return _READERS[head[:4]](content, start)
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return read_mp3(content, start)
    raise UnusableClip(
        "not_audio",
        "not a kind of audio that is read (WAV, W64, AIFF, CAF, AU, FLAC, Ogg, MP3); convert it to WAV",
    )


def _after_id3(content: Content) -> int:
    """Return the offset of what follows ID3 tags and their padding, 0 where there are none."""
    offset = 0
    while (head := content[offset : offset + 10])[:3] == b"ID3" and len(head) == 10:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        offset += 10 + size + (10 if head[5] & 0x10 else 0)
    return offset
