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

import numpy as np
import tensorflow as tf
import tf_keras

__all__ = ["N_STACKED", "FrameAutoencoder"]

N_STACKED = 5
WIDTH, N_LAYERS, BOTTLENECK = 128, 4, 8
BATCH_SIZE, EPOCHS, LEARNING_RATE = 256, 100, 1e-3
# A minute or two on two cores. The published 100 epochs fit in with 25,600 windows, 14 minutes of sound.
MAX_STEPS = 10_000
STEPS_A_CALL = 50
LEAST_VARIANCE = 1e-6  # of the largest one; below it an error is rounding
WINDOWS_AT_ONCE = 4_096


class FrameAutoencoder:
    """An autoencoder of stacked frames, not fitted yet; see the module.

    Args:
        recordings: frames of each training recording.
        seed: of the first weights and the order of windows.

    Raises:
        ValueError: fewer than two windows in all.

    Attributes:
        n_steps: of a fit.
    """

    def __init__(self, recordings: Sequence[np.ndarray], *, seed: int) -> None:
        lengths = [len(frames) for frames in recordings]
        starts = [
            np.arange(end - n, end - N_STACKED + 1)
            for end, n in zip(np.cumsum(lengths), lengths, strict=True)
        ]
        self._starts = np.concatenate(starts).astype(np.int32)
        if len(self._starts) < 2:
            raise ValueError(
                f"an autoencoder needs at least 2 windows of {N_STACKED} frames, got {len(self._starts)}"
            )
        self._frames = tf.constant(np.concatenate(recordings), tf.float32)
        self._generator = np.random.default_rng(seed)
        self._batch_size = min(BATCH_SIZE, len(self._starts))
        self.network = _network(N_STACKED * self._frames.shape[1], seed)
        n_steps = min(EPOCHS * (len(self._starts) // self._batch_size), MAX_STEPS)
        self.n_steps = -(-n_steps // STEPS_A_CALL) * STEPS_A_CALL

    def fit(self, advance: Callable[[int], None] = lambda n_steps: None) -> None:
        """Train, and measure how the training windows' errors spread.

        Args:
            advance: told of steps done since it was last told.
        """
        take = _steps(self.network, self._frames)
        size = STEPS_A_CALL * self._batch_size
        order = np.empty(0, np.int32)
        for _ in range(self.n_steps // STEPS_A_CALL):
            while len(order) < size:
                order = np.concatenate([order, self._generator.permutation(self._starts)])
            batches, order = np.split(order, [size])
            take(tf.constant(batches.reshape(STEPS_A_CALL, self._batch_size)))
            advance(STEPS_A_CALL)
        self._mean, self._precision = self._spread_of_errors()

    def score(self, frames: np.ndarray) -> tuple[float, float]:
        """Return the mean squared error and the mean squared Mahalanobis distance of one recording.

        A recording of fewer frames than a window has is followed by its last frame.
        """
        missing = max(N_STACKED - len(frames), 0)
        padded = np.pad(frames, ((0, missing), (0, 0)), mode="edge") if missing else frames
        starts = np.arange(len(padded) - N_STACKED + 1, dtype=np.int32)
        error = self._error(tf.constant(padded, tf.float32), starts)
        centred = error - self._mean
        distances = ((centred @ self._precision) * centred).sum(axis=1)
        return float(np.mean(error**2)), float(distances.mean())

    def _spread_of_errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and inverse covariance of the training windows' errors, [D] and [D, D]."""
        size = int(self.network.output_shape[1])
        total, products = np.zeros(size), np.zeros((size, size))
        for first in range(0, len(self._starts), WINDOWS_AT_ONCE):
            error = self._error(self._frames, self._starts[first : first + WINDOWS_AT_ONCE])
            total += error.sum(axis=0)
            products += error.T @ error
        mean = total / len(self._starts)
        covariance = products / len(self._starts) - np.outer(mean, mean)
        # With fewer windows than numbers in one there is no inverse: what never erred has no say.
        return mean, np.linalg.pinv(covariance, rcond=LEAST_VARIANCE, hermitian=True)

    def _error(self, frames: tf.Tensor, starts: np.ndarray) -> np.ndarray:
        """Return what the network does not give back of windows, float64 [n_windows, D]."""
        windows = _stacked(frames, tf.constant(starts))
        return np.asarray(windows - self.network(windows, training=False), np.float64)


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
