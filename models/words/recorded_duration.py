"""Is so little recorded of a clip as of hardly any of the target's?

A recording that breaks off in the middle of a word may still begin as the word does, and be stretched to
the whole of it. What is left is its length, digital silence at either end not counted. The surprisal of a
clip is minus the logarithm of the share of the target's clips that are as short, as far as that share is
below a tenth: clips of ordinary length keep their ranks. A clip counts as a tenth longer than it is: a
voice that was not in training may be quicker than those that were.
Conventions: lengths in seconds [N]; surprisal in nats [N].
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.detector import Scores

__all__ = ["RecordedDuration"]

ORDINARY_SHARE = 0.1
SLACK = 1.1


class RecordedDuration:
    """The lengths of the target's recordings, and how often the surprisal of a shorter one counts.

    Args:
        weight: factor of the surprisal; 0 leaves the term out.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.seconds: np.ndarray = np.zeros(0)

    def fit(self, seconds: np.ndarray) -> None:
        """Learn from the lengths of the target's training and validation clips [N]."""
        self.seconds = np.sort(np.asarray(seconds, np.float64))

    def excess(self, seconds: np.ndarray) -> np.ndarray:
        """Return the surprisal of each length, times the weight: [N], 0 for ordinary clips."""
        # As in a conformal p-value the clip itself is one of those as short: no share is 0.
        n_as_short = 1 + np.searchsorted(self.seconds, SLACK * np.asarray(seconds, np.float64), side="right")
        surprisal = -np.log(n_as_short / (len(self.seconds) + 1))
        return self.weight * np.maximum(surprisal + math.log(ORDINARY_SHARE), 0.0)

    def added(self, scores: Scores, seconds: np.ndarray) -> Scores:
        """Return the scores of clips with the term ``duration`` beside their own."""
        if not self.weight:
            return scores
        return replace(scores, terms={**scores.terms, "duration": self.excess(seconds)})

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {"duration/seconds": self.seconds} if self.weight else {}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        if not self.weight:
            return
        seconds = arrays.get("duration/seconds")
        if seconds is None or seconds.ndim != 1 or not len(seconds):
            raise ValueError("duration/seconds needs the lengths of at least 1 clip")
        self.seconds = seconds
