"""At its own pace a clip loses frames, and nothing of its order or its mean."""

import numpy as np
import pytest

from models.words.uniform_timing import UniformTiming


@pytest.fixture
def clips() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 48, 5)).astype(np.float32)


def test_frames_are_means_of_even_shares(clips: np.ndarray) -> None:
    even = UniformTiming(16).warp(clips)
    np.testing.assert_allclose(even, clips.reshape(3, 16, 3, 5).mean(axis=2), atol=1e-6)


@pytest.mark.parametrize("n_frames", [5, 16, 48, 100])
def test_the_mean_over_time_stays_whatever_the_number_of_frames(clips: np.ndarray, n_frames: int) -> None:
    even = UniformTiming(n_frames).warp(clips)
    np.testing.assert_allclose(even.mean(axis=1), clips.mean(axis=1), atol=1e-5)


def test_weights_are_what_the_warp_does(clips: np.ndarray) -> None:
    timing = UniformTiming(7)
    np.testing.assert_allclose(timing.weights(clips) @ clips, timing.warp(clips), atol=1e-6)
    np.testing.assert_allclose(timing.weights(clips).sum(axis=2), 1.0, atol=1e-6)
