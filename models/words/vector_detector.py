"""What does the detector of spoken words do with vectors of a pretrained network beside its own views?

It adds two terms to those of ``TemplateDetector``, in nats:

    vectors          w1 times how unlikely the vectors are
    vectors_ratio    w2 times how much likelier changed copies are, see models/words/vector_density.py

The weights make both spreads over the validation clips equal, and that of their sum a stated share of the
spread of all views together: one more opinion, as loud as the strict detector's. Views and vectors are then
scaled by one factor, so that together they spread as far as the views alone: what direction and contrast
say, to the bit what it is in the strict detector, weighs as much as it does there.
Conventions: a clip is one row [T * M + D + K * D]: its log-mel frames, the vectors, those of K changed
copies. What is scored may come without the copies.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from models.detector import Scores
from models.flows import Epoch, FitOptions
from models.words.detector import TemplateDetector
from models.words.vector_density import VectorDensity, unit_length

__all__ = ["VectorDetector"]

NAMES = {"density": "vectors", "ratio": "vectors_ratio"}


class VectorDetector:
    """The detector of words, and densities of vectors; see the module.

    Args:
        strict: the detector of words, unfitted.
        frame_shape: frames and mel bands of a clip, (T, M).
        vector_size: numbers of a clip's vectors, D.
        n_copies: changed copies in a row, K; without any there is no ratio.
        weight: spread of the terms' sum over that of all views of ``strict``.
    """

    def __init__(
        self,
        strict: TemplateDetector,
        *,
        frame_shape: tuple[int, int],
        vector_size: int,
        n_copies: int,
        weight: float,
    ) -> None:
        self.strict = strict
        self.n_flows = strict.n_flows
        self.frame_shape = frame_shape
        self.n_levels = frame_shape[0] * frame_shape[1]
        self.vector_size = vector_size
        self.weight = weight
        self.density = VectorDensity(vector_size, has_background=n_copies > 0)
        self.weights: np.ndarray = np.zeros(len(self.density.gaussians))
        self.view_factor = 1.0

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
        """Fit both parts; the history is that of ``TemplateDetector``. See ``Detector``.

        Auxiliary clips join the changed copies under the background.
        """
        history = self.strict.fit(
            self._frames(train),
            self._frames(validation),
            options,
            monitored={name: self._frames(clips) for name, clips in monitored.items()},
            on_epoch=on_epoch,
            auxiliary=None if auxiliary is None else self._frames(auxiliary),
        )
        copies = train[:, self.n_levels + self.vector_size :].reshape(-1, self.vector_size)
        if auxiliary is not None:
            copies = np.concatenate([copies, self._vectors(auxiliary)])
        self.density.fit(self._vectors(train), copies)
        terms = self.strict.score(self._frames(validation)).terms
        views = np.sum([terms[ratio.view.name] for ratio in self.strict.ratios], axis=0)
        surprisals = np.array([*self.density.surprisals(self._vectors(validation)).values()])
        weights = 1.0 / _spreads(surprisals)
        together = _spreads((weights @ surprisals)[None])
        self.weights = self.weight * _spreads(views[None]) / together * weights
        joined = views + self.weights @ surprisals
        self.view_factor = float(_spreads(views[None])[0] / _spreads(joined[None])[0])
        self.weights = self.view_factor * self.weights
        return history

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip; see ``Detector``."""
        scores = self.strict.score(self._frames(features))
        surprisals = self.density.surprisals(self._vectors(features))
        own = {
            NAMES[name]: weight * values
            for weight, (name, values) in zip(self.weights, surprisals.items(), strict=True)
        }
        names: list[str] = [ratio.view.name for ratio in self.strict.ratios]
        views = {name: self.view_factor * scores.terms[name] for name in names}
        return replace(scores, terms={**scores.terms, **views, **own})

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return each frame's and band's share of the strict views' terms [N, T, M]; see ``Detector``.

        The vectors' terms have no place.
        """
        return self.view_factor * self.strict.attributions(self._frames(features))

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the vectors at length one: neighbours among them are those by cosine. See ``Detector``."""
        return np.asarray(unit_length(self._vectors(features)), np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what both parts learned."""
        weights = {"vectors/weights": self.weights, "vectors/view_factor": np.array(self.view_factor)}
        return {**self.strict.arrays(), **self.density.arrays(), **weights}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        self.strict.restore(arrays)
        self.density.restore(arrays)
        for key, shape in (("vectors/weights", self.weights.shape), ("vectors/view_factor", ())):
            if key not in arrays or arrays[key].shape != shape:
                raise ValueError(f"{key} needs shape {shape}")
        self.weights, self.view_factor = arrays["vectors/weights"], float(arrays["vectors/view_factor"])

    def _frames(self, features: np.ndarray) -> np.ndarray:
        return features[:, : self.n_levels].reshape(len(features), *self.frame_shape)

    def _vectors(self, features: np.ndarray) -> np.ndarray:
        return features[:, self.n_levels : self.n_levels + self.vector_size]


def _spreads(values: np.ndarray) -> np.ndarray:
    """Return the deviation of each row; a spread of zero would be an infinite weight."""
    return np.maximum(values.std(axis=1), 1e-6)
