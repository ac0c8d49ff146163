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
    "family": (
        "maf",
        "iaf",
        "real_nvp",
        "spline_maf",
        "affine",
        "spline_coupling",
        "unaf",
        "flow_matching",
    ),
    "activation": ("tanh", "relu"),
    "permutation": ("none", "reversed", "random", "lu"),
    "order": ("given", "reversed", "random"),
    "normalization": ("none", "activation", "batch"),
    "base": ("normal", "mixture"),
}

# Fields that records of earlier flows lack: as long as one has its default, it is left out.
LATER = {"n_signals", "ode_steps", "circular", "bounds", "discrete", "n_draws"}

# The families whose single layer gives each feature an increasing map that earlier features choose.
WITH_EXACT_MASSES = ("maf", "spline_maf", "unaf")
# Of a whole number: beyond it float32 has no room for the places within a cell.
MOST = 65_536


@dataclass(frozen=True, kw_only=True)
class FlowArchitecture:
    """What a flow is built from.

    Args:
        family: ``maf`` (density in one pass a layer), ``iaf`` (its inverse: samples in one pass, densities
            stage by stage), ``real_nvp`` (both in one pass), ``spline_maf`` (a rational-quadratic spline
            a feature in place of shift and scale), ``spline_coupling`` (splines that one half of the
            features has for the other; both directions in one pass), ``unaf`` (an integral of a positive
            network a feature), ``flow_matching`` (an ordinary differential equation, trained without
            solving it; slow to score), ``affine`` (one Gaussian).
        n_layers: layers of the family; ``affine`` and ``flow_matching`` have one.
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
        n_bins, tail_bound: of the splines; features beyond the bound are not transformed by them. The
            integrals of ``unaf`` go on in a straight line there.
        n_signals: numbers that a feature's integral has of its own, for ``unaf``.
        ode_steps: of ``flow_matching``, fourth-order Runge-Kutta steps from data to noise.
        circular: places of the features that are angles, in radians; ``spline_coupling`` alone has them.
        bounds: (place, least, greatest) of features with a range; infinite where it has no end.
        discrete: (place, least, greatest) of features that are whole numbers, both ends allowed. Their mass
            is exact for one layer of ``maf``, ``spline_maf`` or ``unaf``; else the flow is dequantised.
        n_draws: points of a cell that scoring takes where the flow is dequantised; a row costs as many.

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
    n_signals: int = 8
    ode_steps: int = 32
    circular: tuple[int, ...] = ()
    bounds: tuple[tuple[int, float, float], ...] = ()
    discrete: tuple[tuple[int, int, int], ...] = ()
    n_draws: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden_units", tuple(self.hidden_units))
        object.__setattr__(self, "circular", tuple(self.circular))
        for name in ("bounds", "discrete"):
            object.__setattr__(self, name, tuple(tuple(one) for one in getattr(self, name)))
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

        if min(self.n_signals, self.ode_steps, self.n_draws) < 1:
            raise ValueError(
                f"n_signals={self.n_signals}, ode_steps={self.ode_steps} and n_draws={self.n_draws} must be "
                "at least 1"
            )
        self._check_features()

    def _check_features(self) -> None:
        places = [*self.circular, *(place for place, _, _ in (*self.bounds, *self.discrete))]
        if min(places, default=0) < 0 or len(set(places)) < len(places):
            raise ValueError(
                f"circular={self.circular}, bounds={self.bounds} and discrete={self.discrete} must name each "
                "place once, from 0 on"
            )
        for place, least, greatest in self.discrete:
            if not -MOST <= least < greatest <= MOST or least % 1 or greatest % 1:
                raise ValueError(
                    f"discrete feature {place} goes from {least} to {greatest}; it needs two whole numbers, "
                    f"the greater last, between {-MOST:,} and {MOST:,}"
                )
        for place, low, high in self.bounds:
            if not low < high or not (math.isfinite(low) or math.isfinite(high)):
                raise ValueError(
                    f"bounds of feature {place} are {low:g} and {high:g}; one end must be finite"
                )
        plain = (
            self.permutation in ("none", "reversed"),
            self.normalization == "none",
            self.base == "normal",
        )
        if self.circular and not (self.family == "spline_coupling" and all(plain)):
            raise ValueError(
                "circular features need family='spline_coupling', permutation='reversed', "
                f"normalization='none' and base='normal', got {self.family}, {self.permutation}, "
                f"{self.normalization} and {self.base}"
            )
        if self.family == "flow_matching" and not (plain[1] and plain[2]):
            raise ValueError(
                "flow_matching leads to base='normal' without normalisation, got "
                f"{self.base} and {self.normalization}"
            )

    @property
    def has_exact_masses(self) -> bool:
        """Whether the masses of discrete features are exact, and not bounds by dequantisation."""
        is_single = self.family in WITH_EXACT_MASSES and self.n_layers == 1
        return is_single and self.normalization == "none" and self.base == "normal"

    @property
    def condition_size(self) -> int:
        """Length of the vector that networks are conditioned on: class label, then context."""
        return self.n_classes + self.context_size

    def to_array(self) -> np.ndarray:
        """Return the record as bytes of JSON, uint8, to stand among a flow's arrays."""
        later = {field.name: field.default for field in fields(self) if field.name in LATER}
        stated = {name: value for name, value in asdict(self).items() if value != later.get(name, ...)}
        return np.frombuffer(json.dumps(stated, sort_keys=True).encode(), np.uint8)

    @classmethod
    def from_array(cls, array: np.ndarray) -> "FlowArchitecture":
        """Read what ``to_array`` returned.

        Raises:
            ValueError: the array is no such record.
        """
        try:
            found = json.loads(np.asarray(array, np.uint8).tobytes().decode())
            known = {field.name for field in fields(cls)}
            if not isinstance(found, dict) or not known - LATER <= set(found) <= known:
                raise ValueError(f"fields are {sorted(found)}, not {sorted(known)}")
            return cls(**found)
        except (ValueError, TypeError) as error:
            raise ValueError(f"the array holds no flow architecture of this version: {error}") from error
