"""Are few clips also few voices, and is asking for more than there are refused?"""

import numpy as np
import pytest

from benchmarks.detection.few_clips import few_of
from pipeline.errors import PipelineError

SPEAKERS = np.array(["anna"] * 10 + ["berta"] * 6 + ["carl"] * 3, dtype=object)


def test_clips_are_taken_from_the_speakers_with_most() -> None:
    assert set(SPEAKERS[few_of(SPEAKERS, 12, 2, seed=0)]) == {"anna", "berta"}


def test_there_are_as_many_as_asked_and_each_once() -> None:
    places = few_of(SPEAKERS, 9, 3, seed=0)
    assert len(set(places)) == 9


def test_the_seed_decides_which() -> None:
    assert few_of(SPEAKERS, 8, 2, seed=0).tolist() == few_of(SPEAKERS, 8, 2, seed=0).tolist()
    assert few_of(SPEAKERS, 8, 2, seed=0).tolist() != few_of(SPEAKERS, 8, 2, seed=1).tolist()


def test_more_clips_than_the_speakers_have_are_refused_with_both_numbers() -> None:
    with pytest.raises(PipelineError, match="2 speakers with most clips have 16 of the 17 wanted"):
        few_of(SPEAKERS, 17, 2, seed=0)
