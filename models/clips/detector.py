"""What does the plain detector do?

One flow over the flattened features of a clip. Conventions: clips are feature arrays [N, ...];
log-likelihoods and scores are in nats, and a score is higher for stranger clips.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from models.detector import Scores
from models.flows import (
    Epoch,
    FitOptions,
    Flow,
    FlowArchitecture,
    compiled_slopes,
    evaluate,
    mean_slopes,
    restore_variables,
    variable_arrays,
)

__all__ = ["FlowDetector"]


class FlowDetector:
    """One flow over the flattened features; the score is minus the log-likelihood.

    Args:
        feature_shape: of one clip.
        architecture: of the flow.
        seed: of the initial weights.
        is_coarse: score with bfloat16 products; docs/explanation/flows.md tells their speed and error.
    """

    n_flows = 1

    def __init__(
        self,
        feature_shape: Sequence[int],
        *,
        architecture: FlowArchitecture,
        seed: int,
        is_coarse: bool = False,
    ) -> None:
        self.event_size = int(np.prod(feature_shape))
        self.flow = Flow(self.event_size, architecture, seed=seed)
        self.log_prob = self.flow.coarse_log_prob if is_coarse else self.flow.compiled_log_prob
        self._slopes = compiled_slopes(self.flow.log_prob)
        self.feature_shape = tuple(feature_shape)
        self.mean = np.zeros(self.event_size, np.float32)

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
        """Fit the flow; see ``Detector``."""
        if auxiliary is not None:
            raise ValueError(
                f"one flow has no background model to fit to the {len(auxiliary)} auxiliary clips; "
                "use a detector with one"
            )
        vectors = self._flat(train)
        self.mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
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
        log_prob = evaluate(self.log_prob, self._flat(features))
        return Scores(log_prob=log_prob, terms={"flow": -log_prob})

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the flattened features; see ``Detector``."""
        return self._flat(features)

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return the attributions on the way from the training clips' mean; see ``Detector``."""
        vectors = self._flat(features)
        slopes = mean_slopes(self._slopes, vectors, self.mean)
        return ((vectors - self.mean) * -slopes).reshape(len(vectors), *self.feature_shape)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the flow's variables by name, and the training clips' mean."""
        return {**variable_arrays(self.flow, "flow"), "mean": self.mean}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set the flow's variables; see ``Detector``."""
        restore_variables(self.flow, "flow", arrays)
        if "mean" not in arrays or arrays["mean"].shape != self.mean.shape:
            raise ValueError(f"mean needs shape {self.mean.shape}")
        self.mean = arrays["mean"]

    def _flat(self, features: np.ndarray) -> np.ndarray:
        return features.reshape(len(features), self.event_size)
