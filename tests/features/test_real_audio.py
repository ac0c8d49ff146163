"""Do real recordings go through the corpus and the features stage whole?"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpora.folder.corpus import Corpus
from pipeline.corpora.opening import open_corpus
from pipeline.features.stage import compute_features
from pipeline.files import artefacts, tables
from pipeline.settings.presets import resolve_settings
from tests.command import call

FSDD_PATTERN = r"^(?P<word>\d)_(?P<speaker>[a-z]+)_\d+\.wav$"
DIGITS = tuple("0123456789")
COMPLETE_WORDS = {"bed": 1_713, "cat": 1_733, "happy": 1_742}


@pytest.fixture(scope="module")
def digits(shared_data: Path) -> Corpus:
    """The Free Spoken Digit Dataset: one flat folder, 8 kHz."""
    root = shared_data / "free_spoken_digit_dataset" / "recordings"
    return open_corpus(str(root), name_pattern=FSDD_PATTERN)


@pytest.fixture(scope="module")
def commands(shared_data: Path) -> Corpus:
    """Three complete words of Speech Commands v0.01 and ten clips of each other one."""
    return open_corpus(str(shared_data / "speech_commands_v0.01"))


@pytest.fixture(scope="module")
def digits_features(digits: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    compute_features(digits, resolve_settings("logmel").features, folder)
    return folder


@pytest.fixture(scope="module")
def commands_features(commands: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    compute_features(commands, resolve_settings("fft").features, folder)
    return folder


def test_a_flat_folder_opens_through_a_name_pattern(digits: Corpus) -> None:
    assert digits.words == DIGITS
    assert len(digits.clips) == 3_000
    assert len({clip.speaker for clip in digits.clips}) == 6
    assert not [clip for clip in digits.clips if clip.defect]


def test_a_flat_folder_without_a_pattern_says_what_to_do(shared_data: Path) -> None:
    ended = call(
        "corpus", f"--corpus={shared_data / 'free_spoken_digit_dataset' / 'recordings'}", "--target=0"
    )
    assert ended.status == 1
    assert "holds 3,000 audio files but no folder of a word" in ended.error
    assert "--name-pattern with the groups word and speaker" in ended.error


def test_six_speakers_fill_three_splits(digits: Corpus) -> None:
    assert {clip.split for clip in digits.clips} == {"train", "validation", "test"}
    assert len({(clip.speaker, clip.split) for clip in digits.clips}) == 6


def test_every_digit_has_features(digits_features: Path) -> None:
    manifest = tables.read_table(digits_features / "manifest.parquet")
    assert Counter(manifest["status"]) == {"ok": 3_000}
    assert set(manifest["sample_rate"]) == {8_000}
    features = artefacts.open_array(digits_features / "features.npy")
    assert len(features) == 3_000
    assert np.isfinite(features).all()
    assert len(np.unique(features.reshape(3_000, -1), axis=0)) > 2_900


def test_every_resampled_or_padded_digit_says_so(digits_features: Path) -> None:
    reasons = tables.read_table(digits_features / "manifest.parquet")["reason"]
    assert all("resampled from 8,000 Hz" in reason for reason in reasons)
    assert sum("padded" in reason for reason in reasons) > 2_900
    assert all("padded" in reason or "cut to" in reason or "resampled" in reason for reason in reasons)


def test_speech_commands_open_whole(commands: Corpus) -> None:
    counts = Counter(clip.word for clip in commands.clips)
    assert len(commands.clips) == 5_458
    assert len(counts) == 30
    assert {word: counts[word] for word in COMPLETE_WORDS} == COMPLETE_WORDS


@pytest.mark.parametrize("word", COMPLETE_WORDS)
def test_no_speaker_of_the_target_is_in_two_splits(word: str, commands: Corpus) -> None:
    splits = {(clip.speaker, clip.split) for clip in commands.clips if clip.word == word}
    assert len(splits) == len({speaker for speaker, _ in splits})
    assert {split for _, split in splits} == {"train", "validation", "test"}


def test_the_official_lists_decide_the_splits(commands: Corpus, shared_data: Path) -> None:
    root = shared_data / "speech_commands_v0.01"
    listed = {
        split: set((root / f"{name}_list.txt").read_text("utf-8").split())
        for split, name in (("validation", "validation"), ("test", "testing"))
    }
    for clip in commands.clips:
        expected = next((split for split, paths in listed.items() if clip.path in paths), "train")
        assert clip.split == expected, clip.path


def test_every_command_has_features(commands_features: Path) -> None:
    manifest = tables.read_table(commands_features / "manifest.parquet")
    assert Counter(manifest["status"]) == {"ok": 5_458}
    assert set(manifest["sample_rate"]) == {16_000}
    assert np.isfinite(artefacts.open_array(commands_features / "features.npy")).all()


def test_equal_files_have_equal_features(commands_features: Path) -> None:
    """The corpus holds 14 exact duplicates."""
    digests = tables.read_table(commands_features / "manifest.parquet")["sha256"]
    features = artefacts.open_array(commands_features / "features.npy")
    first: dict[str, int] = {}
    n_duplicates = 0
    for row, digest in enumerate(digests):
        n_duplicates += digest in first
        np.testing.assert_array_equal(features[row], features[first.setdefault(digest, row)])
    assert n_duplicates == 14
