"""A share goes back to the frames that it came from, and none is lost."""

import numpy as np
import pytest

from pipeline.detection.auxiliary import auxiliary_split_of
from pipeline.explanation.maps import clips_to_explain, unstretch
from pipeline.frontend.alignment import stretch
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.presets import resolve_settings


@pytest.mark.parametrize(("start", "stop"), [(0, 98), (10, 40), (50, 51), (90, 98)])
def test_the_sum_of_the_shares_stays(start: int, stop: int):
    attributions = np.random.default_rng(0).normal(size=(48, 5))
    np.testing.assert_allclose(
        unstretch(attributions, start, stop, 98).sum(axis=0), attributions.sum(axis=0), atol=1e-12
    )


def test_nothing_is_placed_outside_the_loud_part():
    placed = unstretch(np.ones((48, 3)), 20, 60, 98)
    assert not placed[:20].any() and not placed[60:].any() and placed[20:60].all()


def test_it_is_the_transpose_of_the_stretch():
    generator = np.random.default_rng(1)
    frames, attributions = generator.normal(size=(30, 4)), generator.normal(size=(48, 4))
    forth = (stretch(frames, 48) * attributions).sum()
    back = (frames * unstretch(attributions, 0, 30, 30)).sum()
    assert forth == pytest.approx(back)


def test_each_list_is_explained_from_its_first_clip_on_and_no_clip_twice():
    words, splits = np.array(["a"] * 6 + ["b"] * 6), np.array(["train", "test"] * 6)
    empty = np.array([""] * 12)
    table = ClipTable(
        path=empty,
        word=words,
        speaker=empty,
        split=splits,
        status=empty,
        reason=empty,
        features=np.zeros((12, 1)),
    )
    settings = resolve_settings("default", ["evaluation.n_explained=2"], target="a")
    score = np.array([9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0])
    chosen = clips_to_explain(table, np.arange(12), score, settings)
    assert chosen.tolist() == [5, 3, 0, 2, 11, 10]


def test_a_word_that_the_background_heard_is_not_explained_as_one_that_passes_for_the_target():
    words = np.array(["a"] * 2 + ["b", "c", "d", "e"] * 2)
    empty = np.array([""] * 10)
    table = ClipTable(
        path=empty,
        word=words,
        speaker=empty,
        split=np.array(["test"] * 10),
        status=empty,
        reason=empty,
        features=np.zeros((10, 1)),
    )
    settings = resolve_settings(
        "default", ["evaluation.n_explained=10", "training.protocol=auxiliary"], target="a"
    )
    heard = auxiliary_split_of(words, settings).seen
    chosen = clips_to_explain(table, np.arange(10), np.arange(10.0), settings)
    assert set(words[chosen]) == set("abcde") - set(heard)
