"""Are the planted clips those that the figures speak of?"""

from collections import Counter

import numpy as np
import pytest

from benchmarks.planted import drawn_of_other_words, figures_of, under_the_name
from pipeline.clip_table import ClipTable
from pipeline.errors import PipelineError


def table_of(**sizes: int) -> ClipTable:
    word = np.repeat(np.array(list(sizes), object), list(sizes.values()))
    names = np.array([f"{name}/{row}.wav" for row, name in enumerate(word)], object)
    return ClipTable(
        path=names,
        word=word,
        speaker=names,
        split=np.array(["train"] * len(word), object),
        status=np.array(["ok"] * len(word), object),
        reason=np.array([""] * len(word), object),
        features=np.zeros((len(word), 2), np.float32),
    )


TABLE = table_of(zero=190, one=100, two=100, three=2)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_the_planted_clips_are_their_share_of_the_clips_with_the_name(share: float) -> None:
    rows = drawn_of_other_words(TABLE, "zero", share, seed=0)
    assert len(rows) / (190 + len(rows)) == pytest.approx(share, abs=0.5 / 190)


def test_planted_clips_are_different_clips_of_other_words() -> None:
    rows = drawn_of_other_words(TABLE, "zero", 0.1, seed=0)
    assert len(set(rows)) == len(rows) == 21
    assert "zero" not in TABLE.word[rows]


def test_every_word_gives_as_many_clips_as_it_can() -> None:
    counts = Counter(TABLE.word[drawn_of_other_words(TABLE, "zero", 0.1, seed=0)])
    assert counts["three"] == 2
    assert sorted((counts["one"], counts["two"])) == [9, 10]


def test_the_seed_decides_which_clips_are_planted() -> None:
    first, again, other = (set(drawn_of_other_words(TABLE, "zero", 0.1, seed)) for seed in (0, 0, 1))
    assert first == again != other


def test_planting_more_than_there_is_is_refused_with_both_numbers() -> None:
    with pytest.raises(PipelineError, match="planting 40% takes 127 clips of .*, and the corpus has 10"):
        drawn_of_other_words(table_of(zero=190, one=10), "zero", 0.4, seed=0)


def test_a_planted_clip_changes_nothing_but_its_name() -> None:
    rows = drawn_of_other_words(TABLE, "zero", 0.05, seed=0)
    planted = under_the_name(TABLE, rows, "zero")
    assert set(planted.rows("zero")) == {*TABLE.rows("zero"), *rows}
    assert (planted.speaker == TABLE.speaker).all()
    assert (planted.path == TABLE.path).all()
    assert Counter(TABLE.word)["zero"] == 190


def test_precision_is_the_share_of_planted_clips_at_each_depth() -> None:
    order = [True] * 40 + [False] * 20 + [True] * 20 + [False] * 100
    figures = figures_of(order)
    assert figures["precision_at_50"] == 0.8
    assert figures["precision_at_100"] == 0.6
    assert (figures["n_planted"], figures["precision_at_n_planted"]) == (60, 40 / 60)


def test_the_best_possible_precision_is_that_of_all_planted_clips_on_top() -> None:
    figures = figures_of([True] * 20 + [False] * 180)
    assert figures["precision_at_50"] == figures["best_possible_at_50"] == 0.4
    assert figures["precision_at_n_planted"] == 1.0
