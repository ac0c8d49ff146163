"""What does every detector offer?

A detector is fitted to feature arrays of normal clips and gives each clip a log-likelihood in nats and
a score (higher is stranger), which is a sum of named terms in nats. It is saved as named arrays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.flows import Epoch, FitOptions

__all__ = ["Detector", "Scores"]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Per clip: ``log_prob`` [N] in nats, and the ``terms`` [N] in nats whose sum is the ``score``."""

    log_prob: np.ndarray
    terms: dict[str, np.ndarray]

    @property
    def score(self) -> np.ndarray:
        """Higher is stranger: float64 [N]."""
        return np.sum([np.asarray(term, np.float64) for term in self.terms.values()], axis=0)


class Detector(Protocol):
    """What the stages need of a detector.

    Attributes:
        n_flows: how many flows are fitted one after another.
    """

    n_flows: int

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
        """Fit to ``train`` [N, ...]; ``validation`` decides when to stop; ``monitored`` is only followed.

        ``auxiliary`` [K, ...] are training clips of other words, for a background model; a detector that has
        none raises ValueError. Without them nothing but the target's clips is used.
        """

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip of ``features`` [N, ...], whatever the others are."""

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the vectors [N, D] that the main flow sees of clips [N, ...]: what a baseline gets too."""

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return each feature's share of the score in nats, in the shape of a clip's frames and bands.

        What they do not sum to is the score of an ordinary clip, and terms that have no place.
        """

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that was fitted."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
