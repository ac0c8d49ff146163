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

from models.flows import (
    Epoch,
    FitOptions,
    FlowArchitecture,
    PrincipalFlow,
    restore_variables,
    variable_arrays,
)
from models.words.views import View

__all__ = ["ViewRatio"]


class ViewRatio:
    """Target flow and background flow of one view.

    Args:
        view: what is looked at.
        n_frames, n_bands: J and M.
        n_components, noise_scale: see ``PrincipalFlow``.
        architecture, background_architecture: of p and of q.
        seed: behind weights and noise.
    """

    def __init__(
        self,
        view: View,
        *,
        n_frames: int,
        n_bands: int,
        n_components: int,
        noise_scale: float,
        architecture: FlowArchitecture,
        background_architecture: FlowArchitecture,
        seed: int,
    ) -> None:
        self.view = view
        self.shape = (n_frames, n_bands)
        self.event_size = view.event_size(n_frames, n_bands)
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
        """Fit both flows, and return the history of the target's.

        All clips are warped.

        Args:
            copies: the training clips, then changed copies of them, [N, J, M] each.
            distorted: distorted copies.
            validation: target clips that decide when to stop the target's flow.
            distorted_validation: distorted copies that decide when to stop the background's.
            options: numbers of the fit.
            monitored: clips that are only followed.
            on_epoch: told of each epoch of both flows.
        """
        history = self.target.fit(
            [self.view.vectors(clips) for clips in copies],
            self.view.vectors(validation),
            options,
            monitored={name: self.view.vectors(clips) for name, clips in monitored.items()},
            on_epoch=lambda epoch: on_epoch(replace(epoch, part=f"{self.view.name}, target")),
        )
        self.background.fit(
            [self.view.vectors(clips) for clips in distorted],
            self.view.vectors(distorted_validation),
            options,
            on_epoch=lambda epoch: on_epoch(replace(epoch, part=f"{self.view.name}, background")),
        )
        return history

    def log_probs(self, warped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log p and log q of each warped clip in nats, [N] each."""
        vectors = self.view.vectors(warped)
        return self.target.log_prob(vectors), self.background.log_prob(vectors)

    def attributions(self, warped: np.ndarray) -> np.ndarray:
        """Return each frame's and band's share of the ratio, in nats: [N, J, M].

        They sum to what the ratio exceeds that of the target's mean by, see ``models.flows.attribution``.
        """
        vectors = self.view.vectors(warped)
        mean = self.target.mean.numpy()
        slopes = self.background.mean_slopes(vectors, mean) - self.target.mean_slopes(vectors, mean)
        away = warped - self.view.back(mean[None], *self.shape)
        return np.asarray(away * self.view.back(slopes, *self.shape))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the flows' variables, each name led by the view's."""
        name = self.view.name
        return {
            **variable_arrays(self.target, f"{name}/target"),
            **variable_arrays(self.background, f"{name}/background"),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        lead = f"{self.view.name}/"
        restore_variables(self.target, f"{lead}target", arrays)
        restore_variables(self.background, f"{lead}background", arrays)
