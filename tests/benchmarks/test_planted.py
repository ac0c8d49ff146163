"""Are the planted clips those that the figures speak of?"""

from collections import Counter

import numpy as np
import pytest

from benchmarks.audit.planted import figures_of, scores_without_their_word
from benchmarks.audit.planting import drawn_of_other_words, under_the_name
from pipeline.audit.ranking import with_other_words
from pipeline.errors import PipelineError
from pipeline.runs.clip_table import ClipTable
from tests.audit.sketched_corpus import SketchedCorpus


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
    assert list(planted.path) == list(TABLE.path)
    assert Counter(TABLE.word)["zero"] == 190


def test_precision_is_the_share_of_planted_clips_at_each_depth() -> None:
    order = [True] * 40 + [False] * 20 + [True] * 20 + [False] * 100
    figures = figures_of(order)
    assert figures["precision_at_50"] == 0.8
    assert figures["precision_at_100"] == 0.6
    assert (figures["n_planted"], figures["precision_at_n_planted"]) == (60, 40 / 60)


def test_a_depth_below_the_end_of_the_list_counts_what_is_there() -> None:
    figures = figures_of([True] * 20 + [False] * 20)
    assert figures["precision_at_50"] == figures["precision_at_100"] == 0.5
    assert figures["precision_at_n_planted"] == 1.0


def test_without_its_word_a_planted_clip_is_judged_by_the_others_alone() -> None:
    corpus = SketchedCorpus({"zero": 120, "one": 60, "two": 60}, planted={4: "one", 9: "two"})
    likeness = corpus.likeness()
    columns = {
        "path": corpus.table.path[corpus.rows],
        "score": np.zeros(120),
        "fold": corpus.fold,
    }
    scores = scores_without_their_word(columns, corpus.table, corpus.said, corpus.record.sketches, "zero")
    known = with_other_words(columns["score"], likeness.excess, likeness.discriminant, corpus.fold)
    assert (scores[[4, 9]] < known[[4, 9]] - 1.0).all()
    corpus.table.status[corpus.table.word == "one"] = "left out"
    without = corpus.likeness()
    excess, discriminant = likeness.excess.copy(), likeness.discriminant.copy()
    excess[4], discriminant[4] = without.excess[4], without.discriminant[4]
    of_one = with_other_words(columns["score"], excess, discriminant, corpus.fold)
    assert scores[4] == pytest.approx(of_one[4], rel=0.05)
