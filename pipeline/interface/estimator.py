"""How does the detector work with scikit-learn?

Conventions are scikit-learn's: ``score_samples`` and ``decision_function`` are higher for ordinary sounds,
``predict`` is +1 for these and -1 for anomalies. A clip is a row of X [n_clips, n_samples], or an item of a
list of arrays of any length.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from pipeline.interface.fitting import fit

__all__ = ["AnomalyDetector"]


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """A detector of one class of sounds as an estimator.

    Args:
        preset: see ``--preset``.
        sample_rate: of all waveforms, Hz.
        alpha: the share of ordinary clips that may be flagged; ``offset_`` follows from it.
        settings: further numbers of the run, ``{"training.max_epochs": 20}``.
        random_state: the seed.
        progress: whether progress and notes are printed on standard error.

    Attributes:
        detector_: the fitted ``Detector``.
        offset_: ``score_samples`` at the calibrated threshold; minus infinity where too few clips calibrate.
    """

    def __init__(
        self,
        preset: str = "default",
        *,
        sample_rate: int = 16_000,
        alpha: float = 0.05,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = 0,
        progress: bool = False,
    ) -> None:
        self.preset = preset
        self.sample_rate = sample_rate
        self.alpha = alpha
        self.settings = settings
        self.random_state = random_state
        self.progress = progress

    def fit(self, X: Any, y: Any = None, *, groups: Sequence[Hashable] | None = None) -> "AnomalyDetector":
        """Learn what the clips are like.

        Args:
            X: clips of one class.
            y: is not looked at.
            groups: of each clip, who or what it is of; no group is in two splits.

        Raises:
            ValueError: X is no array of clips.
            PipelineError: the clips are too few, or cannot be used.
        """
        clips = self._clips(X, reset=True)
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31 - 1)
        self.detector_ = fit(
            clips,
            preset=self.preset,
            sample_rate=self.sample_rate,
            groups=groups,
            seed=int(seed),
            progress=self.progress,
            **{**(self.settings or {}), "evaluation.alpha": float(self.alpha)},
        )
        self.offset_ = -self.detector_.threshold
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Return minus the scores in nats, lower for stranger clips: float64 [n_clips]."""
        check_is_fitted(self)
        clips = self._clips(X, reset=False)
        return -self.detector_.score_samples(clips, self.sample_rate)

    def decision_function(self, X: Any) -> np.ndarray:
        """Return how far clips are inside of the calibrated threshold, nats: negative for anomalies."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """Return +1 for ordinary clips and -1 for anomalies: int [n_clips]."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _clips(self, X: Any, *, reset: bool) -> list[np.ndarray]:
        if isinstance(X, list | tuple) and X and all(isinstance(clip, np.ndarray) for clip in X):
            return list(X)
        kinds = (np.float64, np.float32, np.int16, np.int32)
        return list(validate_data(self, X, reset=reset, dtype=kinds, ensure_min_samples=2 if reset else 1))
