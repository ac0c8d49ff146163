"""Are clips with another voice than their speaker's found, and names that are one person or two?"""

import numpy as np
import pytest

from pipeline.sweep.voices import Voices, judge_voices, listed_voices, voice_figures
from tests.audit.audited_clips import clips

N_SPEAKERS, N_EACH, SIZE = 30, 8, 12


def _voices(spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Return clips of speakers that differ by more than their clips do, and their names."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(N_SPEAKERS, SIZE))
    vectors = np.repeat(centres, N_EACH, axis=0) + spread * generator.normal(size=(N_SPEAKERS * N_EACH, SIZE))
    return vectors, np.repeat([f"s{k:02d}" for k in range(N_SPEAKERS)], N_EACH).astype(object)


def _judged(vectors: np.ndarray, speakers: np.ndarray) -> Voices:
    found = judge_voices(vectors, speakers)
    assert found is not None
    return found


def test_clips_under_a_wrong_speaker_come_first_with_the_right_one_named() -> None:
    vectors, speakers = _voices()
    planted = speakers.copy()
    planted[[0, 50, 100]] = ["s20", "s21", "s22"]
    found = _judged(vectors, planted)
    first = found.judged[np.argsort(-found.score)[:3]]
    assert sorted(first.tolist()) == [0, 50, 100]
    probable = dict(zip(found.judged.tolist(), found.probable.tolist(), strict=True))
    assert [probable[place] for place in (0, 50, 100)] == [speakers[place] for place in (0, 50, 100)]
    assert found.probable[found.judged == 8] == planted[8]


def test_one_person_under_two_names_is_the_most_alike_pair() -> None:
    vectors, speakers = _voices()
    speakers[4:8] = "other"
    first = _judged(vectors, speakers).one_person[0]
    assert {first["a"], first["b"]} == {"s00", "other"}


def test_two_people_under_one_name_are_farthest_apart() -> None:
    vectors, speakers = _voices()
    speakers[speakers == "s05"] = "s04"
    first = _judged(vectors, speakers).two_people[0]
    assert (first["speaker"], first["n"]) == ("s04", 2 * N_EACH)


def test_speakers_of_few_clips_are_not_judged_and_few_speakers_are_refused() -> None:
    vectors, speakers = _voices()
    speakers[:2] = "rare"
    found = _judged(vectors, speakers)
    assert not set(found.judged.tolist()) & {0, 1}
    assert judge_voices(vectors[: 4 * N_EACH], speakers[: 4 * N_EACH]) is None
    assert judge_voices(vectors, np.arange(len(vectors)).astype(object)) is None


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, speakers = _voices()
    whole = _judged(vectors, speakers)
    monkeypatch.setattr("pipeline.sweep.voices.BLOCK", 7)
    cut = _judged(vectors, speakers)
    np.testing.assert_allclose(cut.score, whole.score, atol=1e-9)
    assert [(pair["a"], pair["b"]) for pair in cut.one_person] == [(p["a"], p["b"]) for p in whole.one_person]


def test_the_list_is_in_order_and_counts_strangers() -> None:
    table = clips()
    rows = np.flatnonzero(table.usable)
    found = _judged(np.random.default_rng(1).normal(size=(len(rows), 6)), table.speaker[rows])
    columns = listed_voices(table, rows, found)
    assert columns["score"] == sorted(columns["score"], reverse=True)
    assert columns["rank"] == list(range(1, len(columns["path"]) + 1))
    figures = voice_figures(table.speaker[rows], found)
    assert figures["n_strangers"] == sum(score >= 0 for score in columns["score"])
    assert figures["n_judged"] == len(columns["path"])
