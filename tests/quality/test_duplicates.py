"""Are copies found, however they were changed on the way, and are takes of one word left alone?"""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
import soxr

from pipeline.audio.decoding import Recording
from pipeline.quality import near_pairs as near
from pipeline.quality.duplicates import duplicate_pairs, find_duplicates
from pipeline.quality.measures import sound_digest
from pipeline.quality.near_pairs import near_pairs
from pipeline.quality.record import sound_numbers
from pipeline.quality.sketch import sketch
from pipeline.quality.tags import Finding
from pipeline.settings.quality import QualitySettings
from tests.tiny_corpus import FORMANTS, spoken

THRESHOLD = QualitySettings().near_duplicate_decibel


def take(number: int) -> np.ndarray:
    """Return take ``number`` of some word by some voice."""
    word = list(FORMANTS)[number % 4]
    return spoken(word, number % 5, np.random.default_rng(number)).astype(np.float32)


def shifted(sound: np.ndarray, n: int) -> np.ndarray:
    return np.concatenate([np.zeros(n, np.float32), sound[:-n]])


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "louder": lambda sound: 2.5 * sound,
    "fainter": lambda sound: 0.05 * sound,
    "half a millisecond later": lambda sound: shifted(sound, 8),
    "10 ms later": lambda sound: shifted(sound, 160),
    "50 ms later": lambda sound: shifted(sound, 800),
    "through 8 kHz": lambda sound: soxr.resample(soxr.resample(sound, 16_000, 8_000), 8_000, 16_000),
    "in 10 bits": lambda sound: np.round(sound * 512) / np.float32(512),
    "with noise 40 dB below": lambda sound: (
        sound + 0.01 * sound.std() * np.random.default_rng(0).standard_normal(16_000)
    ),
}


def sketches_of(sounds: list[np.ndarray]) -> np.ndarray:
    return np.array([sketch(np.asarray(sound, np.float32), 16_000) for sound in sounds])


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_near(change: str) -> None:
    for number in range(12):
        pair = sketches_of([take(number), CHANGES[change](take(number))])
        assert [found[:2] for found in near_pairs(pair, THRESHOLD)] == [(0, 1)]


def test_takes_of_one_voice_are_not_near() -> None:
    assert list(near_pairs(sketches_of([take(number) for number in range(40)]), THRESHOLD)) == []


def test_silence_is_near_nothing() -> None:
    assert list(near_pairs(np.zeros((5, 48, 20), np.uint8), THRESHOLD)) == []


def test_every_clip_that_is_compared_is_told_of_once() -> None:
    told: list[int] = []
    list(near_pairs(sketches_of([take(number) for number in range(40)]), THRESHOLD, told.append))
    assert sum(told) == 40


