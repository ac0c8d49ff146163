"""How unusual would this score be for a clip of the target?

Conformal p-values: calibrated on target clips that the weights were not fitted on. If a new target
clip is exchangeable with them, its p-value is at most alpha with probability at most alpha.
Source: Vovk et al. 2005, "Algorithmic Learning in a Random World", section 2.2; Bates et al. 2023.
"""

import numpy as np

__all__ = ["n_calibration_needed", "p_values"]


def p_values(calibration: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return ``(1 + #{calibration scores >= s}) / (n + 1)`` for each score s: float64 [N].

    Args:
        calibration: scores of target clips that were not fitted on [n].
        scores: scores to judge [N]; higher is stranger.
    """
    at_least = len(calibration) - np.searchsorted(np.sort(calibration), scores, side="left")
    return (1.0 + at_least) / (len(calibration) + 1.0)


def n_calibration_needed(alpha: float) -> int:
    """Return how many calibration clips it takes before any clip can be flagged at ``alpha``.

    The smallest p-value is 1 / (n + 1), so n must be at least 1 / alpha - 1.
    """
    return int(np.ceil(1.0 / alpha - 1.0 - 1e-9))
