"""What does the head of an audio file claim, and can that be true?

The claims are checked on the bytes before any library sees them: libsndfile accepts cut data,
empty data and rare codecs without a word. What is read: WAV, AIFF, FLAC, Ogg and MP3, told apart by content
and never by file name; ID3 tags in front are passed over. Offsets and sizes are in bytes.
"""

from pipeline.audio.content import Content
from pipeline.audio.wav import Header, check_size, chunks, read_wav
from pipeline.errors import UnusableClip

__all__ = ["read_header"]


def read_header(content: Content) -> Header:
    """Tell what kind of audio file the bytes are, and check what they claim; reads only headers.

    Raises:
        UnusableClip: no kind that is read, damaged, cut off, without sound, or absurd.
    """
    if not len(content):
        raise UnusableClip("the file is empty")
    start = _after_id3(content)
    name, kind = content[start : start + 4], content[start + 8 : start + 12]
    if name in (b"RIFF", b"RF64", b"BW64") and kind == b"WAVE":
        return read_wav(content, start)
    if name == b"FORM" and kind == b"AIFF":
        return _read_aiff(content, start)
    if name == b"fLaC":
        return Header("FLAC", start=start)
    if name == b"OggS":
        return Header("Ogg", start=start)
    # An MPEG layer III frame; its decoder reads the tags before it by itself.
    if len(name) >= 2 and name[0] == 0xFF and name[1] & 0xE6 == 0xE2:
        return Header("MP3")
    raise UnusableClip("not a kind of audio that is read (WAV, AIFF, FLAC, Ogg, MP3); convert it to WAV")


def _read_aiff(content: Content, start: int) -> Header:
    for name, offset, size in chunks(content, ">I", start):
        if name == b"SSND":
            check_size(size, len(content) - offset)
            return Header("AIFF", start=start)
    raise UnusableClip("damaged AIFF header: no sound follows it")


def _after_id3(content: Content) -> int:
    """Return the offset of what follows ID3 tags, 0 where there are none."""
    offset = 0
    while (head := content[offset : offset + 10])[:3] == b"ID3" and len(head) == 10:
        offset += 10 + sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)
        )
    return offset
