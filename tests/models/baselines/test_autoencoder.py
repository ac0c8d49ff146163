"""Does the autoencoder give back what it was fitted to, and nothing else?"""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.baselines.autoencoder import (
    BOTTLENECK,
    N_STACKED,
    FrameAutoencoder,
    _errors,
    _layers,
    _network,
    count_steps,
    fit_autoencoder,
)

N_BANDS = 16


def recordings(n: int, seed: int, *, lively: int = 4) -> list[np.ndarray]:
    """Frames of two hidden levels that move four bands each, with a little noise."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        hidden = generator.standard_normal((30, 2)).cumsum(axis=0)
        frames = 0.1 * generator.standard_normal((30, N_BANDS))
        frames[:, :lively] += hidden[:, :1]
        frames[:, 8 : 8 + lively] += hidden[:, 1:]
        made.append(frames.astype(np.float32))
    return made


@pytest.fixture(scope="module")
def fitted() -> FrameAutoencoder:
    done: list[int] = []
    autoencoder = fit_autoencoder(recordings(20, 0), seed=1, advance=done.append)
    assert sum(done) == count_steps(recordings(20, 0))
    return autoencoder


def error_of(autoencoder: FrameAutoencoder, windows: np.ndarray) -> np.ndarray:
    """What the layers do not give back, one after another as they stand."""
    given_back = windows.astype(np.float64)
    for weights, offsets in autoencoder.layers[:-1]:
        given_back = np.maximum(given_back @ weights + offsets, 0.0)
    weights, offsets = autoencoder.layers[-1]
    return np.asarray(windows - (given_back @ weights + offsets))


def test_both_scores_tell_frames_that_move_otherwise(fitted: FrameAutoencoder) -> None:
    normal = np.array([fitted.score(frames) for frames in recordings(15, 1)])
    strange = np.array([fitted.score(frames) for frames in recordings(15, 2, lively=7)])
    truths = np.repeat([0, 1], 15)
    for column in (0, 1):
        area = roc_auc_score(truths, np.concatenate([normal[:, column], strange[:, column]]))
        assert area > 0.9


def test_the_distance_is_that_of_the_training_errors_covariance(fitted: FrameAutoencoder) -> None:
    frames = recordings(1, 5)[0]
    windows = np.stack([frames[start : start + N_STACKED].ravel() for start in range(26)])
    error = error_of(fitted, windows)
    training = np.concatenate(
        [
            np.stack([of_one[start : start + N_STACKED].ravel() for start in range(26)])
            for of_one in recordings(20, 0)
        ]
    )
    errors = error_of(fitted, training)
    covariance = np.cov(errors.astype(np.float64), rowvar=False)
    centred = (error - errors.mean(axis=0)).astype(np.float64)
    plain = np.einsum("nd,de,ne->n", centred, np.linalg.inv(covariance), centred).mean()
    mse, mahalanobis = fitted.score(frames)
    assert mse == pytest.approx(float((error.astype(np.float64) ** 2).mean()), rel=1e-4)
    assert mahalanobis == pytest.approx(plain, rel=1e-2)


def test_a_recording_shorter_than_a_window_has_scores(fitted: FrameAutoencoder) -> None:
    assert np.isfinite(fitted.score(np.zeros((2, N_BANDS), np.float32))).all()


def test_layers_are_those_of_the_published_program(fitted: FrameAutoencoder) -> None:
    widths = [len(offsets) for _, offsets in fitted.layers]
    assert widths == [128, 128, 128, 128, BOTTLENECK, 128, 128, 128, 128, N_STACKED * N_BANDS]


def test_layers_with_their_normalisation_are_the_network() -> None:
    network = _network(N_STACKED * N_BANDS, 3)
    generator = np.random.default_rng(0)
    for layer in network.layers:
        layer.set_weights([np.abs(generator.normal(size=array.shape)) + 0.1 for array in layer.get_weights()])
    windows = generator.standard_normal((7, N_STACKED * N_BANDS))
    expected = windows - np.asarray(network(windows, training=False))
    scale = float(np.abs(expected).max())
    frames = windows.reshape(7 * N_STACKED, N_BANDS)
    found = _errors(_layers(network), frames, np.arange(0, 7 * N_STACKED, N_STACKED))
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-5)


def test_too_few_windows_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match="at least 2 windows of 5 frames, got 1"):
        fit_autoencoder([np.zeros((5, N_BANDS), np.float32)], seed=0)
