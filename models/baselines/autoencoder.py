"""What does the autoencoder of the DCASE challenge make of a recording?

The baseline of its task 2: a network with a bottleneck of 8 learns to give back five stacked frames of
log-mel levels, and what it gives back badly is strange. Two scores of a recording, each a mean over its
windows: the squared error a number, and the squared Mahalanobis distance of the error by the covariance of
the training windows' errors. The published program keeps one covariance for each of two domains; recordings
without labels of a domain have one.

Conventions: frames [n_frames, n_bands] of one recording, in decibel; a window is ``N_STACKED`` frames in a
row, [5 n_bands]; scores are higher for stranger.
Source: Harada et al. 2023, "First-Shot Anomaly Sound Detection for Machine Condition Monitoring: A Domain
Generalization Baseline", arXiv 2303.00455, sections III and IV; layers, steps and epochs as in its published
program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tf_keras

__all__ = ["N_STACKED", "FrameAutoencoder", "count_steps", "fit_autoencoder"]

N_STACKED = 5
WIDTH, N_LAYERS, BOTTLENECK = 128, 4, 8
BATCH_SIZE, EPOCHS, LEARNING_RATE = 256, 100, 1e-3
# A minute or two on two cores. The published 100 epochs fit in with 25,600 windows, 14 minutes of sound.
MAX_STEPS = 10_000
STEPS_A_CALL = 50
LEAST_VARIANCE = 1e-6  # of the largest one; below it an error is rounding
WINDOWS_AT_ONCE = 4_096


@dataclass(frozen=True, kw_only=True)
class FrameAutoencoder:
    """A fitted autoencoder, in arrays alone: it can be handed from one process to another.

    Attributes:
        layers: weights [K, L] and offsets [L] of each dense layer, its normalisation multiplied in.
        mean: of the training windows' errors [D].
        precision: inverse of their covariance [D, D].
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    mean: np.ndarray
    precision: np.ndarray

    def score(self, frames: np.ndarray) -> tuple[float, float]:
        """Return the mean squared error and the mean squared Mahalanobis distance of one recording.

        A recording of fewer frames than a window has is followed by its last frame.
        """
        missing = max(N_STACKED - len(frames), 0)
        padded = np.pad(frames, ((0, missing), (0, 0)), mode="edge") if missing else frames
        error = _errors(self.layers, padded, np.arange(len(padded) - N_STACKED + 1))
        centred = error - self.mean
        distances = ((centred @ self.precision) * centred).sum(axis=1)
        return float(np.mean(error**2)), float(distances.mean())


