"""Is a frame's position told alike in clips of any length?"""

import numpy as np
import tensorflow as tf

from models.frames.position import clock, relative_position


def test_the_middle_of_a_clip_is_told_alike_in_long_clips_and_short_ones() -> None:
    long, short = relative_position(tf.constant([45, 9]), 50, 6, tf.float64).numpy()
    np.testing.assert_allclose(long[22], short[4], atol=1e-12)


def test_positions_are_the_cosines_of_the_middles_of_frames() -> None:
    found = relative_position(tf.constant([4]), 4, 3, tf.float64).numpy()[0]
    middles = np.array([0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(found, np.cos(np.pi * middles[:, None] * [1, 2, 3]), atol=1e-12)


def test_padding_does_not_move_a_frame() -> None:
    padded = relative_position(tf.constant([7]), 30, 5, tf.float64).numpy()[0]
    alone = relative_position(tf.constant([7]), 7, 5, tf.float64).numpy()[0]
    np.testing.assert_array_equal(padded[:7], alone)


def test_a_clip_of_no_frames_has_finite_positions() -> None:
    assert np.isfinite(relative_position(tf.constant([0]), 5, 4, tf.float64).numpy()).all()


def test_looking_back_by_a_lag_is_one_linear_map_of_the_clock() -> None:
    times = clock(60, 8, tf.float64).numpy()
    map_, *_ = np.linalg.lstsq(times[7:40], times[:33], rcond=None)
    np.testing.assert_allclose(times[20:] @ map_, times[13:53], atol=1e-9)


def test_no_two_places_of_a_clip_share_a_time() -> None:
    times = clock(500, 16, tf.float64).numpy()
    distance = np.linalg.norm(times[:, None] - times[None], axis=-1) + 10 * np.eye(500)
    assert distance.min() > 0.01
