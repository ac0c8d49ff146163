"""A recording shorter than nearly all of the target's is surprising, and others are not."""

import numpy as np
import pytest

from models.detector import Scores
from models.words.recorded_duration import RecordedDuration

# Most clips fill their second, some are shorter.
SECONDS = np.concatenate([np.ones(900), np.linspace(0.6, 1.0, 100)])


@pytest.fixture
def recorded() -> RecordedDuration:
    made = RecordedDuration(weight=2.0)
    made.fit(SECONDS)
    return made


def test_nine_clips_of_ten_keep_their_ranks(recorded: RecordedDuration):
    assert np.mean(recorded.excess(SECONDS) > 0) <= 0.1
    assert recorded.excess(np.array([1.0, 5.0])).tolist() == [0.0, 0.0]


def test_half_a_clip_has_the_surprise_of_one_in_so_many_twice(recorded: RecordedDuration):
    assert recorded.excess(np.array([0.5])) == pytest.approx(2 * np.log(0.1 * 1001))


def test_a_clip_of_nothing_is_no_stranger_than_the_shortest(recorded: RecordedDuration):
    assert recorded.excess(np.array([0.0])) == recorded.excess(np.array([0.5]))


def test_surprise_falls_with_length(recorded: RecordedDuration):
    assert np.all(np.diff(recorded.excess(np.linspace(0.3, 1.2, 50))) <= 0)


def test_trimmed_words_of_any_length_are_ordinary():
    lengths = np.random.default_rng(0).lognormal(-1.0, 0.3, 500)
    trimmed = RecordedDuration(weight=2.0)
    trimmed.fit(lengths[:250])
    assert np.mean(trimmed.excess(lengths[250:]) > 0) < 0.1


def test_the_term_stands_beside_the_others(recorded: RecordedDuration):
    scores = Scores(log_prob=np.zeros(2), terms={"levels": np.ones(2)})
    added = recorded.added(scores, np.array([0.5, 1.0]))
    assert list(added.terms) == ["levels", "duration"]
    np.testing.assert_allclose(added.score, 1.0 + recorded.excess(np.array([0.5, 1.0])))


def test_without_weight_there_is_no_term_and_nothing_to_keep():
    left_out = RecordedDuration(weight=0.0)
    left_out.fit(SECONDS)
    scores = Scores(log_prob=np.zeros(1), terms={"flow": np.ones(1)})
    assert left_out.added(scores, np.array([0.1])) is scores
    assert left_out.arrays() == {}
    left_out.restore({})


def test_it_comes_back_from_its_arrays(recorded: RecordedDuration):
    again = RecordedDuration(weight=2.0)
    again.restore(recorded.arrays())
    lengths = np.linspace(0.1, 1.2, 20)
    np.testing.assert_array_equal(again.excess(lengths), recorded.excess(lengths))


@pytest.mark.parametrize(
    "arrays", [{}, {"duration/seconds": np.zeros(0)}, {"duration/seconds": np.ones((2, 2))}]
)
def test_arrays_without_lengths_are_refused(arrays: dict[str, np.ndarray]):
    with pytest.raises(ValueError, match="at least 1 clip"):
        RecordedDuration(weight=2.0).restore(arrays)
