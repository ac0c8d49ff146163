"""What does the detector of spoken words do?

It warps every clip to the target's template, and sums two terms in nats:

    ratio    log q(x) - log p(x)            p: density of the target's clips
    density  -w log p(x)                    q: density of distorted copies of them

p and q are flows of one kind over the warped frames, fitted to augmented copies of the target's
training clips, for q distorted first. What p and q share (voice, room, microphone) cancels in the
ratio; the density keeps what is unlike anything known from passing. The weight w makes the spread of
the density over the validation clips a given share of the spread of the ratio.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.architecture import FlowArchitecture
from models.augmentation import augment
from models.detector import Scores
from models.distortions import distort
from models.principal_flow import PrincipalFlow
from models.template import Template
from models.training import Epoch, FitOptions, evaluate
from models.variables import restore_variables, variable_arrays

__all__ = ["TemplateDetector"]


class TemplateDetector:
    """Template, target flow and background flow; see the module.

    Args:
        feature_shape: frames and mel bands of one clip, (T, M).
        template: unfitted.
        n_components, noise_scale, architecture: see ``PrincipalFlow``.
        distortions: kinds of ``models.distortions`` for the background.
        n_copies: augmented copies of each clip, and distorted ones.
        gain_decibel, tract_range: see ``models.augmentation``.
        density_share: spread of the density term over that of the ratio, on validation clips.
        seed: behind weights, copies and noise.
    """

    n_flows = 2

    def __init__(
        self,
        feature_shape: Sequence[int],
        *,
        template: Template,
        n_components: int,
        noise_scale: float,
        architecture: FlowArchitecture,
        distortions: Sequence[str],
        n_copies: int,
        gain_decibel: float,
        tract_range: float,
        density_share: float,
        seed: int,
    ) -> None:
        self.template = template
        self.event_size = template.n_frames * feature_shape[1]
        self.distortions = tuple(distortions)
        self.n_copies = n_copies
        self.gain_decibel = gain_decibel
        self.tract_range = tract_range
        self.density_share = density_share
        self.density_weight = 0.0
        self.seed = seed
        self.target, self.background = (
            PrincipalFlow(
                self.event_size,
                n_components=n_components,
                noise_scale=noise_scale,
                architecture=architecture,
                seed=2 * seed + side,
            )
            for side in range(2)
        )

    def fit(
        self,
        train: np.ndarray,
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
    ) -> list[Epoch]:
        """Fit template and both flows; the history is that of the target's flow. See ``Detector``."""
        generator = np.random.default_rng(self.seed)
        self.template.fit(train)
        versions = [train, *(self._augmented(train, generator) for _ in range(self.n_copies))]
        history = self.target.fit(
            [self._vectors(version) for version in versions],
            self._vectors(validation),
            options,
            monitored={name: self._vectors(clips) for name, clips in monitored.items()},
            on_epoch=lambda epoch: on_epoch(replace(epoch, part="target")),
        )
        others = [self._distorted(train, generator) for _ in range(self.n_copies)]
        self.background.fit(
            [self._vectors(other) for other in others],
            self._vectors(np.concatenate([self._distorted(validation, generator) for _ in range(2)])),
            options,
            on_epoch=lambda epoch: on_epoch(replace(epoch, part="background")),
        )
        density, ratio = self._terms(validation)
        self.density_weight = float(self.density_share * ratio.std() / max(density.std(), 1e-9))
        return history

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip; see ``Detector``."""
        density, ratio = self._terms(features)
        return Scores(log_prob=-density, terms={"ratio": ratio, "density": self.density_weight * density})

    def arrays(self) -> dict[str, np.ndarray]:
        """Return template, flows and weight."""
        return {
            **self.template.arrays(),
            **variable_arrays(self.target, "target"),
            **variable_arrays(self.background, "background"),
            "density_weight": np.array(self.density_weight),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        self.template.restore(arrays)
        restore_variables(self.target, "target", arrays)
        restore_variables(self.background, "background", arrays)
        if "density_weight" not in arrays:
            raise ValueError("density_weight is missing")
        self.density_weight = float(arrays["density_weight"])

    def _terms(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return minus log p and log q - log p of each clip, float32 [N]."""
        vectors = self._vectors(features)
        target, background = (evaluate(flow.log_prob, vectors) for flow in (self.target, self.background))
        return -target, background - target

    def _vectors(self, clips: np.ndarray) -> np.ndarray:
        return self.template.warp(clips).reshape(len(clips), self.event_size)

    def _augmented(self, clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return augment(clips, generator, gain_decibel=self.gain_decibel, tract_range=self.tract_range)

    def _distorted(self, clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return distort(self._augmented(clips, generator), generator, self.distortions)
