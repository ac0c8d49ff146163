"""One warp serves all views that need the same smoothing, and says where each warped frame is from."""

import numpy as np
import pytest

from models.words.template import Template
from models.words.warp import Warp

N_FRAMES, N_BANDS, N_TEMPLATE = 9, 8, 6


def clips(n: int, seed: int) -> np.ndarray:
    """Rising tones that begin sooner or later."""
    generator = np.random.default_rng(seed)
    frames, bands = np.arange(N_FRAMES)[:, None], np.arange(N_BANDS)[None, :]
    delays = generator.uniform(0, 2, n)
    return np.stack([10 * np.exp(-((bands - frames + delay) ** 2) / 2) for delay in delays]).astype(
        np.float32
    )


def fitted(smoothing: tuple[int, int]) -> Warp:
    warp = Warp(smoothing, Template(n_frames=N_TEMPLATE, n_cepstra=5))
    warp.fit(clips(40, 0))
    return warp


def test_without_smoothing_warped_frames_are_means_of_the_clips_own():
    warp, some = fitted((1, 1)), clips(3, 1)
    warped, weights = warp.weights(some)
    np.testing.assert_allclose(warped, weights @ some, rtol=1e-6)


def test_a_click_is_smoothed_over_frames_and_bands_before_the_warp():
    click = np.zeros((1, N_FRAMES, N_BANDS), np.float32)
    click[0, 4, 4] = 9.0
    warped, weights = fitted((3, 3)).weights(click)
    smooth = np.zeros((1, N_FRAMES, N_BANDS))
    smooth[0, 3:6, 3:6] = 1.0
    np.testing.assert_allclose(warped, weights @ smooth, atol=1e-5)


def test_it_warps_as_its_weights_say():
    warp, some = fitted((3, 1)), clips(5, 2)
    warped, weights = warp.weights(some)
    np.testing.assert_allclose(warp(some), warped, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(weights.sum(axis=2), 1.0, rtol=1e-6)


def test_two_warps_come_back_from_one_set_of_arrays():
    smooth, fine = fitted((3, 3)), fitted((1, 1))
    arrays = {**smooth.arrays(), **fine.arrays()}
    assert len(arrays) == len(smooth.arrays()) + len(fine.arrays())
    for warp in (smooth, fine):
        again = Warp(warp.smoothing, Template(n_frames=N_TEMPLATE, n_cepstra=5))
        again.restore(arrays)
        np.testing.assert_array_equal(again(clips(5, 3)), warp(clips(5, 3)))


def test_arrays_of_another_smoothing_are_refused():
    with pytest.raises(ValueError, match="template/frames needs shape"):
        Warp((1, 1), Template(n_frames=N_TEMPLATE, n_cepstra=5)).restore(fitted((3, 3)).arrays())
