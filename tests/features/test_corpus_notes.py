"""Is what is unusual about a corpus said in one sentence with its counts, and nothing of one that fits?"""

import re

import pytest

from pipeline.features.columns import ClipColumns
from pipeline.features.corpus_notes import corpus_notes
from pipeline.features.records import SET_ASIDE, ClipFacts
from pipeline.settings import FeatureSettings

WORDS = FeatureSettings()
SOUNDS = FeatureSettings(kind="statistics", recording_rate=16_000)


def fact(seconds: float = 1.0, *, rate: int = 16_000, empty: float = 0.0, n_channels: int = 1) -> ClipFacts:
    return ClipFacts(
        sample_rate=rate,
        n_samples=round(seconds * rate),
        n_channels=n_channels,
        empty_above_hertz=empty,
        sound_sha256="0",
    )


SILENT = ClipFacts(sample_rate=16_000, n_samples=16_000, n_channels=1)
CASES = [
    (WORDS, [fact(8.0)] * 9 + [fact()], "9 of 10 clips are longer than the 1 s.*preset 'sounds' hears"),
    (WORDS, [fact(1.4)] * 3 + [fact()] * 7, "3 of 10 clips are longer than features.duration_seconds=1"),
    (SOUNDS, [fact(0.5)] + [fact(60.0)] * 9, "from 0.50 to 60.00 s .median 60.0 s"),
    (SOUNDS, [fact(0.02)] + [fact(4.0)] * 9, "1 of 10 recordings are shorter than one frame of 0.032 s"),
    (
        SOUNDS,
        [fact(700.0)] + [fact(400.0)] * 9,
        "1 of 10 recordings are longer than features.longest_seconds=600",
    ),
    (
        WORDS,
        [fact(rate=8_000)] * 4 + [fact()] * 6,
        "4 at 8,000 Hz, 6 at 16,000 Hz: all are brought to 16,000 Hz",
    ),
    (
        SOUNDS,
        [fact(empty=4_000.0)] * 3 + [fact()] * 7,
        "3 of 10 clips hold nothing above a frequency of 4,000 to",
    ),
    (WORDS, [SILENT] * 5 + [fact()] * 5, "5 of 10 clips are digital silence"),
    (WORDS, [fact(n_channels=8)] * 2 + [fact()] * 8, "2 of 10 clips have several channels, up to 8"),
]


@pytest.mark.parametrize(("settings", "facts", "sentence"), CASES)
def test_it_is_said(settings: FeatureSettings, facts: list[ClipFacts], sentence: str) -> None:
    notes = corpus_notes(["on"] * len(facts), ClipColumns.of(facts), settings)
    assert re.search(sentence, "\n".join(notes))


def test_short_clips_of_many_classes_are_taken_for_words() -> None:
    notes = corpus_notes([str(number) for number in range(10)], ClipColumns.of([fact()] * 10), SOUNDS)
    assert len(notes) == 1
    assert "10 clips of 10 classes" in notes[0] and "preset 'default'" in notes[0]


@pytest.mark.parametrize("settings", [WORDS, SOUNDS])
def test_nothing_is_said_of_a_corpus_that_fits(settings: FeatureSettings) -> None:
    assert corpus_notes(["on", "off"] * 10, ClipColumns.of([fact()] * 20), settings) == []


def test_clips_that_were_set_aside_are_not_counted_again() -> None:
    found = ClipColumns.of([ClipFacts(status=SET_ASIDE, reason="junk"), fact()])
    assert corpus_notes(["on"] * 2, found, WORDS) == []


def test_a_band_that_is_not_heard_may_be_empty() -> None:
    low = FeatureSettings(kind="statistics", recording_rate=8_000)
    assert corpus_notes(["on"] * 4, ClipColumns.of([fact(empty=4_000.0)] * 4), low) == []
