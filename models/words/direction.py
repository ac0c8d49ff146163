"""Does a clip fit the target better as it is than played backwards?

A word backwards has the word's sounds, voice and room: only their order is wrong, and of a word that is
nearly its own mirror image, not even that. One comparison shows it all the same: the target's clips lose
when they are turned round, by a margin that nearly all of them keep. What falls short of that margin
counts, nat by nat, so that ordinary clips keep their ranks. Words that fit no better forwards than
backwards are found by it too. Clips that flows were fitted to lose more than fresh ones when they are
turned round; how much more is told by the validation clips, and taken off.
Conventions: margins are log-likelihood ratios in nats [N], the clip's score as it is less its score
turned round; below 0 where the clip fits better as it is.
"""

from collections.abc import Mapping

import numpy as np

__all__ = ["Direction"]

TYPICAL_SHARE = 0.98


class Direction:
    """The margin that nearly all of the target's clips keep."""

    def __init__(self) -> None:
        self.typical = 0.0

    def fit(self, train: np.ndarray, validation: np.ndarray) -> None:
        """Learn from the margins of the target's training clips [N] and validation clips [M]."""
        optimism = max(float(np.median(validation) - np.median(train)), 0.0)
        self.typical = float(np.quantile(np.concatenate([train + optimism, validation]), TYPICAL_SHARE))

    def excess(self, margins: np.ndarray) -> np.ndarray:
        """Return how many nats each clip falls short of the margin: [N], 0 for ordinary clips."""
        return np.maximum(margins - self.typical, 0.0)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {"direction/typical": np.array(self.typical)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        if "direction/typical" not in arrays or arrays["direction/typical"].shape != ():
            raise ValueError("direction/typical needs shape ()")
        self.typical = float(arrays["direction/typical"])
