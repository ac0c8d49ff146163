"""Does the clip rise above its own noise as the target's clips do?

Silence and steady noise are smooth: every density of band levels finds them closer to the centre of the
target's clips than a real word. What they lack is contrast. Two numbers measure it: the spread of the
levels over frames and bands, and their spread over time alone, as logarithms. A Gaussian of the two,
fitted to the target's training clips, is asked both ways: only what lies twice as far out, in nats, as
nearly all training and validation clips counts, so that ordinary clips keep their ranks. Twice: rooms and
voices that were not in training differ more than those that were. For the same reason no deviation counts as
less than that of many rooms and voices: three voices in one room have next to none.
Conventions: clips are log-mel frames in decibel [N, T, M]; the excess is in nats, 0 for ordinary clips.
Source: Nalisnick et al. 2019, "Detecting Out-of-Distribution Inputs to Deep Generative Models Using
Typicality", section 3, for asking whether a clip is typical rather than likely.
"""

import math
from collections.abc import Mapping

import numpy as np

__all__ = ["Contrast"]

FLOOR_DECIBEL = 0.3  # a spread below it is digital silence, whose logarithm would be infinite
TYPICAL_SHARE = 0.99
SLACK = 2.0
# Of the two logarithms; words of a thousand speakers with microphones of their own vary no less.
LEAST_DEVIATIONS = (0.15, 0.25)


class Contrast:
    """A Gaussian of two spreads, and the density below which a clip is not typical."""

    def __init__(self) -> None:
        self.mean: np.ndarray = np.zeros(2)
        self.precision: np.ndarray = np.eye(2)
        self.typical = 0.0

    def fit(self, train: np.ndarray, validation: np.ndarray) -> None:
        """Learn what is usual from training clips, and where typical ends from validation clips too."""
        numbers = _spreads(train)
        self.mean = numbers.mean(axis=0)
        covariance = np.cov(numbers.T)
        variances = np.diag(covariance)
        # A tenth more on the diagonal: a handful of clips may lie on a line.
        more = 0.1 * variances + np.maximum(np.square(LEAST_DEVIATIONS) - variances, 0.0)
        self.precision = np.linalg.inv(covariance + np.diag(more))
        distances = np.concatenate([self._distance(numbers), self._distance(_spreads(validation))])
        # Clips that vary less than the least deviations lie closer than a Gaussian's do.
        usual = max(float(np.quantile(distances, TYPICAL_SHARE)), -math.log(1.0 - TYPICAL_SHARE))
        self.typical = SLACK * usual

    def excess(self, clips: np.ndarray) -> np.ndarray:
        """Return how many nats each clip lies beyond the typical: [N], 0 for ordinary clips."""
        return np.maximum(self._distance(_spreads(clips)) - self.typical, 0.0)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {
            "contrast/mean": self.mean,
            "contrast/precision": self.precision,
            "contrast/typical": np.array(self.typical),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        for key, current in self.arrays().items():
            if key not in arrays or arrays[key].shape != current.shape:
                raise ValueError(f"{key} needs shape {current.shape}")
        self.mean, self.precision = arrays["contrast/mean"], arrays["contrast/precision"]
        self.typical = float(arrays["contrast/typical"])

    def _distance(self, numbers: np.ndarray) -> np.ndarray:
        """Return minus the log-density, less its value at the centre."""
        centred = numbers - self.mean
        return np.asarray(0.5 * np.einsum("ni,ij,nj->n", centred, self.precision, centred))


def _spreads(clips: np.ndarray) -> np.ndarray:
    centred = clips - clips.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    over_time = centred - centred.mean(axis=1, keepdims=True)
    spreads = np.stack([centred.std(axis=(1, 2)), over_time.std(axis=(1, 2))], axis=1)
    return np.asarray(np.log(spreads + FLOOR_DECIBEL))
