"""Is a WAV read whose header is not quite true, where its sound is there?"""

import struct

import numpy as np
import pytest

from pipeline.audio.decoding import decode
from pipeline.errors import UnusableClip
from tests.audio.test_decoding import wav

SOUND = np.random.default_rng(0).integers(-9_000, 9_000, 8_000).astype("<i2")


def rf64(samples: np.ndarray, stated: int | None = None) -> bytes:
    """The 64-bit form: its sizes stand in a chunk of their own."""
    plain, size = wav(samples, claimed=0xFFFF_FFFF), samples.nbytes if stated is None else stated
    sizes = struct.pack("<QQQI", len(plain) + 28, size, len(samples), 0)
    return b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", len(sizes)) + sizes + plain[12:]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (rf64(SOUND), None),
        (b"ID3\x03\0\0\0\0\0\x1f" + bytes(31) + wav(SOUND), None),
        (wav(SOUND, claimed=SOUND.nbytes + 2), "2 bytes of sound more than the file holds"),
        (wav(SOUND, claimed=SOUND.nbytes + 16), "16 bytes of sound more"),
        (wav(SOUND, claimed=0x8000_0000), "does not state a length"),
        (wav(SOUND, claimed=0x7FFF_FFFF - 36), "does not state a length"),
        (wav(SOUND, claimed=0), "never closed"),
        (wav(SOUND, claimed=0, before=b"FLLR" + struct.pack("<I", 4_000) + bytes(4_000)), "never closed"),
    ],
    ids=[
        "rf64",
        "id3",
        "two more",
        "header counted",
        "pipe",
        "pipe of sox",
        "unfinished",
        "unfinished, padded",
    ],
)
def test_all_of_the_sound_is_read(content: bytes, note: str | None) -> None:
    read = decode(content, ".wav")
    np.testing.assert_array_equal(read.samples * 32_768, SOUND)
    assert (note is None and read.notes == ()) or (note is not None and note in read.notes[0])


def test_an_rf64_that_is_cut_off_is_read_with_the_share_that_is_lost() -> None:
    read = decode(rf64(SOUND, stated=20_000))
    assert (read.n_samples, read.lost_share) == (8_000, pytest.approx(0.2))
    assert "states 10,000 frames, the file holds 8,000" in read.notes[0]


def test_no_sound_before_another_chunk_is_no_sound() -> None:
    content = wav(SOUND[:0]) + b"LIST" + struct.pack("<I", 4) + b"INFO"
    with pytest.raises(UnusableClip, match="a header and no sound"):
        decode(content)
