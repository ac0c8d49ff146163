"""How much likelier are the target's distorted copies than the target, in one view of a clip?

    ratio    log q(x) - log p(x)            p: density of the target's clips
                                            q: density of distorted copies of them

p and q are flows over the view of the warped frames, fitted to augmented copies of the target's training
clips, for q distorted first. What p and q share (voice, room, microphone) cancels; what is left is what
was said. q is best kept broad: one that follows the distorted copies closely falls off between them, where
other words lie, and calls those likely targets. In nats; clips are log-mel frames in decibel [N, T, M].
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from models.architecture import FlowArchitecture
from models.attribution import mean_slopes
from models.principal_flow import PrincipalFlow
from models.template import Template
from models.training import Epoch, FitOptions
from models.variables import restore_variables, variable_arrays
from models.views import View

__all__ = ["ViewRatio"]


class ViewRatio:
    """Template, target flow and background flow of one view.

    Args:
        view: what is looked at.
        template: unfitted.
        n_bands: M.
        n_components, noise_scale: see ``PrincipalFlow``.
        architecture, background_architecture: of p and of q.
        seed: behind weights and noise.
    """

    def __init__(
        self,
        view: View,
        template: Template,
        *,
        n_bands: int,
        n_components: int,
        noise_scale: float,
        architecture: FlowArchitecture,
        background_architecture: FlowArchitecture,
        seed: int,
    ) -> None:
        self.view = view
        self.template = template
        self.n_bands = n_bands
        self.event_size = view.event_size(template.n_frames, n_bands)
        self.target, self.background = (
            PrincipalFlow(
                self.event_size,
                n_components=n_components,
                noise_scale=noise_scale,
                architecture=chosen,
                seed=2 * seed + side,
            )
            for side, chosen in enumerate((architecture, background_architecture))
        )

    def fit(
        self,
        copies: Sequence[np.ndarray],
        distorted: Sequence[np.ndarray],
        validation: np.ndarray,
        distorted_validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
    ) -> list[Epoch]:
        """Fit template and flows, and return the history of the target's flow.

        Args:
            copies: the training clips, then changed copies of them, [N, T, M] each.
            distorted: distorted copies.
            validation: target clips that decide when to stop the target's flow.
            distorted_validation: distorted copies that decide when to stop the background's.
            options: numbers of the fit.
            monitored: clips that are only followed.
            on_epoch: told of each epoch of both flows.
        """
        self.template.fit(self.view.smooth(copies[0]))
        history = self.target.fit(
            [self.vectors(clips) for clips in copies],
            self.vectors(validation),
            options,
            monitored={name: self.vectors(clips) for name, clips in monitored.items()},
            on_epoch=lambda epoch: on_epoch(replace(epoch, part=f"{self.view.name}, target")),
        )
        self.background.fit(
            [self.vectors(clips) for clips in distorted],
            self.vectors(distorted_validation),
            options,
            on_epoch=lambda epoch: on_epoch(replace(epoch, part=f"{self.view.name}, background")),
        )
        return history

    def vectors(self, clips: np.ndarray) -> np.ndarray:
        """Return the view of clips [N, T, M], warped: float32 [N, D]."""
        return self.view.vectors(self.template.warp(self.view.smooth(clips)))

    def log_probs(self, clips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log p and log q of each clip in nats, [N] each."""
        vectors = self.vectors(clips)
        return self.target.log_prob(vectors), self.background.log_prob(vectors)

    def shares(self, clips: np.ndarray) -> np.ndarray:
        """Return each frame's and band's share of the ratio, in nats: [N, T, M].

        They sum to what the ratio exceeds that of the target's mean by, see ``models.attribution``. The
        share of a warped frame goes to the clip's frames that it is the mean of, in equal parts.
        """
        smooth = self.view.smooth(clips)
        weights = self.template.weights(smooth)
        warped = weights @ smooth
        vectors = self.view.vectors(warped)
        mean = self.target.mean.numpy()
        slopes = mean_slopes(self._ratio, vectors, mean)
        shape = (self.template.n_frames, self.n_bands)
        away = warped - self.view.back(mean[None], *shape)
        return np.asarray(weights.transpose(0, 2, 1) @ (away * self.view.back(slopes, *shape)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return template and flows, each name led by the view's."""
        name = self.view.name
        return {
            **{f"{name}/{key}": array for key, array in self.template.arrays().items()},
            **variable_arrays(self.target, f"{name}/target"),
            **variable_arrays(self.background, f"{name}/background"),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        lead = f"{self.view.name}/"
        own = {key.removeprefix(lead): array for key, array in arrays.items() if key.startswith(lead)}
        self.template.restore(own)
        restore_variables(self.target, f"{lead}target", arrays)
        restore_variables(self.background, f"{lead}background", arrays)

    def _ratio(self, vectors: tf.Tensor) -> tf.Tensor:
        return self.background.distribution.log_prob(vectors) - self.target.distribution.log_prob(vectors)
