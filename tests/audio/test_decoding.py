"""Is every readable file decoded, and every unusable one refused with its reason, before any harm?

Conventions: full scale is 1.0; WAVs are built byte by byte where a header must lie.
"""

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, strategies as st

from pipeline.audio import blocks as audio
from pipeline.audio.decoding import decode, read_clip
from pipeline.errors import UnusableClip


def wav(
    samples: np.ndarray,
    *,
    rate: int = 16_000,
    channels: int = 1,
    tag: int = 1,
    bits: int = 16,
    claimed: int | None = None,
    block: int | None = None,
    before: bytes = b"",
) -> bytes:
    """Return a WAV whose header claims what it is told to."""
    sound = samples.tobytes()
    claimed = len(sound) if claimed is None else claimed
    block = channels * bits // 8 if block is None else block
    chunk = struct.pack("<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    body = (
        b"WAVE"
        + before
        + b"fmt "
        + struct.pack("<I", 16)
        + chunk
        + b"data"
        + struct.pack("<I", claimed)
        + sound
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def encoded(samples: np.ndarray, rate: int, **form: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, **form)
    return stream.getvalue()


@pytest.fixture
def integers() -> np.ndarray:
    return np.random.default_rng(0).integers(-20_000, 20_000, 16_000).astype("<i2")


def test_the_fast_path_agrees_with_libsndfile(integers: np.ndarray) -> None:
    content = wav(integers)
    expected, _ = soundfile.read(io.BytesIO(content), dtype="float32")
    np.testing.assert_array_equal(decode(content).samples, expected)


@given(before=st.binary(max_size=30), stereo=st.booleans())
def test_other_chunks_before_the_sound_change_nothing(before: bytes, stereo: bool) -> None:
    samples = np.arange(-50, 50, dtype="<i2")
    chunk = b"LIST" + struct.pack("<I", len(before)) + before + b"\0" * (len(before) % 2)
    channels = 2 if stereo else 1
    plain = decode(wav(samples, channels=channels))
    np.testing.assert_array_equal(
        decode(wav(samples, channels=channels, before=chunk)).samples, plain.samples
    )


@given(content=st.binary(max_size=300))
def test_junk_is_refused_and_never_crashes(content: bytes) -> None:
    with pytest.raises(UnusableClip):
        decode(content)


@given(position=st.integers(0, 43), value=st.integers(0, 255))
def test_a_flipped_header_byte_is_read_or_refused_and_never_crashes(position: int, value: int) -> None:
    content = bytearray(wav(np.ones(100, "<i2")))
    content[position] = value
    try:
        samples = decode(bytes(content)).samples
    except UnusableClip:
        return
    assert np.isfinite(samples).all()


@given(kept=st.integers(0, 144))
def test_a_wav_that_lost_half_of_its_sound_is_refused(kept: int) -> None:
    with pytest.raises(UnusableClip):
        decode(wav(np.ones(100, "<i2"))[:kept])


@pytest.mark.parametrize(
    ("form", "suffix", "tolerance"),
    [
        ({"format": "WAV", "subtype": "PCM_U8"}, ".wav", 2**-7),
        ({"format": "WAV", "subtype": "PCM_24"}, ".wav", 2**-22),
        ({"format": "WAV", "subtype": "FLOAT"}, ".wav", 0),
        ({"format": "WAV", "subtype": "ULAW"}, ".wav", 0.03),
        ({"format": "WAVEX", "subtype": "PCM_16"}, ".wav", 2**-14),
        ({"format": "AIFF", "subtype": "PCM_16"}, ".aiff", 2**-14),
        ({"format": "FLAC", "subtype": "PCM_16"}, ".flac", 2**-14),
    ],
)
def test_each_lossless_kind_of_file_is_read(form: dict[str, str], suffix: str, tolerance: float) -> None:
    samples = (0.5 * np.sin(np.arange(4_000) / 9)).astype(np.float32)
    read = decode(encoded(samples, 8_000, **form), suffix)
    np.testing.assert_allclose(read.samples, samples, atol=tolerance)
    assert (read.sample_rate, read.n_samples, read.n_channels, read.notes) == (8_000, 4_000, 1, ())


@pytest.mark.parametrize(("form", "suffix"), [("OGG", ".ogg"), ("MP3", ".mp3")])
def test_each_lossy_kind_of_file_is_read(form: str, suffix: str) -> None:
    samples = (0.5 * np.sin(np.arange(16_000) / 9)).astype(np.float32)
    read = decode(encoded(samples, 16_000, format=form), suffix)
    assert np.abs(read.samples).max() == pytest.approx(0.5, abs=0.1)
    assert read.notes == ()


def test_a_flac_named_wav_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(encoded(np.full(100, 0.5, np.float32), 16_000, format="FLAC"))
    assert read_clip(path).notes == ("FLAC named .wav",)


def test_the_digest_is_that_of_the_file(tmp_path: Path, integers: np.ndarray) -> None:
    from pipeline.files.artefacts import sha256_file

    path = tmp_path / "clip.wav"
    path.write_bytes(wav(integers))
    assert read_clip(path).sha256 == sha256_file(path)


ONES = np.ones(100, "<i2")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (wav(np.ones(50, "<i2"), claimed=200), "header states 100 frames of sound, the file holds 50"),
        (wav(ONES[:0]), "a header and no sound"),
        (wav(ONES, rate=0), "sample rate of 0 Hz"),
        (wav(ONES, rate=400_000), "sample rate of 400,000 Hz; 1,000 to 384,000"),
        (wav(ONES, channels=0), "claims 0 channels"),
        (wav(ONES, channels=500), "claims 500 channels; 1 to 32"),
        (wav(ONES, bits=12, block=2), "claims 12 bits a sample; 8, 16, 24, 32"),
        (wav(ONES, tag=0x11, bits=4), "codec number 17"),
        (wav(ONES, block=4), "take 2 bytes a sample, the header states 4"),
        (wav(ONES)[:36], "no sound follows it"),
        (wav(np.array([0.0, np.nan, np.inf], "<f4"), tag=3, bits=32), "2 of 3 samples are NaN or infinite"),
        (wav(np.array([0.0, 1e20], "<f4"), tag=3, bits=32), "1e\\+20 times full scale"),
        (b"OggS" + bytes(100), "damaged Ogg"),
        (b"fLaC" + bytes(100), "damaged FLAC"),
        (b"<!DOCTYPE html>", "not a kind of audio that is read"),
        (b"ID3\x04\0\0\0\0\0\x04" + bytes(4) + b"text", "not a kind of audio that is read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnusableClip, match=reason):
        decode(content)


@pytest.mark.parametrize("form", ["FLAC", "AIFF"])
def test_a_file_cut_in_half_is_refused(form: str, integers: np.ndarray) -> None:
    content = encoded(integers, 16_000, format=form, subtype="PCM_16")
    with pytest.raises(UnusableClip, match=r"^(mostly_lost|damaged)"):
        decode(content[: len(content) // 2])


def test_a_stream_that_states_no_length_is_read_to_its_end() -> None:
    read = decode(wav(ONES, claimed=0xFFFFFFFF))
    assert read.n_samples == 100
    assert read.notes == ("the header does not state a length",)


def test_a_small_file_that_decodes_to_more_than_a_day_is_refused_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audio, "MAX_HOURS", 0.001)
    bomb = encoded(np.zeros(60_000, np.float32), 16_000, format="FLAC")
    assert len(bomb) < 1_000
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("it was decoded"))
    with pytest.raises(UnusableClip, match=r"would decode to 60,000 samples, 0.00104 hours; at most 0.001"):
        decode(bomb)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(UnusableClip, match="not a regular file"):
        read_clip(tmp_path / "pipe.wav")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableClip, match="not a regular file"):
        read_clip(tmp_path)


def test_digital_silence_is_usable_and_noted() -> None:
    assert decode(wav(np.zeros(100, "<i2"))).notes == ("digital silence",)
