"""Who loses by being turned round as the target does is ordinary; who gains is strange."""

import numpy as np
import pytest

from models.words.direction import Direction

MARGINS = np.linspace(-40.0, -10.0, 301)  # nats; nearly all of the target's clips lose more than 10


@pytest.fixture
def direction() -> Direction:
    made = Direction()
    made.fit(MARGINS, MARGINS)
    return made


def test_one_ordinary_clip_of_fifty_falls_short(direction: Direction):
    assert np.mean(direction.excess(MARGINS) > 0) == pytest.approx(0.02, abs=0.005)


def test_fresh_clips_that_lose_less_than_those_fitted_to_keep_the_margin():
    made = Direction()
    made.fit(MARGINS - 8.0, MARGINS[::10])
    assert np.mean(made.excess(MARGINS) > 0) == pytest.approx(0.02, abs=0.005)


def test_fresh_clips_that_lose_more_leave_the_margin_of_those_fitted_to():
    made, fitted_alone = Direction(), Direction()
    made.fit(MARGINS, MARGINS[:60])
    fitted_alone.fit(MARGINS, np.full(1, np.median(MARGINS)))
    assert made.typical == pytest.approx(fitted_alone.typical, abs=1.0)


def test_a_mirrored_clip_counts_both_margins(direction: Direction):
    clip = np.array([-30.0])
    assert direction.excess(-clip) - direction.excess(clip) == pytest.approx(30.0 - direction.typical)


def test_it_comes_back_from_its_arrays(direction: Direction):
    again = Direction()
    again.restore(direction.arrays())
    np.testing.assert_array_equal(again.excess(MARGINS), direction.excess(MARGINS))


@pytest.mark.parametrize("arrays", [{}, {"direction/typical": np.zeros(2)}])
def test_arrays_of_another_shape_are_refused(arrays: dict[str, np.ndarray]):
    with pytest.raises(ValueError, match="direction/typical needs shape"):
        Direction().restore(arrays)