def count_steps(recordings: Sequence[np.ndarray]) -> int:
    """Return how many steps ``fit_autoencoder`` takes for these recordings."""
    n_windows = sum(max(len(frames) - N_STACKED + 1, 0) for frames in recordings)
    n_steps = min(EPOCHS * (n_windows // max(min(BATCH_SIZE, n_windows), 1)), MAX_STEPS)
    return -(-n_steps // STEPS_A_CALL) * STEPS_A_CALL


def fit_autoencoder(
    recordings: Sequence[np.ndarray], *, seed: int, advance: Callable[[int], None] = lambda n_steps: None
) -> FrameAutoencoder:
    """Train an autoencoder, and measure how the training windows' errors spread.

    Args:
        recordings: frames of each training recording.
        seed: of the first weights and the order of windows.
        advance: told of steps done since it was last told.

    Raises:
        ValueError: fewer than two windows in all.
    """
    lengths = [len(frames) for frames in recordings]
    starts = np.concatenate(
        [np.arange(end - n, end - N_STACKED + 1) for end, n in zip(np.cumsum(lengths), lengths, strict=True)]
    ).astype(np.int32)
    if len(starts) < 2:
        raise ValueError(f"an autoencoder needs at least 2 windows of {N_STACKED} frames, got {len(starts)}")
    frames = np.concatenate(recordings).astype(np.float32)
    network = _network(N_STACKED * frames.shape[1], seed)
    take = _steps(network, tf.constant(frames))
    generator = np.random.default_rng(seed)
    batch_size = min(BATCH_SIZE, len(starts))
    order = np.empty(0, np.int32)
    for _ in range(count_steps(recordings) // STEPS_A_CALL):
        while len(order) < STEPS_A_CALL * batch_size:
            order = np.concatenate([order, generator.permutation(starts)])
        batches, order = np.split(order, [STEPS_A_CALL * batch_size])
        take(tf.constant(batches.reshape(STEPS_A_CALL, batch_size)))
        advance(STEPS_A_CALL)
    layers = _layers(network)
    return FrameAutoencoder(layers=layers, **_spread_of_errors(layers, frames, starts))


def _spread_of_errors(
    layers: Sequence[tuple[np.ndarray, np.ndarray]], frames: np.ndarray, starts: np.ndarray
) -> dict[str, np.ndarray]:
    """Return mean and inverse covariance of the training windows' errors, [D] and [D, D]."""
    size = N_STACKED * frames.shape[1]
    total, products = np.zeros(size), np.zeros((size, size))
    for first in range(0, len(starts), WINDOWS_AT_ONCE):
        error = _errors(layers, frames, starts[first : first + WINDOWS_AT_ONCE])
        total += error.sum(axis=0)
        products += error.T @ error
    mean = total / len(starts)
    covariance = products / len(starts) - np.outer(mean, mean)
    # With fewer windows than numbers in one there is no inverse: what never erred has no say.
    return {"mean": mean, "precision": np.linalg.pinv(covariance, rcond=LEAST_VARIANCE, hermitian=True)}


def _errors(
    layers: Sequence[tuple[np.ndarray, np.ndarray]], frames: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Return what the network does not give back of the windows that begin at ``starts``, float64 [N, D]."""
    windows = frames[starts[:, None] + np.arange(N_STACKED)].reshape(len(starts), -1).astype(np.float64)
    given_back = windows
    for number, (weights, offsets) in enumerate(layers):
        given_back = given_back @ weights + offsets
        if number + 1 < len(layers):
            given_back = np.maximum(given_back, 0.0)
    return np.asarray(windows - given_back)


def _layers(network: tf_keras.Sequential) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return the weights and offsets of each dense layer, with the normalisation that follows it."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for layer in network.layers:
        if isinstance(layer, tf_keras.layers.Dense):
            weights, offsets = (np.asarray(array, np.float64) for array in layer.get_weights())
            found.append((weights, offsets))
        elif isinstance(layer, tf_keras.layers.BatchNormalization):
            gain, shift, mean, variance = (np.asarray(array, np.float64) for array in layer.get_weights())
            scale = gain / np.sqrt(variance + layer.epsilon)
            weights, offsets = found[-1]
            found[-1] = (weights * scale, (offsets - mean) * scale + shift)
    return tuple(found)


def _steps(network: tf_keras.Sequential, frames: tf.Tensor) -> Callable[[tf.Tensor], object]:
    """Return ``STEPS_A_CALL`` steps of Adam as one compiled function of the windows' first frames [S, B]."""
    optimizer = tf_keras.optimizers.Adam(LEARNING_RATE, jit_compile=False)
    optimizer.build(network.trainable_variables)

    def step(number: tf.Tensor, starts: tf.Tensor) -> tf.Tensor:
        windows = _stacked(frames, starts[number])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(network(windows, training=True) - windows))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return number + 1

    @tf.function(autograph=False, jit_compile=True)
    def take(starts: tf.Tensor) -> tf.Tensor:
        return tf.while_loop(
            lambda number: number < STEPS_A_CALL, lambda number: (step(number, starts),), (tf.constant(0),)
        )

    return take


def _stacked(frames: tf.Tensor, starts: tf.Tensor) -> tf.Tensor:
    rows = tf.gather(frames, starts[:, None] + tf.range(N_STACKED))
    return tf.reshape(rows, (-1, N_STACKED * frames.shape[1]))


def _network(size: int, seed: int) -> tf_keras.Sequential:
    widths = [*[WIDTH] * N_LAYERS, BOTTLENECK, *[WIDTH] * N_LAYERS]
    layers: list[tf_keras.layers.Layer] = []
    for number, width in enumerate([*widths, size]):
        start = tf_keras.initializers.GlorotUniform(seed=seed * 1_000 + number)
        layers.append(tf_keras.layers.Dense(width, kernel_initializer=start, name=f"dense_{number}"))
        if number < len(widths):
            layers.append(tf_keras.layers.BatchNormalization(name=f"normalization_{number}"))
            layers.append(tf_keras.layers.ReLU())
    network = tf_keras.Sequential(layers)
    network.build((None, size))
    return network
