"""Is the plan of the embedded corpus balanced, and does no speaker stand in two splits?"""

from collections import Counter

from pipeline.corpora.embedded.speakers import N_SPEAKERS, WORDS, speaker_of, takes_of

SPEAKERS = [speaker_of(number) for number in range(N_SPEAKERS)]
TAKES = {speaker: takes_of(speaker) for speaker in SPEAKERS}


def test_every_word_is_said_equally_often_in_every_split() -> None:
    said = Counter((take.word, speaker.split) for speaker in SPEAKERS for take in TAKES[speaker])
    expected = {"train": 192, "validation": 24, "test": 24}
    assert said == {(word, split): n for word in WORDS for split, n in expected.items()}


def test_every_speaker_says_every_word_once_to_three_times() -> None:
    for speaker in SPEAKERS:
        said = Counter(take.word for take in TAKES[speaker])
        assert set(said) == set(WORDS) and set(said.values()) <= {1, 2, 3}


def test_speakers_have_different_names_and_different_voices() -> None:
    assert len({speaker.name for speaker in SPEAKERS}) == N_SPEAKERS
    assert len({(s.accent, s.variant, s.pitch, s.words_per_minute) for s in SPEAKERS}) == N_SPEAKERS


def test_names_have_eight_hexadecimal_digits() -> None:
    assert all(len(speaker.name) == 8 and int(speaker.name, 16) >= 0 for speaker in SPEAKERS)


def test_no_two_clips_have_one_path() -> None:
    paths = [take.path_by(speaker) for speaker in SPEAKERS for take in TAKES[speaker]]
    assert len(set(paths)) == len(paths) == 7200
