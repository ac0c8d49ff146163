"""Which bijectors does an architecture stand for, from data to noise?

The chain of a flow without its standardisation: for each layer the family's own bijector, the
normalisation, and between layers the permutation. Bijectors that take a context are returned by name.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.elements import (
    AffineElements,
    CircularElements,
    Elements,
    MonotonicElements,
    SplineElements,
    Support,
)
from models.flows.layers import (
    MADE,
    ActivationNormalization,
    Autoregressive,
    Coupling,
    CouplingNetwork,
    FrozenBatchNormalization,
    InverseAutoregressive,
    Layer,
    LULinear,
    OdeLayer,
    Permutation,
    Shift,
)

__all__ = ["angles_of", "build_layers", "support_of"]


def build_layers(
    event_size: int, architecture: FlowArchitecture, seeds: Sequence[int], dtype: tf.DType
) -> tuple[list[Layer], list[str]]:
    """Return the chain, the layer next to the data first, and the names of its conditioned bijectors.

    Args:
        event_size: features, D.
        architecture: what to build.
        seeds: one for each layer.
        dtype: float32 or float64.

    Raises:
        ValueError: a coupling of a single feature.
    """
    if architecture.family == "affine":
        shift = tf.Variable(tf.zeros([event_size], dtype), name="shift")
        return [Shift(shift), LULinear(np.arange(event_size), with_lower=False, dtype=dtype)], []
    if architecture.family == "flow_matching":
        layer = OdeLayer(
            event_size,
            architecture.hidden_units,
            context_size=architecture.condition_size,
            activation=architecture.activation,
            n_steps=architecture.ode_steps,
            seed=seeds[0],
            dtype=dtype,
        )
        return [layer], [layer.name] if architecture.condition_size else []
    is_angle = angles_of(event_size, architecture)
    chain: list[Layer] = []
    conditioned = []
    for number, seed in enumerate(seeds):
        if number:
            chain += _between(event_size, architecture.permutation, seed, dtype)
            is_angle = is_angle[::-1] if architecture.permutation == "reversed" else is_angle
        name = f"{architecture.family}_{number}"
        if architecture.family in ("real_nvp", "spline_coupling"):
            layer = _coupling(event_size, architecture, is_angle, seed, dtype, name)
        else:
            layer = _autoregressive(event_size, architecture, seed, dtype, name)
        conditioned.append(layer.name)
        chain.append(layer)
        if architecture.normalization == "activation":
            chain.append(ActivationNormalization(event_size, dtype=dtype))
        elif architecture.normalization == "batch":
            chain.append(FrozenBatchNormalization(event_size, dtype=dtype))
    return chain, conditioned if architecture.condition_size else []


def _between(event_size: int, kind: str, seed: int, dtype: tf.DType) -> list[Layer]:
    if kind == "none":
        return []
    if kind == "reversed":
        return [Permutation(np.arange(event_size)[::-1], dtype=dtype)]
    order = np.random.default_rng([seed, 1]).permutation(event_size)
    linear = LULinear if kind == "lu" else Permutation
    return [linear(order, drawn=True, dtype=dtype)]


def _coupling(
    event_size: int,
    architecture: FlowArchitecture,
    is_angle: np.ndarray,
    seed: int,
    dtype: tf.DType,
    name: str,
) -> Layer:
    if event_size < 2:
        raise ValueError(f"a coupling needs at least 2 features, got {event_size}; use family='maf'")
    n_fixed = event_size // 2
    elements: Elements = AffineElements(architecture.log_scale_bound)
    if is_angle[n_fixed:].any():
        elements = CircularElements(is_angle[n_fixed:], architecture.n_bins, architecture.tail_bound)
    elif architecture.family == "spline_coupling":
        elements = SplineElements(architecture.n_bins, architecture.tail_bound)
    network = CouplingNetwork(
        n_fixed,
        event_size - n_fixed,
        architecture.hidden_units,
        n_parameters=elements.n_parameters,
        context_size=architecture.condition_size,
        activation=architecture.activation,
        is_angle=is_angle[:n_fixed],
        seed=seed,
        dtype=dtype,
    )
    return Coupling(event_size, network, elements, name)


def _autoregressive(
    event_size: int, architecture: FlowArchitecture, seed: int, dtype: tf.DType, name: str
) -> Layer:
    elements: Elements = AffineElements(architecture.log_scale_bound)
    if architecture.family == "spline_maf":
        elements = SplineElements(architecture.n_bins, architecture.tail_bound)
    elif architecture.family == "unaf":
        elements = MonotonicElements(
            architecture.n_signals,
            architecture.tail_bound,
            log_slope_bound=architecture.log_scale_bound,
            seed=seed,
            dtype=dtype,
        )
    made = MADE(
        event_size,
        architecture.hidden_units,
        n_parameters=elements.n_parameters,
        context_size=architecture.condition_size,
        activation=architecture.activation,
        order=architecture.order,
        seed=seed,
        dtype=dtype,
    )
    if architecture.family == "iaf":
        return InverseAutoregressive(made, elements, name)
    return Autoregressive(made, elements, name=name)


def angles_of(event_size: int, architecture: FlowArchitecture) -> np.ndarray:
    """Return which features are angles, bool [D].

    Raises:
        ValueError: a place beyond the features.
    """
    is_angle = np.zeros(event_size, bool)
    _check_places(event_size, architecture.circular, "circular")
    is_angle[list(architecture.circular)] = True
    return is_angle


def support_of(event_size: int, architecture: FlowArchitecture, dtype: tf.DType) -> Support | None:
    """Return the outermost map, into the ranges of features that have any; else None.

    Raises:
        ValueError: a place beyond the features.
    """
    _check_places(event_size, [place for place, _, _ in architecture.bounds], "bounds")
    _check_places(event_size, [place for place, _, _ in architecture.discrete], "discrete")
    ranges = list(architecture.bounds)
    if not architecture.has_exact_masses:  # whole numbers that are dequantised fill their cells
        ranges += [(place, least - 0.5, most + 0.5) for place, least, most in architecture.discrete]
    if not ranges:
        return None
    low, high = np.full(event_size, -np.inf), np.full(event_size, np.inf)
    for place, least, greatest in ranges:
        low[place], high[place] = least, greatest
    return Support(low, high, dtype=dtype)


def _check_places(event_size: int, places: Sequence[int], name: str) -> None:
    if max(places, default=0) >= event_size:
        raise ValueError(f"{name} names feature {max(places)}; the flow has features 0 to {event_size - 1}")
