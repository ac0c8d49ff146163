"""How much later does the same happen in another recording of a machine?

Two recordings of one machine begin at any moment of its cycle. The lag is where the levels of all bands of
both are most alike. Conventions: a recording is told by its levels in ``N_STEPS`` equal steps of time; a lag
is in seconds, positive where the same happens later in the other recording, and 0 where no lag is clearly
better than none, as of a machine without a cycle.
"""

import numpy as np

from pipeline.explanation.sounds import Measured

__all__ = ["lag_seconds"]

SAME_LENGTH = 0.02  # of it; recordings of other lengths have steps of another length
MOST_SHIFTED = 0.25  # of the recording: more would leave too little to compare
LEAST_ALIKE = 0.3  # correlation where shifted
LEAST_GAIN = 0.1  # over that where not shifted
PEAK_STEPS = 4  # from the slope of a peak to its middle
AS_GOOD = 0.9  # of the best: a cycle more or less is as good, and the shortest way is taken


def lag_seconds(own: Measured | None, other: Measured | None) -> float:
    """Return how much later the same happens in the other recording, at most a quarter of its length."""
    if own is None or other is None or abs(own.seconds - other.seconds) > SAME_LENGTH * own.seconds:
        return 0.0
    x, y = (_levels(one) for one in (own, other))
    n = len(x)
    most = int(MOST_SHIFTED * n)
    lags = range(-most, most + 1)
    parts = ((x[max(0, -lag) : n - max(0, lag)], y[max(0, lag) : n + min(0, lag)]) for lag in lags)
    alike = np.array([_alike(*pair) for pair in parts])
    if alike.max() < LEAST_ALIKE:
        return 0.0
    good = np.flatnonzero(alike >= AS_GOOD * alike.max())
    best = int(good[np.abs(good - most).argmin()])
    # The middle of the peak, not its nearer slope.
    near = good[np.abs(good - best) <= PEAK_STEPS]
    best = int(near[alike[near].argmax()])
    return lags[best] * own.seconds / n if alike[best] - alike[most] >= LEAST_GAIN else 0.0


def _levels(recording: Measured) -> np.ndarray:
    """Return what changes over time in each band, in dB [N_STEPS, n_bands]."""
    middle = (recording.highest.astype(np.float64) + recording.lowest) / 2.0
    return np.asarray(middle - middle.mean(axis=0))


def _alike(x: np.ndarray, y: np.ndarray) -> float:
    scale = float(np.sqrt(np.sum(x**2) * np.sum(y**2)))
    return float(np.sum(x * y)) / scale if scale > 0 else 0.0
