"""How dense is a clip of any length, frame by frame and band by band?

Conventions: a clip is [T, D + 1], its last column 1 where there is a frame and 0 in the padding at the
end; D bands are the others. The density of a clip given its number of frames is the product of its
frames' densities, each given its place and perhaps the frames before it. So that long clips and short
ones compare, ``log_prob`` is the mean over a clip's frames times a reference length, in nats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from models.flows import Epoch, FitOptions, Flow, FlowArchitecture, fit
from models.frames.context import ContextKind, FrameContext
from models.frames.separable import check_separable, feature_log_probs

__all__ = ["FrameDensity", "frame_counts"]


def frame_counts(clips: np.ndarray) -> np.ndarray:
    """Return the number of frames of each of ``clips`` [N, T, D + 1], int [N]."""
    return np.count_nonzero(clips[..., -1], axis=1)


class FrameDensity(tf.Module):
    """A flow over frames, conditioned on position or on the past; see the module.

    Args:
        event_size: bands of a frame, D.
        architecture: of the flow; its ``context_size`` is set to what the context needs.
        context: see ``FrameContext``; ``context_options`` are its further arguments.
        noise_scale: standard deviation of the blur while it is fitted, in deviations of a band.
        seed: of the initial weights and the noise.
        dtype: float32 or float64.

    Attributes:
        reference_length: frames that a clip's mean is multiplied by, a variable.
        compiled_attributions: ``attributions`` compiled by XLA.

    Raises:
        ValueError: a flow whose bands have no attributions of their own.
    """

    def __init__(
        self,
        event_size: int,
        architecture: FlowArchitecture,
        context: ContextKind,
        context_options: Mapping[str, int] | None = None,
        *,
        noise_scale: float = 0.0,
        seed: int = 0,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="frame_density")
        check_separable(architecture)
        self.noise_scale, self.seed = noise_scale, seed
        self.context = FrameContext(context, event_size, **(context_options or {}), seed=seed, dtype=dtype)
        sized = replace(architecture, context_size=self.context.size)
        self.flow = Flow(event_size, sized, seed=seed, dtype=dtype)
        self.reference_length = tf.Variable(tf.ones([], dtype), trainable=False, name="reference_length")
        self.compiled_log_prob = tf.function(self.log_prob, autograph=False, jit_compile=True)
        self.compiled_attributions = tf.function(self.attributions, autograph=False, jit_compile=True)

    def log_prob(self, clips: tf.Tensor) -> tf.Tensor:
        """Return the frames' mean log-density times the reference length, [B], of clips [B, T, D + 1]."""
        frames, context, weights = self._given(clips)
        flat = self.flow.log_prob(*(tf.reshape(part, [-1, part.shape[-1]]) for part in (frames, context)))
        by_frame = tf.reshape(flat, tf.shape(weights))
        return tf.reduce_sum(tf.where(weights > 0.0, weights * by_frame, 0.0), axis=-1)

    def attributions(self, clips: tf.Tensor) -> tf.Tensor:
        """Return each band's and frame's share of ``log_prob``, [B, T, D]: their sum; zeros in padding."""
        frames, context, weights = self._given(clips)
        flat = [tf.reshape(part, [-1, part.shape[-1]]) for part in (frames, context)]
        by_band = tf.reshape(feature_log_probs(self.flow, *flat), tf.shape(frames))
        weights = weights[..., None]
        return tf.where(weights > 0.0, weights * by_band, 0.0)

    def fit(
        self,
        train: Sequence[np.ndarray],
        validation: np.ndarray,
        options: FitOptions,
        *,
        reference_length: float,
        monitored: Mapping[str, np.ndarray] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    ) -> list[Epoch]:
        """Fit to versions of the same clips, each blurred with noise of its own.

        Args:
            train: versions [N, T, D + 1] each.
            validation: clips [M, T, D + 1] that decide when to stop.
            options: numbers of the fit.
            reference_length: see the class.
            monitored: clips that are only followed; blurred like the others, so that curves compare.
            on_epoch: told of each epoch.
        """
        self.reference_length.assign(reference_length)
        self.prepare(train)
        generator = np.random.default_rng(self.seed)
        # A generator of their own: what is followed must not change what is fitted.
        aside = np.random.default_rng([self.seed, 1])
        return fit(
            self,
            self.compiled_log_prob,
            [self._blurred(clips, generator) for clips in train],
            self._blurred(validation, generator),
            options,
            objective=self.log_prob,
            monitored={name: self._blurred(clips, aside) for name, clips in (monitored or {}).items()},
            on_epoch=on_epoch,
        )

    def prepare(self, versions: Sequence[np.ndarray]) -> None:
        """Set shift and scale from all frames of ``versions`` [N, T, D + 1] each, blur included."""
        frames = np.concatenate([clips[clips[..., -1] > 0.0][:, :-1] for clips in versions])
        self.flow.prepare(frames)
        self.flow.scale.assign(self.flow.scale * np.sqrt(1.0 + self.noise_scale**2))

    def _given(self, clips: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return frames [B, T, D], their context [B, T, C], and their weight in the clip's sum [B, T]."""
        frames, present = clips[..., :-1], clips[..., -1]
        n_frames = tf.reduce_sum(present, axis=-1)
        context = self.context((frames - self.flow.mean) / self.flow.scale, n_frames)
        weights = present * (self.reference_length / tf.maximum(n_frames, 1.0))[:, None]
        return frames, context, weights

    def _blurred(self, clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        # The flow's scale holds the blur already: divided out, one unit is the deviation of a band.
        deviation = self.flow.scale.numpy() / np.sqrt(1.0 + self.noise_scale**2)
        noise = generator.standard_normal(clips[..., :-1].shape, dtype=np.float32)
        blurred = np.array(clips, np.float32)
        blurred[..., :-1] += noise * (self.noise_scale * deviation) * clips[..., -1:]
        return blurred
