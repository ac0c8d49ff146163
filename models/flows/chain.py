"""Which bijectors does an architecture stand for, from data to noise?

The chain of a flow without its standardisation: for each layer the family's own bijector, the
normalisation, and between layers the permutation. Bijectors that take a context are returned by name.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.layers import (
    MADE,
    ActivationNormalization,
    AffineElements,
    Autoregressive,
    Coupling,
    CouplingNetwork,
    Elements,
    FrozenBatchNormalization,
    LULinear,
    Permutation,
    SplineElements,
)

__all__ = ["build_layers"]

tfb = tfp.bijectors


def build_layers(
    event_size: int, architecture: FlowArchitecture, seeds: Sequence[int], dtype: tf.DType
) -> tuple[list[tfp.bijectors.Bijector], list[str]]:
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
        return [tfb.Shift(shift), LULinear(np.arange(event_size), with_lower=False, dtype=dtype)], []
    chain: list[tfp.bijectors.Bijector] = []
    conditioned = []
    for number, seed in enumerate(seeds):
        if number:
            chain += _between(event_size, architecture.permutation, seed, dtype)
        layer = _layer(event_size, architecture, seed, dtype, f"{architecture.family}_{number}")
        conditioned.append(layer.name)
        chain.append(layer)
        if architecture.normalization == "activation":
            chain.append(ActivationNormalization(event_size, dtype=dtype))
        elif architecture.normalization == "batch":
            chain.append(FrozenBatchNormalization(event_size, dtype=dtype))
    return chain, conditioned if architecture.condition_size else []


def _between(event_size: int, kind: str, seed: int, dtype: tf.DType) -> list[tfp.bijectors.Bijector]:
    if kind == "none":
        return []
    if kind == "reversed":
        return [Permutation(np.arange(event_size)[::-1], dtype=dtype)]
    order = np.random.default_rng([seed, 1]).permutation(event_size)
    linear = LULinear if kind == "lu" else Permutation
    return [linear(order, drawn=True, dtype=dtype)]


def _layer(
    event_size: int, architecture: FlowArchitecture, seed: int, dtype: tf.DType, name: str
) -> tfp.bijectors.Bijector:
    if architecture.family == "real_nvp":
        if event_size < 2:
            raise ValueError(f"a coupling needs at least 2 features, got {event_size}; use family='maf'")
        n_moved = event_size - event_size // 2
        network = CouplingNetwork(
            event_size - n_moved,
            n_moved,
            architecture.hidden_units,
            context_size=architecture.condition_size,
            activation=architecture.activation,
            log_scale_bound=architecture.log_scale_bound,
            seed=seed,
            dtype=dtype,
        )
        return Coupling(event_size, network, name)
    elements: Elements = AffineElements(architecture.log_scale_bound)
    if architecture.family == "spline_maf":
        elements = SplineElements(architecture.n_bins, architecture.tail_bound)
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
        return tfb.Invert(Autoregressive(made, elements), name=name)
    return Autoregressive(made, elements, name=name)