@pytest.mark.parametrize("most", [0, 1_000])
def test_grids_and_comparisons_with_all_lose_no_pair(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pair that a table of all distances holds is found, and no other."""
    monkeypatch.setattr(near, "MOST_COMPARED_WITH_ALL", most)
    generator = np.random.default_rng(0)
    centres = generator.integers(0, 200, (60, 48, 20))
    noise = generator.normal(0, 8, (3, 60, 48, 20)).round()
    sketches = np.clip(centres + noise, 0, 255).reshape(180, 48, 20).astype(np.uint8)
    order = generator.permutation(180)
    expected = set()
    for i in range(180):
        for j in range(i):
            one, other = (sketches[order[k]][:, :13].astype(float) / 4 for k in (i, j))
            filled = (one > 0) | (other > 0)
            if np.sqrt(np.mean((one - other)[filled] ** 2)) < 3.0:
                expected.add(frozenset((i, j)))
    found = {frozenset(pair[:2]) for pair in near_pairs(sketches[order], 3.0)}
    assert len(expected) > 150
    assert found == expected


def test_memory_does_not_grow_with_pairs() -> None:
    sketches = np.random.default_rng(0).integers(0, 200, (6_000, 48, 20), dtype=np.uint8)
    tracemalloc.start()
    assert list(near_pairs(sketches, 0.5)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A table of all 36 million pairs would take 144 MB as float32; coordinates take 1.
    assert peak < 60_000_000


def test_pairs_at_the_threshold_are_lost_as_often_as_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "LOST_SHARE", 0.1)
    generator = np.random.default_rng(0)
    seen = generator.normal(0, 40, (1_000, near.N_DIRECTIONS)).astype(np.float32)
    step = generator.standard_normal(seen.shape)
    both = np.concatenate([seen, seen + 49.9 * step / np.linalg.norm(step, axis=1, keepdims=True)])
    typical = float(np.sqrt(2 * both.var(axis=0).sum()))
    monkeypatch.setattr(near, "MOST_COMPARED_WITH_ALL", 0)
    found = set(near._near_codes(np.float32(both), 50.0, typical, lambda n: None).tolist())
    n_lost = sum(row * 2_000 + row + 1_000 not in found for row in range(1_000))
    # A tenth of 1,000 with a spread of 9.5; the number of grids is rounded up, so some fewer.
    assert 20 < n_lost < 130


def findings(digests: str, **columns: list[str]) -> dict[int, list[Finding]]:
    n = len(digests)
    distinct = np.random.default_rng(0).integers(0, 200, (n, 48, 20), dtype=np.uint8)
    given = [digest.strip() for digest in digests]
    return find_duplicates(
        duplicate_pairs(sound_numbers(given), distinct, THRESHOLD),
        sound_numbers(given),
        [f"{number}.wav" for number in range(n)],
        columns.get("words", ["zero"] * n),
        columns.get("splits", ["train"] * n),
        THRESHOLD,
    )


def test_equal_sounds_are_exact_duplicates_and_name_each_other() -> None:
    found = findings("abab")
    assert {row: [finding.tag for finding in some] for row, some in found.items()} == {
        row: ["exact_duplicate"] for row in range(4)
    }
    assert "2.wav (train)" in found[0][0].detail
    assert found[0][0].value == 2.0


def test_silent_clips_are_no_duplicates_of_one_another() -> None:
    assert findings("  ab") == {}
    assert findings("  ") == {}


def test_a_duplicate_across_words_and_splits_says_so() -> None:
    found = findings("aab", words=["zero", "one", "two"], splits=["train", "test", "test"])
    assert [finding.tag for finding in found[0]] == [
        "exact_duplicate",
        "duplicate_across_words",
        "duplicate_across_splits",
    ]
    assert "also under the name one: 1.wav" in found[0][1].detail
    assert "in train and, as 1.wav, in test" in found[0][2].detail
    assert 2 not in found


def test_of_several_duplicates_one_of_another_word_is_named_first() -> None:
    found = findings("aaa", words=["zero", "zero", "one"])
    assert "2.wav" in found[0][0].detail
    assert "and 1 more" in found[0][0].detail


def test_a_near_duplicate_of_an_exact_pair_is_told_to_all_three() -> None:
    sounds = [take(0), take(0), 0.5 * take(0), take(1)]
    numbers = np.array([0, 0, 1, 2])
    pairs = duplicate_pairs(numbers, sketches_of(sounds), THRESHOLD)
    found = find_duplicates(pairs, numbers, list("0123"), ["zero"] * 4, ["train"] * 4, THRESHOLD)
    tags = {row: {finding.tag for finding in some} for row, some in found.items()}
    assert tags == {
        0: {"exact_duplicate", "near_duplicate"},
        1: {"exact_duplicate", "near_duplicate"},
        2: {"near_duplicate"},
    }


def recording(samples: np.ndarray, **changes: object) -> Recording:
    facts: dict[str, object] = {
        "samples": samples,
        "sample_rate": 16_000,
        "n_samples": len(samples),
        "n_channels": 1,
        "sha256": "0",
    }
    return Recording(**{**facts, **changes})  # type: ignore[arg-type]


def test_the_digest_is_of_the_sound_and_not_of_the_file() -> None:
    assert sound_digest(recording(take(0))) == sound_digest(recording(take(0), sha256="1"))
    assert sound_digest(recording(take(0))) != sound_digest(recording(take(1)))


def test_the_same_samples_at_another_rate_are_another_sound() -> None:
    assert sound_digest(recording(take(0))) != sound_digest(recording(take(0), sample_rate=8_000))


def test_silence_has_no_digest() -> None:
    assert sound_digest(recording(np.zeros(100, np.float32))) == ""


def test_a_sketch_does_not_depend_on_level_or_whole_steps_of_time() -> None:
    sound = np.concatenate([np.zeros(2_000), take(0)[2_000:12_000], np.zeros(4_000)]).astype(np.float32)
    np.testing.assert_array_equal(sketch(sound, 16_000), sketch(0.25 * sound, 16_000))
    np.testing.assert_array_equal(sketch(sound, 16_000), sketch(shifted(sound, 160), 16_000))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_sketch_has_one_shape_at_every_rate(rate: int) -> None:
    assert sketch(np.ones(rate, np.float32), rate).shape == (48, 20)
