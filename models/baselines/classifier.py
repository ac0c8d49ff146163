"""Which word is spoken, told by a small convolutional network that has heard every word?

The supervised ceiling of a one-class detector: it sees labelled clips of all classes, and says how much
of what tells the words apart is in the spectrogram at all. Conventions: clips [N, T, M] are band levels;
``log_prob`` [N, C] are log-probabilities of the classes, in nats, each row's exponentials summing to 1.
Each band is standardised over the training clips. Training sees every clip changed a little each time:
moved in time, played louder or softer, and with a band of time and one of frequency masked.
Source of the masks: Park et al. 2019, "SpecAugment".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tf_keras

from models.flows import restore_variables, variable_arrays

__all__ = ["Augmentation", "ClassifierEpoch", "WordClassifier", "changed_copies"]

SCORING_BATCH_SIZE = 256


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far a training clip is changed; each amount is drawn evenly up to its bound."""

    shift_frames: int = 10
    gain_decibel: float = 6.0
    masked_frames: int = 12
    masked_bands: int = 6


@dataclass(frozen=True, kw_only=True)
class ClassifierEpoch:
    """What is known after an epoch: mean cross-entropies in nats, and the share of validation clips right."""

    number: int
    training_loss: float
    validation_loss: float
    validation_accuracy: float


def changed_copies(clips: np.ndarray, generator: np.random.Generator, amounts: Augmentation) -> np.ndarray:
    """Return clips [N, T, M] moved in time, with another level, and masked by their own mean level."""
    n, n_frames, n_bands = (int(size) for size in clips.shape)
    copies = clips + generator.uniform(-1, 1, (n, 1, 1)).astype(np.float32) * np.float32(amounts.gain_decibel)
    moved = generator.integers(-amounts.shift_frames, amounts.shift_frames + 1, n)
    # Frames that are moved in from outside repeat the first or last one: the room, not a jump.
    places = np.clip(np.arange(n_frames) - moved[:, None], 0, n_frames - 1)
    copies = np.take_along_axis(copies, places[:, :, None], axis=1)
    level = copies.mean(axis=(1, 2), keepdims=True)
    frames = _spans(n, n_frames, amounts.masked_frames, generator)[:, :, None]
    bands = _spans(n, n_bands, amounts.masked_bands, generator)[:, None, :]
    return np.asarray(np.where(frames | bands, level, copies), np.float32)


