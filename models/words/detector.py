"""What does the detector of spoken words do?

It warps every clip to the target's template, looks at it in several ways, and sums in nats

    ratio of each view    w (log q(x) - log p(x)), see models/words/view_ratio.py
    direction             how far the ratios are from falling as usual when the clip is turned round,
                          see models/words/direction.py
    contrast              how far the clip is from rising above its noise as usual,
                          see models/words/contrast.py

The weights make the views' spreads over the validation clips equal, and their sum a mean of ratios. Each
is a log-likelihood ratio of two flows: the density alone ranks by voice and room as much as by word.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from models.augmentation import augment, distort, move_ends
from models.detector import Scores
from models.flows import Epoch, FitOptions, FlowArchitecture
from models.words.contrast import Contrast
from models.words.direction import Direction
from models.words.template import Template
from models.words.uniform_timing import UniformTiming
from models.words.view_ratio import ViewRatio
from models.words.views import View
from models.words.warp import Warp

__all__ = ["TemplateDetector"]


class TemplateDetector:
    """One ratio of flows a view, direction and contrast; see the module.

    Args:
        feature_shape: frames and mel bands of one clip, (T, M).
        views: what is looked at; the first one's target flow gives ``log_prob``.
        make_template: returns an unfitted template.
        n_components, noise_scale, architecture, background_architecture: see ``ViewRatio``.
        distortions: kinds of ``models.augmentation.distortions`` for the background.
        n_copies: augmented copies of each clip, and distorted ones.
        gain_decibel, tract_range, edge_range: see ``models.augmentation.mild``.
        direction_weight: factor of the direction; 0 leaves it out.
        seed: behind weights, copies and noise.
    """

    def __init__(
        self,
        feature_shape: Sequence[int],
        *,
        views: Sequence[View],
        make_template: Callable[[], Template],
        n_components: int,
        noise_scale: float,
        architecture: FlowArchitecture,
        background_architecture: FlowArchitecture,
        distortions: Sequence[str],
        n_copies: int,
        gain_decibel: float,
        tract_range: float,
        edge_range: float,
        direction_weight: float,
        seed: int,
    ) -> None:
        trained = (architecture.family != "affine") + (background_architecture.family != "affine")
        self.n_flows = trained * len(views)
        self.distortions = tuple(distortions)
        self.n_copies = n_copies
        self.gain_decibel = gain_decibel
        self.tract_range = tract_range
        self.edge_range = edge_range
        self.seed = seed
        self.direction_weight = direction_weight
        self.direction = Direction()
        self.contrast = Contrast()
        self.weights: np.ndarray = np.zeros(len(views))
        n_frames = make_template().n_frames
        self.warps = {
            view.timing: Warp(view.smoothing, make_template() if view.is_warped else UniformTiming(n_frames))
            for view in views
        }
        self.ratios = [
            ViewRatio(
                view,
                n_frames=n_frames,
                n_bands=feature_shape[1],
                n_components=n_components,
                noise_scale=noise_scale,
                architecture=architecture,
                background_architecture=background_architecture,
                seed=len(views) * seed + number,
            )
            for number, view in enumerate(views)
        ]

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
        """Fit all flows; the history is that of the first view's target flow. See ``Detector``.

        Auxiliary clips join the distorted copies under the background flows.
        """
        n_distorted = self.n_copies * (1 if auxiliary is None else 2)
        self.contrast.fit(train, validation)
        histories: dict[str, list[Epoch]] = {}
        for timing, warp in self.warps.items():
            warp.fit(train)
            # Made again for each timing: to keep all of them beside the warped ones takes more memory.
            copies = self._copies(train, validation, auxiliary)
            warped = [warp(clips) for clips in islice(copies, 1 + self.n_copies)]
            warped_distorted = [warp(clips) for clips in islice(copies, n_distorted)]
            warped_validation, warped_distorted_validation = warp(validation), warp(np.concatenate([*copies]))
            for ratio in self.ratios:
                if ratio.view.timing == timing:
                    histories[ratio.view.name] = ratio.fit(
                        warped,
                        warped_distorted,
                        warped_validation,
                        warped_distorted_validation,
                        options,
                        monitored={name: warp(clips) for name, clips in monitored.items()}
                        if ratio is self.ratios[0]
                        else {},
                        on_epoch=on_epoch,
                    )
        log_probs = self._log_probs(validation)
        spreads = np.array([_spread(*of_view) for of_view in log_probs])
        self.weights = spreads.mean() / (len(spreads) * spreads)
        if self.direction_weight:
            self.direction.fit(
                self._margins(train, self._log_probs(train)), self._margins(validation, log_probs)
            )
        return histories[self.ratios[0].view.name]

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip; see ``Detector``."""
        log_probs = self._log_probs(features)
        terms = self._ratios(log_probs)
        if self.direction_weight:
            excess = self.direction.excess(self._margins(features, log_probs))
            terms["direction"] = self.direction_weight * excess
        return Scores(log_prob=log_probs[0][0], terms={**terms, "contrast": self.contrast.excess(features)})

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return each frame's and band's share of the views' terms; see ``Detector``.

        The share of a warped frame goes to the clip's frames that it is the mean of, in equal parts.
        """
        attributions = np.zeros(features.shape)
        for timing, warp in self.warps.items():
            warped, weights = warp.weights(features)
            for ratio, weight in zip(self.ratios, self.weights, strict=True):
                if ratio.view.timing == timing:
                    attributions += weight * (weights.transpose(0, 2, 1) @ ratio.attributions(warped))
        return attributions

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the first view of the warped clips; see ``Detector``."""
        view = self.ratios[0].view
        return view.vectors(self.warps[view.timing](features))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return templates, flows, direction, contrast and weights."""
        own = {"weights": self.weights, **self.direction.arrays(), **self.contrast.arrays()}
        for warp in self.warps.values():
            own |= warp.arrays()
        for ratio in self.ratios:
            own |= ratio.arrays()
        return own

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        for warp in self.warps.values():
            warp.restore(arrays)
        for ratio in self.ratios:
            ratio.restore(arrays)
        self.direction.restore(arrays)
        self.contrast.restore(arrays)
        if "weights" not in arrays or arrays["weights"].shape != self.weights.shape:
            raise ValueError(f"weights needs shape {self.weights.shape}")
        self.weights = arrays["weights"]

    def _log_probs(self, features: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return log p and log q in each view, in nats."""
        smooth: dict[tuple[int, int], np.ndarray] = {}  # some timings begin alike
        warped = {}
        for timing, warp in self.warps.items():
            if warp.smoothing not in smooth:
                smooth[warp.smoothing] = warp.smooth(features)
            warped[timing] = warp.of_smooth(smooth[warp.smoothing])
        return [ratio.log_probs(warped[ratio.view.timing]) for ratio in self.ratios]

    def _ratios(self, log_probs: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return the weighted ratio of each view, in nats."""
        return {
            ratio.view.name: weight * (background - target)
            for ratio, weight, (target, background) in zip(self.ratios, self.weights, log_probs, strict=True)
        }

    def _margins(
        self, features: np.ndarray, log_probs: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """Return what clips of these log p and log q lose when turned round: nats, below 0 for a loss."""
        return self._total(log_probs) - self._total(self._log_probs(features[:, ::-1]))

    def _total(self, log_probs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        return np.sum(list(self._ratios(log_probs).values()), axis=0)

    def _copies(
        self, train: np.ndarray, validation: np.ndarray, auxiliary: np.ndarray | None
    ) -> Iterator[np.ndarray]:
        """Yield what is warped, the same each time: the training clips, then copies of ``n_copies`` draws.

        These are augmented ones, distorted ones, augmented ones of the auxiliary clips where there are any,
        and at last two distorted ones of the validation clips.
        """
        generator = np.random.default_rng(self.seed)
        yield train
        for _ in range(self.n_copies):
            yield self._augmented(train, generator)
        for _ in range(self.n_copies):
            yield self._distorted(train, generator)
        if auxiliary is not None:
            for _ in range(self.n_copies):
                yield self._augmented(auxiliary[generator.choice(len(auxiliary), len(train))], generator)
        for _ in range(2):
            yield self._distorted(validation, generator)

    def _augmented(self, clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        moved = move_ends(clips, generator, self.edge_range)
        return augment(moved, generator, gain_decibel=self.gain_decibel, tract_range=self.tract_range)

    def _distorted(self, clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return distort(self._augmented(clips, generator), generator, self.distortions)


def _spread(target: np.ndarray, background: np.ndarray) -> float:
    """Return the deviation of the ratio over clips; a spread of zero would be an infinite weight."""
    return max(float(np.std(background - target)), 1e-6)
