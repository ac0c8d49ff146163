"""Is a recording that is too long to be kept read as it would be at once?"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio import blocks, decoding
from pipeline.audio.containers import content as bytes_of_files
from pipeline.audio.decoding import Recording, read_clip
from pipeline.audio.streaming import open_stream
from pipeline.audio.window import to_rate, to_window
from pipeline.quality.measures import sound_digest
from tests.audio.test_decoding import wav

RATE, SECONDS = 8_000, 12
FORMS = [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("WAV", "PCM_24")]


def stereo() -> np.ndarray:
    sound = 0.05 * np.random.default_rng(0).standard_normal((SECONDS * RATE, 2))
    sound[7 * RATE : 8 * RATE] *= 6
    sound[:, 1] *= 0.5
    return sound


@pytest.fixture(params=FORMS, ids=["-".join(form) for form in FORMS])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    form, subtype = request.param
    path = tmp_path / f"long.{form.lower()}"
    soundfile.write(path, stereo(), RATE, format=form, subtype=subtype)
    return path


def at_once_and_in_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Recording, Recording]:
    at_once = read_clip(path)
    assert at_once.decoded is None
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 10_000)
    monkeypatch.setattr(decoding, "HELD_SAMPLES", 9_000)
    monkeypatch.setattr(bytes_of_files, "AT_ONCE_BYTES", 1_000)
    monkeypatch.setattr(decoding, "BEGINNING_SECONDS", 0.5)
    in_parts = read_clip(path)
    assert len(in_parts.samples) == RATE // 2
    return at_once, in_parts


def test_its_samples_and_facts_are_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, in_parts = at_once_and_in_parts(path, monkeypatch)
    np.testing.assert_array_equal(np.concatenate(list(in_parts.blocks())), at_once.samples)
    names = ("sample_rate", "n_samples", "n_channels", "sha256", "notes", "full_scale")
    assert [getattr(in_parts, name) for name in names] == [getattr(at_once, name) for name in names]
    # Sums over blocks differ in the last digits of a float64.
    assert in_parts.correlations == pytest.approx(at_once.correlations, abs=1e-9)
    assert sound_digest(in_parts) == sound_digest(at_once)


@pytest.mark.parametrize("rate", [4_000, 16_000])
def test_its_loudest_window_is_the_same(path: Path, monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    at_once, in_parts = (to_window(one, rate, 1.0) for one in at_once_and_in_parts(path, monkeypatch))
    np.testing.assert_array_equal(in_parts[0], at_once[0])
    assert in_parts[1] == at_once[1]
    assert "cut to 1 s from 7.00 s on, of 12.00 s" in at_once[1]


@pytest.mark.parametrize(("rate", "longest"), [(8_000, 60.0), (4_000, 60.0), (2_000, 5.0)])
def test_it_is_resampled_as_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, rate: int, longest: float
) -> None:
    at_once, in_parts = (to_rate(one, rate, longest) for one in at_once_and_in_parts(path, monkeypatch))
    assert len(in_parts[0]) == len(at_once[0]) == rate * min(SECONDS, longest)
    # The resampler works in float32, and begins anew with each block's rounding.
    np.testing.assert_allclose(in_parts[0], at_once[0], atol=1e-6)


def test_what_is_not_heard_is_said() -> None:
    _, notes = to_rate(
        Recording(
            samples=np.ones(80_000, np.float32), sample_rate=8_000, n_samples=80_000, n_channels=1, sha256=""
        ),
        8_000,
        6.0,
    )
    assert notes == ("only the first 6 s of 10 s are heard: cut it into parts",)


def test_a_sparse_file_of_300_megabytes_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    path.write_bytes(wav(np.ones(100, "<i2")))
    os.truncate(path, 300 << 20)
    assert isinstance(bytes_of_files.open_content(path), bytes_of_files.LargeFile)
    assert read_clip(path).n_samples == 100


def test_silence_is_told_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.zeros(50_000, np.float32)
    stream = io.BytesIO()
    soundfile.write(stream, sound, RATE, format="FLAC")
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 10_000)
    monkeypatch.setattr(decoding, "HELD_SAMPLES", 9_000)
    monkeypatch.setattr(decoding, "BEGINNING_SECONDS", 0.5)
    assert decoding.decode(stream.getvalue()).notes == ("digital silence",)
    sound[-1] = 0.5
    late = io.BytesIO()
    soundfile.write(late, sound, RATE, format="FLAC")
    assert decoding.decode(late.getvalue()).notes == ()


def test_an_end_within_a_sample_is_told_and_its_windows_are_kept(tmp_path: Path):
    path = tmp_path / "cut.wav"
    soundfile.write(path, stereo(), RATE, subtype="PCM_24")
    path.write_bytes(path.read_bytes()[:-2])
    stream = open_stream(path)
    assert stream.notes == (
        "the header states 2 bytes of sound more than the file holds",
        "4 stray bytes dropped at the end",
    )
    assert stream.n_expected == SECONDS * RATE - 1
    assert len(list(stream.windows(1.0, 1.0))) == SECONDS - 1
