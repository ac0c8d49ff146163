"""Does the autoencoder give back what it was fitted to, and nothing else?"""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.baselines.autoencoder import BOTTLENECK, N_STACKED, FrameAutoencoder

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
    autoencoder = FrameAutoencoder(recordings(20, 0), seed=1)
    done: list[int] = []
    autoencoder.fit(done.append)
    assert sum(done) == autoencoder.n_steps
    return autoencoder


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
    error = windows - np.asarray(fitted.network(windows, training=False))
    training = np.concatenate(
        [
            np.stack([of_one[start : start + N_STACKED].ravel() for start in range(26)])
            for of_one in recordings(20, 0)
        ]
    )
    errors = training - np.asarray(fitted.network(training, training=False))
    covariance = np.cov(errors.astype(np.float64), rowvar=False)
    centred = (error - errors.mean(axis=0)).astype(np.float64)
    plain = np.einsum("nd,de,ne->n", centred, np.linalg.inv(covariance), centred).mean()
    mse, mahalanobis = fitted.score(frames)
    assert mse == pytest.approx(float((error.astype(np.float64) ** 2).mean()), rel=1e-4)
    assert mahalanobis == pytest.approx(plain, rel=1e-2)


def test_a_recording_shorter_than_a_window_has_scores(fitted: FrameAutoencoder) -> None:
    assert np.isfinite(fitted.score(np.zeros((2, N_BANDS), np.float32))).all()


def test_layers_are_those_of_the_published_program(fitted: FrameAutoencoder) -> None:
    widths = [layer.units for layer in fitted.network.layers if hasattr(layer, "units")]
    assert widths == [128, 128, 128, 128, BOTTLENECK, 128, 128, 128, 128, N_STACKED * N_BANDS]


def test_too_few_windows_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match="at least 2 windows of 5 frames, got 1"):
        FrameAutoencoder([np.zeros((5, N_BANDS), np.float32)], seed=0)
