"""Is each format read as libsndfile reads it, and does a lost or damaged part show?"""

import io

import numpy as np
import pytest
import soundfile

from pipeline.audio.blocks import open_blocks
from pipeline.audio.containers import read_sound
from pipeline.audio.decoding import decode
from pipeline.errors import REFUSALS, UnusableClip
from pipeline.quality import find_faults
from pipeline.quality.measures import measure
from pipeline.settings import QualitySettings
from tests.audio.containers.made import FORMATS, LOSSY, RATE, made, tone

LINEAR = [name for name in FORMATS if name not in (*LOSSY, "flac", "flac-24")]


@pytest.mark.parametrize("name", FORMATS)
def test_samples_are_those_of_libsndfile_to_the_bit(name: str) -> None:
    content = made(name)
    sound = read_sound(content)
    expected, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    read = np.concatenate(list(open_blocks(content, sound).read()))
    # The decoder of MP3 rounds differently after the library has gone to a place.
    np.testing.assert_allclose(read, expected, rtol=0, atol=2e-7 if name == "mp3" else 0)
    assert (sound.sample_rate, sound.n_channels) == (rate, 2)
    assert not (sound.notes or sound.is_size_unstated)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_linear_file_without_its_end_is_read_as_cut_off(name: str, share: float) -> None:
    content = made(name, tone(2.0))
    read = decode(content[: round(share * len(content))])
    assert read.lost_share == pytest.approx(1 - share, abs=0.03)
    assert any(note.startswith("cut off") for note in read.notes)


@pytest.mark.parametrize("name", ["flac", "flac-24", "mp3"])
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_coded_file_without_its_end_is_read_as_cut_off(name: str, share: float) -> None:
    content = made(name, tone(4.0))
    assert decode(content[: round(share * len(content))]).lost_share == pytest.approx(1 - share, abs=0.06)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_which_most_is_lost_is_refused(name: str) -> None:
    content = made(name, tone(2.0))
    with pytest.raises(UnusableClip) as refused:
        decode(content[: round(0.4 * len(content))])
    assert refused.value.code in ("mostly_lost", "damaged")


@pytest.mark.parametrize("name", ["vorbis", "opus", "flac", "flac-24"])
def test_a_flipped_bit_within_the_sound_is_refused(name: str) -> None:
    content = made(name, tone(2.0))
    for place in np.random.default_rng(0).integers(len(content) // 3, len(content) * 2 // 3, 20):
        flipped = bytearray(content)
        flipped[place] ^= 4
        with pytest.raises(UnusableClip) as refused:
            decode(bytes(flipped))
        assert refused.value.code in ("damaged", "several_streams")


@pytest.mark.parametrize("name", ["vorbis", "opus", "mp3", "flac"])
def test_a_part_missing_in_the_middle_is_refused(name: str) -> None:
    content = made(name, tone(4.0))
    third = len(content) // 3
    with pytest.raises(UnusableClip) as refused:
        decode(content[:third] + content[third + 1_001 :])
    assert refused.value.code in ("damaged", "mostly_lost")


@pytest.mark.parametrize("name", FORMATS)
def test_no_byte_of_the_head_makes_a_reader_fail_in_another_way(name: str) -> None:
    content, random = made(name), np.random.default_rng(0)
    for place in range(min(len(content), 120)):
        changed = bytearray(content)
        changed[place] = int(random.integers(256))
        try:
            decode(bytes(changed))
        except UnusableClip as refused:
            assert refused.code in REFUSALS
    for n_kept in range(min(len(content), 120)):
        with pytest.raises(UnusableClip):
            decode(content[:n_kept])


@pytest.mark.parametrize(("name", "place", "sizes"), [("au", 8, b"\xff" * 4), ("au", 8, bytes(4))])
def test_an_unstated_size_is_read_to_the_end(name: str, place: int, sizes: bytes) -> None:
    content = bytearray(made(name))
    content[place : place + len(sizes)] = sizes
    read = decode(bytes(content))
    assert read.is_size_unstated
    assert read.n_samples == RATE // 2


def test_what_is_wrong_with_a_file_is_a_tag() -> None:
    content = made("wav-16", tone(2.0))
    found = {}
    for name, changed in {
        "whole": content,
        "cut_off": content[: len(content) * 3 // 4],
        "size_unstated": content[:40] + b"\xff" * 4 + content[44:],
    }.items():
        measures = measure(decode(changed))
        found[name] = {fault.tag for fault in find_faults(measures, 1.5, QualitySettings())}
    assert [found[name] - found["whole"] for name in found] == [set(), {"cut_off"}, {"size_unstated"}]


def test_two_data_chunks_are_joined() -> None:
    content = made("wav-16")
    data = content[36:]
    read = decode(content + data)
    assert (read.n_samples, read.is_size_unstated) == (RATE, True)
