"""What does every detector offer, and what does the plain one do?

A detector is fitted to feature arrays of normal clips and gives each clip a log-likelihood in nats and
a score (higher is stranger), which is a sum of named terms in nats. It is saved as named arrays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.architecture import FlowArchitecture
from models.flow import Flow
from models.training import Epoch, FitOptions, evaluate
from models.variables import restore_variables, variable_arrays

__all__ = ["Detector", "FlowDetector", "Scores"]


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
    ) -> list[Epoch]:
        """Fit to ``train`` [N, ...]; ``validation`` decides when to stop; ``monitored`` is only followed."""

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip of ``features`` [N, ...], whatever the others are."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that was fitted."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""


class FlowDetector:
    """One flow over the flattened features; the score is minus the log-likelihood.

    Args:
        feature_shape: of one clip.
        architecture: of the flow.
        seed: of the initial weights.
    """

    n_flows = 1

    def __init__(self, feature_shape: Sequence[int], *, architecture: FlowArchitecture, seed: int) -> None:
        self.event_size = int(np.prod(feature_shape))
        self.flow = Flow(self.event_size, architecture, seed=seed)

    def fit(
        self,
        train: np.ndarray,
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
    ) -> list[Epoch]:
        """Fit the flow; see ``Detector``."""
        vectors = self._flat(train)
        self.flow.prepare(vectors)
        return self.flow.fit(
            [vectors],
            self._flat(validation),
            options,
            monitored={name: self._flat(x) for name, x in monitored.items()},
            on_epoch=on_epoch,
        )

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip; see ``Detector``."""
        log_prob = evaluate(self.flow.compiled_log_prob, self._flat(features))
        return Scores(log_prob=log_prob, terms={"flow": -log_prob})

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the flow's variables by name."""
        return variable_arrays(self.flow, "flow")

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set the flow's variables; see ``Detector``."""
        restore_variables(self.flow, "flow", arrays)

    def _flat(self, features: np.ndarray) -> np.ndarray:
        return features.reshape(len(features), self.event_size)
