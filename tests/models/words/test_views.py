"""Each way of looking at a clip drops what it says, and nothing else."""

from typing import get_args

import numpy as np
import pytest

from models.words.views import VIEW_NAMES, View
from pipeline.settings import model as model_settings

N_FRAMES, N_BANDS = 6, 8


def view(name: str) -> View:
    return View(name=name, smoothing_frames=3, smoothing_bands=3, n_cepstra=5)


@pytest.fixture
def warped() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, N_FRAMES, N_BANDS)).astype(np.float32)


def test_timbre_ignores_the_level_of_each_frame(warped: np.ndarray):
    louder = warped + np.linspace(-20, 20, N_FRAMES, dtype=np.float32)[None, :, None]
    np.testing.assert_allclose(view("timbre").vectors(louder), view("timbre").vectors(warped), atol=1e-4)


def test_contour_ignores_the_gain_of_each_band(warped: np.ndarray):
    coloured = warped + np.linspace(-20, 20, N_BANDS, dtype=np.float32)[None, None, :]
    np.testing.assert_allclose(view("contour").vectors(coloured), view("contour").vectors(warped), atol=1e-4)


def test_levels_keep_both(warped: np.ndarray):
    np.testing.assert_array_equal(view("levels").vectors(warped), warped.reshape(4, -1))


def test_cepstra_ignore_what_changes_faster_over_bands_than_they_can_say(warped: np.ndarray):
    ripple = np.cos(np.pi * 7 * (np.arange(N_BANDS) + 0.5) / N_BANDS).astype(np.float32)
    np.testing.assert_allclose(
        view("cepstra").vectors(warped + 5 * ripple), view("cepstra").vectors(warped), atol=1e-4
    )


def test_cepstra_are_not_smoothed_and_the_others_are():
    assert view("cepstra").smoothing == (1, 1)
    assert {view(name).smoothing for name in VIEW_NAMES if name != "cepstra"} == {(3, 3)}


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_vector_has_the_length_that_the_view_says(name: str, warped: np.ndarray):
    assert view(name).vectors(warped).shape == (4, view(name).event_size(N_FRAMES, N_BANDS))


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_back_is_the_transpose(name: str, warped: np.ndarray):
    vectors = np.random.default_rng(1).normal(size=(4, view(name).event_size(N_FRAMES, N_BANDS)))
    forth = (view(name).vectors(warped) * vectors).sum(axis=1)
    back = (warped * view(name).back(vectors, N_FRAMES, N_BANDS)).sum(axis=(1, 2))
    np.testing.assert_allclose(forth, back, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_looking_again_at_what_was_taken_back_changes_nothing(name: str, warped: np.ndarray):
    vectors = view(name).vectors(warped)
    again = view(name).vectors(view(name).back(vectors, N_FRAMES, N_BANDS))
    np.testing.assert_allclose(again, vectors, atol=1e-5)


def test_only_the_unwarped_view_keeps_the_pace_of_the_clip():
    assert [name for name in VIEW_NAMES if not view(name).is_warped] == ["unwarped"]


def test_views_that_smooth_alike_share_a_warp_but_not_with_the_unwarped_one():
    assert view("levels").timing == view("timbre").timing != view("unwarped").timing


def test_the_settings_name_the_views_that_there_are():
    assert get_args(model_settings.ViewName) == VIEW_NAMES
