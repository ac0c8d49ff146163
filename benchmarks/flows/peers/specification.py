"""Which numbers make two flows of different libraries the same size?

Conventions: a flow has ``n_layers`` masked autoregressive layers, the order of the features reversed
between them; each layer's network has the hidden layers ``hidden_units``, an activation after each.
Everything that is not named here is as each library has it by default, the bound of the log-scale too.
"""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["LIBRARIES", "ON_REQUEST", "Specification"]

# The order in which they take their turns; those of the second line on request.
LIBRARIES = ("ours", "zuko", "nflows", "normflows")
ON_REQUEST = ("zuko-compiled", "flowjax")


@dataclass(frozen=True, kw_only=True)
class Specification:
    """A flow and how it is fitted: Adam with its usual betas, one learning rate, no early stopping.

    Attributes:
        family: ``"maf"``, or ``"spline_maf"`` (a monotonic rational-quadratic spline for each feature).
        n_features: features of a row, D.
        n_layers: masked autoregressive layers.
        hidden_units: units of each hidden layer; nflows and normflows need them equal.
        activation: ``"tanh"`` or ``"relu"``.
        n_bins, tail_bound: of a spline; outside of the bound a feature stays as it is.
        batch_size: rows of a step.
        learning_rate: of Adam.
        clip_norm: bound of the gradient's global norm, 0 for none.
        seed: of the initial weights and of the order of the rows.
    """

    family: str = "maf"
    n_features: int
    n_layers: int
    hidden_units: tuple[int, ...]
    activation: str = "tanh"
    n_bins: int = 8
    tail_bound: float = 5.0
    batch_size: int = 100
    learning_rate: float = 1e-3
    clip_norm: float = 0.0
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Specification":
        """Return the specification that ``as_json`` described."""
        return cls(**{**fields, "hidden_units": tuple(fields["hidden_units"])})
