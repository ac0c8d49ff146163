"""Is the rate at which recordings are heard one at which none of their bands is empty?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from pipeline.corpora.folder.corpus import Clip, Corpus
from pipeline.features.rates import settle_rate, working_rate
from pipeline.settings import resolve_settings


def write(path: Path, rate: int, *, recorded_at: int | None = None) -> None:
    """Two seconds of noise that fills the band of the rate that it was recorded at."""
    own = recorded_at or rate
    sound = 0.1 * np.random.default_rng(int(path.stem)).standard_normal(2 * own)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, soxr.resample(sound, own, rate), rate, subtype="PCM_16")


def corpus(root: Path, *clips: tuple[str, str, int, int | None]) -> Corpus:
    """A corpus of (word, split, rate of the file, rate of the recording)."""
    found = []
    for number, (word, split, rate, recorded_at) in enumerate(clips):
        path = f"{word}/{number}.wav"
        write(root / path, rate, recorded_at=recorded_at)
        found.append(Clip(path=path, word=word, speaker=str(number), split=split))
    return Corpus(name="tiny", root=root, clips=tuple(found))


@pytest.mark.parametrize("rate", [1_000, 2_000, 8_000, 16_000])
def test_the_lowest_rate_is_taken(tmp_path: Path, rate: int) -> None:
    found, sentence = working_rate(
        corpus(tmp_path, ("on", "train", 44_100, None), ("on", "validation", rate, None)), "on"
    )
    assert found == rate
    assert f"of 2 recordings of 'on' to learn from, 1 have {rate:,} Hz, none less" in sentence


def test_a_higher_rate_than_needed_is_not_taken(tmp_path: Path) -> None:
    assert working_rate(corpus(tmp_path, ("on", "train", 192_000, None)), "on")[0] == 16_000


def test_test_clips_and_other_classes_decide_nothing(tmp_path: Path) -> None:
    clips = (("on", "train", 8_000, None), ("on", "test", 2_000, None), ("off", "train", 2_000, None))
    assert working_rate(corpus(tmp_path, *clips), "on")[0] == 8_000


def test_a_file_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    made = corpus(tmp_path, ("on", "train", 8_000, None), ("on", "train", 2_000, None))
    (tmp_path / "on" / "1.wav").write_bytes(b"junk")
    assert working_rate(made, "on")[0] == 8_000


def test_upsampled_recordings_are_heard_at_their_own_rate(tmp_path: Path) -> None:
    clips = [("on", "train", 16_000, 4_000)] * 3 + [("on", "train", 16_000, None)] * 2
    rate, sentence = working_rate(corpus(tmp_path, *clips), "on")
    assert rate == 4_000
    assert "3 of 5 recordings of 'on' that were heard hold nothing above 2,000 Hz" in sentence


def test_a_few_upsampled_recordings_do_not_lower_the_rate(tmp_path: Path) -> None:
    clips = [("on", "train", 16_000, 4_000)] * 2 + [("on", "train", 16_000, None)] * 3
    assert working_rate(corpus(tmp_path, *clips), "on")[0] == 16_000


def test_a_rate_of_the_users_own_stays(tmp_path: Path) -> None:
    settings = resolve_settings("sounds", ["features.recording_rate=4000"], target="on")
    made = corpus(tmp_path, ("on", "train", 8_000, None))
    assert settle_rate(settings, made) == (settings, [])
    assert settle_rate(resolve_settings("default", target="on"), made)[1] == []
