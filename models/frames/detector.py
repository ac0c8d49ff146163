"""How strange is a clip of any length, which of its frames and bands say so, and does time help?

A density of frames, each given its place and perhaps the frames before it, scores a clip with the sum of

    ratio    log q(x) - log p(x)     p: density of the target's clips
    density  -w log p(x)             q: density of distorted copies of them

in nats, as ``models.words.detector`` does for warped clips, or with -log p(x) alone. log p and log q
are means over a clip's frames times the mean number of frames of the training clips: a sum over frames
would call every long clip strange. The weight w makes the spread of the density term over the validation
clips a given share of the spread of the ratio.

Each frame and band has its share in either log-density, and so in the score; the attributions sum to it.
Conventions: clips [N, T, M + 1] as of ``models.frames.density``; T may differ from call to call.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from models.detector import Scores
from models.flows import Epoch, FitOptions, FlowArchitecture, restore_variables, variable_arrays
from models.frames.context import ContextKind
from models.frames.copies import copy_frames, stretch_frames
from models.frames.density import FrameDensity, frame_counts

__all__ = ["FrameDetector"]

# Clips that are scored at once, always as many: a score then does not depend on the company to the bit.
BATCH = 128
# Frames of a word, as short sounds ask for: models of vectors get every clip stretched to as many.
VECTOR_FRAMES = 24


class FrameDetector:
    """A density of frames, and perhaps one of distorted frames beside it; see the module.

    Args:
        n_bands: numbers of a frame, M.
        architecture: of the flows.
        context, context_options: see ``FrameContext``.
        noise_scale: blur while they are fitted, in deviations of a band.
        n_copies: changed copies of each clip, and distorted ones.
        gain_decibel, tract_range, tempo_range: see ``copy_frames``.
        distortions: kinds of ``models.augmentation.distortions`` for the background; none for no ratio.
        density_share: spread of the density term over that of the ratio, on validation clips.
        seed: behind weights, copies and noise.
    """

    def __init__(
        self,
        n_bands: int,
        *,
        architecture: FlowArchitecture,
        context: ContextKind,
        context_options: Mapping[str, int],
        noise_scale: float,
        n_copies: int,
        gain_decibel: float,
        tract_range: float,
        tempo_range: float,
        distortions: Sequence[str],
        density_share: float,
        seed: int,
    ) -> None:
        self.n_bands = n_bands
        self.n_copies = n_copies
        self.gain_decibel, self.tract_range, self.tempo_range = gain_decibel, tract_range, tempo_range
        self.distortions = tuple(distortions)
        self.density_share = density_share
        self.density_weight = 1.0
        self.seed = seed
        names = ("target", "background") if self.distortions else ("target",)
        self.densities = {
            name: FrameDensity(
                n_bands,
                architecture,
                context,
                context_options,
                noise_scale=noise_scale,
                seed=2 * seed + number,
            )
            for number, name in enumerate(names)
        }
        self.n_flows = len(self.densities)

    def fit(
        self,
        train: np.ndarray,
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
        auxiliary: np.ndarray | None = None,
    ) -> list[Epoch]:
        """Fit both densities; the history is that of the target's. See ``Detector``.

        Auxiliary clips join the distorted copies under the background's density.
        """
        self._check(train)
        if auxiliary is not None and not self.distortions:
            raise ValueError(
                f"a log-likelihood without a ratio has no background to fit to the {len(auxiliary)} "
                "auxiliary clips; set model.with_background=true"
            )
        generator = np.random.default_rng(self.seed)
        reference_length = float(frame_counts(train).mean())
        changed = [self._copies(train, generator) for _ in range(self.n_copies)]
        history = self.densities["target"].fit(
            [train, *changed],
            validation,
            options,
            reference_length=reference_length,
            monitored=monitored,
            on_epoch=lambda epoch: on_epoch(replace(epoch, part="target" if self.distortions else "")),
        )
        if self.distortions:
            others = [self._copies(train, generator, self.distortions) for _ in range(self.n_copies)]
            if auxiliary is not None:
                drawn = (generator.choice(len(auxiliary), len(train)) for _ in range(self.n_copies))
                others += [self._copies(auxiliary[chosen], generator) for chosen in drawn]
            self.densities["background"].fit(
                others,
                np.concatenate([self._copies(validation, generator, self.distortions) for _ in range(2)]),
                options,
                reference_length=reference_length,
                on_epoch=lambda epoch: on_epoch(replace(epoch, part="background")),
            )
            target, background = self._log_probs(validation)
            spread = max(float(target.std()), 1e-9)
            self.density_weight = self.density_share * float((background - target).std()) / spread
        return history

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip [N, T, M + 1]; see ``Detector``."""
        target, *background = self._log_probs(features)
        terms = {"ratio": background[0] - target} if background else {}
        return Scores(log_prob=target, terms={**terms, "density": -self.density_weight * target})

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return the share of each frame and band in the score of ``features`` [N, T, M + 1], in nats.

        Returns:
            float64 [N, T, M]; their sum over a clip is its score; zeros where it has no frame.
        """
        blocks = []
        for target, *background in self._attributions(features):
            ratio = background[0] - target if background else 0.0
            blocks.append(ratio - self.density_weight * target)
        return np.concatenate(blocks)

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the frames of each clip, stretched to one number of them; see ``Detector``."""
        n_clips = len(features)
        after = np.full(n_clips, VECTOR_FRAMES)
        frames = stretch_frames(features[..., :-1], frame_counts(features), after, VECTOR_FRAMES)
        return frames.reshape(n_clips, -1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the densities' variables and the weight."""
        fitted = {"density_weight": np.array(self.density_weight)}
        for name, density in self.densities.items():
            fitted |= variable_arrays(density, name)
        return fitted

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        for name, density in self.densities.items():
            restore_variables(density, name, arrays)
        if "density_weight" not in arrays:
            raise ValueError("density_weight is missing")
        self.density_weight = float(arrays["density_weight"])

    def _log_probs(self, features: np.ndarray) -> list[np.ndarray]:
        """Return log p, and log q where there is one, of each clip: float64 [N] each."""
        blocks = [
            [attributions.sum(axis=(1, 2)) for attributions in block]
            for block in self._attributions(features)
        ]
        return [np.concatenate(values) for values in zip(*blocks, strict=True)]

    def _attributions(self, features: np.ndarray) -> Iterator[list[np.ndarray]]:
        """Yield each density's attributions of some consecutive clips, float64 [n, T, M]."""
        self._check(features)
        for start in range(0, len(features), BATCH):
            rows = np.asarray(features[start : start + BATCH], np.float32)
            padding = np.repeat(rows[-1:], BATCH - len(rows), axis=0)
            batch = tf.constant(np.concatenate([rows, padding]))
            yield [
                density.compiled_attributions(batch).numpy()[: len(rows)].astype(np.float64)
                for density in self.densities.values()
            ]

    def _check(self, features: np.ndarray) -> None:
        if features.ndim != 3 or features.shape[2] != self.n_bands + 1:
            raise ValueError(
                f"clips need shape (n_clips, n_frames, {self.n_bands + 1}), the bands and a column that says "
                f"where there is a frame, got {features.shape}; compute features.kind='frames'"
            )

    def _copies(
        self, clips: np.ndarray, generator: np.random.Generator, distortions: Sequence[str] = ()
    ) -> np.ndarray:
        return copy_frames(
            clips,
            generator,
            gain_decibel=self.gain_decibel,
            tract_range=self.tract_range,
            tempo_range=self.tempo_range,
            distortions=distortions,
        )
