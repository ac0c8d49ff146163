"""Is a clip of another word told from a clip of the target, and a damaged clip from either?"""

import numpy as np
import pytest

from pipeline.audit.faults import find_recording_faults
from pipeline.audit.listing import ANOTHER_WORD, DAMAGED
from pipeline.audit.other_words import MIN_OTHER_CLIPS, compare_with_other_words
from pipeline.audit.ranking import standardise, with_other_words
from pipeline.settings.presets import resolve_settings
from tests.audit.sketched_corpus import SketchedCorpus

SETTINGS = resolve_settings("default", ["audit.n_folds=3"], target="zero")
SIZES = {"zero": 120, "one": 60, "two": 60}


def test_a_clip_sounds_like_the_word_that_is_said_in_it() -> None:
    corpus = SketchedCorpus(SIZES, planted={4: "one", 9: "two"})
    likeness = corpus.likeness()
    assert likeness.sounds_like.tolist() == corpus.said[corpus.rows].tolist()


def test_the_discriminant_and_the_distances_set_every_planted_clip_apart() -> None:
    likeness = SketchedCorpus(SIZES, planted={4: "one", 9: "two"}).likeness()
    for values in (likeness.discriminant, likeness.excess):
        assert min(values[[4, 9]]) > max(np.delete(values, [4, 9]))


def test_a_word_that_the_corpus_has_no_other_clip_of_stands_out_too() -> None:
    likeness = SketchedCorpus(SIZES, planted={4: "late"}).likeness()
    assert likeness.excess[4] == likeness.excess.max()
    assert likeness.discriminant[4] > np.quantile(likeness.discriminant, 0.95)


def test_no_discriminant_hears_the_speakers_that_it_judges() -> None:
    corpus = SketchedCorpus(SIZES)
    before = corpus.likeness().discriminant
    judged = corpus.fold == 1
    of_speakers = np.isin(corpus.table.speaker, corpus.table.speaker[corpus.rows[judged]])
    others = np.flatnonzero(of_speakers & (corpus.table.word != "zero"))
    corpus.record.sketches[others] = 200 - corpus.record.sketches[others]
    after = corpus.likeness().discriminant
    np.testing.assert_array_equal(after[judged], before[judged])
    assert not np.array_equal(after[~judged], before[~judged])


def test_too_few_clips_of_other_words_are_not_compared_with() -> None:
    few = SketchedCorpus({"zero": 120, "one": MIN_OTHER_CLIPS - 1})
    enough = SketchedCorpus({"zero": 120, "one": MIN_OTHER_CLIPS})
    given = [(c.table, c.rows, c.record.sketches, c.fold, "zero") for c in (few, enough)]
    assert compare_with_other_words(*given[0]) is None
    assert compare_with_other_words(*given[1]) is not None


def test_the_score_alone_decides_where_every_clip_sounds_alike() -> None:
    score, fold = np.array([0.0, 3.0, -1.0, 2.0]), np.ones(4, int)
    assert with_other_words(score, np.zeros(4), np.zeros(4), fold).tolist() == score.tolist()


def test_the_planted_clips_lead_the_list_whatever_the_score() -> None:
    columns = SketchedCorpus(SIZES, planted={4: "one", 9: "two"}).listed()
    assert sorted(columns["path"][:2]) == ["zero/004.wav", "zero/009.wav"]
    assert columns["rank"].tolist() == list(range(1, 121))


def test_without_other_words_the_order_is_that_of_the_score() -> None:
    columns = SketchedCorpus(SIZES, planted={4: "one"}).listed("audit.other_words=false")
    assert "score_with_words" not in columns
    assert columns["rank"].tolist() == columns["rank_one_class"].tolist()


def test_a_damaged_clip_of_the_target_is_listed_apart() -> None:
    corpus = SketchedCorpus(SIZES, planted={4: "one"})
    corpus.damage(7)
    columns = corpus.listed()
    listed = dict(zip(columns["path"], columns["list"], strict=True))
    assert (listed["zero/004.wav"], listed["zero/007.wav"]) == (ANOTHER_WORD, DAMAGED)


def test_a_damaged_clip_of_another_word_stays_among_the_other_words() -> None:
    corpus = SketchedCorpus(SIZES, planted={4: "one"})
    corpus.damage(4)
    columns = corpus.listed()
    assert (columns["path"][0], columns["list"][0], columns["tags"][0]) == (
        "zero/004.wav",
        ANOTHER_WORD,
        "clipping",
    )


@pytest.mark.parametrize("contrast", [0.0, 2.0])
def test_a_recording_that_does_not_rise_above_its_noise_is_damaged(contrast: float) -> None:
    corpus = SketchedCorpus(SIZES)
    nats = np.zeros(len(corpus.rows))
    nats[3] = contrast
    columns = {"p_value": np.full(len(nats), 0.5), "term_contrast": nats}
    faults = find_recording_faults(
        corpus.table, corpus.rows, columns, corpus.record, corpus.likeness(), SETTINGS
    )
    assert bool(faults.is_damaged[3]) == (contrast > 0)


def test_likeness_counts_in_robust_deviations_and_the_discriminant_by_fold() -> None:
    generator = np.random.default_rng(0)
    excess, fold = generator.normal(size=40), np.repeat([1, 2], 20)
    discriminant = generator.normal(size=40) + 100.0 * fold
    found = with_other_words(np.zeros(40), excess, discriminant, fold)
    np.testing.assert_allclose(
        found, standardise(excess, np.ones(40)) + 2.0 * standardise(discriminant, fold)
    )
