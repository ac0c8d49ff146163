"""Which flow is meant, in one record that is checked once and saved with the weights?

Every number has a default that trains on a laptop. A MADE is ``family="maf"`` with one layer; a
full-covariance Gaussian is ``family="affine"``.
"""

import json
import math
from dataclasses import asdict, dataclass, fields

import numpy as np

__all__ = ["FlowArchitecture"]

CHOICES = {
    "family": ("maf", "iaf", "real_nvp", "spline_maf", "affine"),
    "activation": ("tanh", "relu"),
    "permutation": ("none", "reversed", "random", "lu"),
    "order": ("given", "reversed", "random"),
    "normalization": ("none", "activation", "batch"),
    "base": ("normal", "mixture"),
}


@dataclass(frozen=True, kw_only=True)
class FlowArchitecture:
    """What a flow is built from.

    Args:
        family: ``maf`` (density in one pass a layer), ``iaf`` (its inverse: samples in one pass, densities
            stage by stage), ``real_nvp`` (both in one pass), ``spline_maf`` (a rational-quadratic spline
            a feature in place of shift and scale), ``affine`` (one Gaussian).
        n_layers: layers of the family; ``affine`` has one.
        hidden_units: units of each hidden layer of each network.
        activation: ``tanh`` or ``relu``.
        log_scale_bound: log-scales stay within it, smoothly; 0 leaves them free.
        permutation: between layers: ``reversed`` order, a ``random`` one, a learned linear map (``lu``)
            that starts at a random order, or ``none``.
        order: of the features within each layer.
        normalization: after each layer: none, ``activation`` (learned constants) or ``batch``
            (statistics of the batch in training, of the training set when scoring).
        base: ``normal``, or a learned ``mixture`` of ``n_base_components`` Gaussians.
        context_size: numbers in the vector that every layer is conditioned on, 0 for none.
        n_classes: values of a class label to condition on, 0 for none; a context vector may come besides.
        n_bins, tail_bound: of the splines; features beyond the bound are not transformed by them.

    Raises:
        ValueError: an unknown choice, or numbers that do not go together.
    """

    family: str = "maf"
    n_layers: int = 5
    hidden_units: tuple[int, ...] = (256, 256)
    activation: str = "tanh"
    log_scale_bound: float = 3.0
    permutation: str = "reversed"
    order: str = "given"
    normalization: str = "none"
    base: str = "normal"
    n_base_components: int = 10
    context_size: int = 0
    n_classes: int = 0
    n_bins: int = 8
    tail_bound: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden_units", tuple(self.hidden_units))
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name}={getattr(self, name)!r} is unknown; use one of {', '.join(known)}")
        if not self.hidden_units or min(self.hidden_units) < 1 or self.n_layers < 0:
            raise ValueError(
                f"n_layers={self.n_layers} and hidden_units={self.hidden_units}: layers must not be "
                "negative, and every network needs at least 1 hidden layer of at least 1 unit"
            )
        if min(self.context_size, self.n_classes) < 0 or self.n_base_components < 1:
            raise ValueError(
                f"context_size={self.context_size} and n_classes={self.n_classes} must not be negative, "
                f"and n_base_components={self.n_base_components} must be at least 1"
            )
        if not (0 <= self.log_scale_bound < math.inf and 0 < self.tail_bound < math.inf):
            raise ValueError(
                f"log_scale_bound={self.log_scale_bound} must be a number from 0 on (0 leaves log-scales "
                f"free), and tail_bound={self.tail_bound} one above 0"
            )
        if self.condition_size and (self.family == "affine" or self.normalization == "batch"):
            raise ValueError(
                "an affine flow, and statistics frozen over a training set, know no context or class; "
                "use family='maf' and normalization='activation'"
            )

    @property
    def condition_size(self) -> int:
        """Length of the vector that networks are conditioned on: class label, then context."""
        return self.n_classes + self.context_size

    def to_array(self) -> np.ndarray:
        """Return the record as bytes of JSON, uint8, to stand among a flow's arrays."""
        return np.frombuffer(json.dumps(asdict(self), sort_keys=True).encode(), np.uint8)

    @classmethod
    def from_array(cls, array: np.ndarray) -> "FlowArchitecture":
        """Read what ``to_array`` returned.

        Raises:
            ValueError: the array is no such record.
        """
        try:
            found = json.loads(np.asarray(array, np.uint8).tobytes().decode())
            known = {field.name for field in fields(cls)}
            if not isinstance(found, dict) or set(found) != known:
                raise ValueError(f"fields are {sorted(found)}, not {sorted(known)}")
            return cls(**found)
        except (ValueError, TypeError) as error:
            raise ValueError(f"the array holds no flow architecture of this version: {error}") from error