class WordClassifier(tf.Module):
    """Four convolutions, each with batch normalisation and half the size, and a mean over time.

    The first has a stride of 2, not a maximum after it: at full size that would cost as much as the rest.

    Args:
        shape: frames and bands of a clip, (T, M).
        n_classes: C.
        seed: of the initial weights, the order of clips, their changes and the dropout.
        channels: of each convolution.
        dropout: share of the last features that is left out in training.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        n_classes: int,
        *,
        seed: int = 0,
        channels: Sequence[int] = (24, 32, 64, 96),
        dropout: float = 0.3,
    ) -> None:
        super().__init__(name="word_classifier")
        self.shape, self.n_classes, self.seed = shape, n_classes, seed
        self.mean = tf.Variable(tf.zeros([shape[1]]), trainable=False, name="mean")
        self.scale = tf.Variable(tf.ones([shape[1]]), trainable=False, name="scale")
        # Names of our own: Keras numbers its layers through a process, and a name is part of an array's.
        layers: list[tf_keras.layers.Layer] = []
        for number, n_channels in enumerate(channels):
            start = tf_keras.initializers.HeNormal(seed=seed + number)
            layers += [
                tf_keras.layers.Conv2D(
                    n_channels,
                    3,
                    strides=1 if number else 2,
                    padding="same",
                    use_bias=False,
                    kernel_initializer=start,
                    name=f"convolution_{number}",
                ),
                # The default of 0.99 still remembers the start after the first epochs of a small corpus.
                tf_keras.layers.BatchNormalization(momentum=0.9, name=f"normalization_{number}"),
                tf_keras.layers.ReLU(),
            ]
            if number:
                layers.append(tf_keras.layers.MaxPool2D(2, padding="same"))
        # A mean over time alone: which band is loud says more than that one is.
        n_frames_left = -(-shape[0] // 2 ** len(channels))
        layers += [
            tf_keras.layers.AveragePooling2D((n_frames_left, 1)),
            tf_keras.layers.Flatten(),
            tf_keras.layers.Dropout(dropout, seed=seed),
            tf_keras.layers.Dense(
                n_classes,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + len(channels)),
                name="classes",
            ),
        ]
        self.network = tf_keras.Sequential(layers)
        self.network.build((None, *shape, 1))

    def fit(
        self,
        clips: np.ndarray,
        label: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray],
        *,
        max_epochs: int = 30,
        patience: int = 6,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        augmentation: Augmentation | None = None,
        on_epoch: Callable[[ClassifierEpoch], None] = lambda epoch: None,
    ) -> list[ClassifierEpoch]:
        """Fit to ``clips`` [N, T, M] with classes ``label`` [N], and leave the best weights by validation.

        Args:
            clips: what is learned from.
            label: their classes.
            validation: clips and labels whose cross-entropy decides when to stop.
            max_epochs: upper bound.
            patience: epochs without a better cross-entropy before it stops.
            batch_size: clips a step; the last batch of an epoch takes what is left.
            learning_rate: Adam's, falling to zero along half a cosine over ``max_epochs``.
            augmentation: how far clips are changed; the defaults where None.
            on_epoch: told of each epoch as it ends.

        Raises:
            ValueError: no clips, or labels that are no class.
        """
        for name, rows, classes in (("training", clips, label), ("validation", *validation)):
            if not len(rows) or classes.min() < 0 or classes.max() >= self.n_classes:
                raise ValueError(f"{len(rows)} {name} clips with labels other than 0 to {self.n_classes - 1}")
        amounts = augmentation or Augmentation()
        self.mean.assign(clips.mean(axis=(0, 1), dtype=np.float64))
        self.scale.assign(np.maximum(clips.std(axis=(0, 1), dtype=np.float64), 1e-6))
        n_steps = max_epochs * -(-len(clips) // batch_size)
        optimizer = tf_keras.optimizers.Adam(
            tf_keras.optimizers.schedules.CosineDecay(learning_rate, n_steps), jit_compile=False
        )
        variables = self.network.trainable_variables
        optimizer.build(variables)

        @tf.function(autograph=False, reduce_retracing=True)
        def step(batch: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                logits = self.network(self._standardised(batch), training=True)
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=logits)
                )
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            return loss

        generator = np.random.default_rng(self.seed)
        best_loss, best, stale = np.inf, self.arrays(), 0
        history: list[ClassifierEpoch] = []
        while len(history) < max_epochs and stale < patience:
            order = generator.permutation(len(clips))
            losses = []
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                copies = changed_copies(clips[rows], generator, amounts)
                losses.append(float(step(tf.constant(copies), tf.constant(label[rows], tf.int32))))
            log_prob = self.log_prob(validation[0])
            loss = -float(log_prob[np.arange(len(log_prob)), validation[1]].mean())
            accuracy = float(np.mean(log_prob.argmax(axis=1) == validation[1]))
            history.append(
                ClassifierEpoch(
                    number=len(history) + 1,
                    training_loss=float(np.mean(losses)),
                    validation_loss=loss,
                    validation_accuracy=accuracy,
                )
            )
            on_epoch(history[-1])
            stale += 1
            if loss < best_loss:
                best_loss, best, stale = loss, self.arrays(), 0
        self.restore(best)
        return history

    def log_prob(self, clips: np.ndarray) -> np.ndarray:
        """Return log-probabilities of the classes, float32 [N, C], every batch padded to one size."""
        values = np.empty((len(clips), self.n_classes), np.float32)
        for start in range(0, len(clips), SCORING_BATCH_SIZE):
            rows = np.asarray(clips[start : start + SCORING_BATCH_SIZE], np.float32)
            padding = np.repeat(rows[-1:], SCORING_BATCH_SIZE - len(rows), axis=0)
            scored = self._log_prob(tf.constant(np.concatenate([rows, padding])))
            values[start : start + len(rows)] = scored.numpy()[: len(rows)]
        return values

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that was fitted."""
        return variable_arrays(self, "classifier")

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        restore_variables(self, "classifier", arrays)

    @tf.function(autograph=False, reduce_retracing=True)
    def _log_prob(self, batch: tf.Tensor) -> tf.Tensor:
        return tf.nn.log_softmax(self.network(self._standardised(batch), training=False))

    def _standardised(self, batch: tf.Tensor) -> tf.Tensor:
        return ((batch - self.mean) / self.scale)[..., None]


def _spans(n: int, length: int, longest: int, generator: np.random.Generator) -> np.ndarray:
    """Return one masked span of 0 to ``longest`` places in each of ``n`` rows, bool [n, length]."""
    span = generator.integers(0, longest + 1, n)
    start = generator.integers(0, length - span + 1)
    places = np.arange(length)
    return (places >= start[:, None]) & (places < (start + span)[:, None])
