"""Which feature of a vector made it as unlikely as it is?

A flow whose layers map each feature by itself, given the others, and only reorder features in between,
has a path for every feature from data to noise. A feature's share is the log-density of the noise where
its path ends, plus the log-scales along the path. The parts of a vector
sum to its log-density exactly.

In a single autoregressive layer the share of feature i is log p(x_i | x_1 ... x_(i-1), context). With
more layers it is what is left unexplained of that feature, after what every layer knows of others.
"""

import numpy as np
import tensorflow as tf

from models.flows import Autoregressive, Flow, FlowArchitecture, Permutation

__all__ = ["check_separable", "feature_log_probs"]

PERMUTATIONS = ("none", "reversed", "random")
FAMILIES = ("maf", "spline_maf")


def check_separable(architecture: FlowArchitecture) -> None:
    """Make sure that a flow gives each feature its share.

    Raises:
        ValueError: layers that mix features, or a base that is no product over features.
    """
    found = (architecture.family, architecture.permutation, architecture.normalization, architecture.base)
    if (
        architecture.family not in FAMILIES
        or architecture.permutation not in PERMUTATIONS
        or architecture.normalization != "none"
        or architecture.base != "normal"
    ):
        raise ValueError(
            f"family, permutation, normalization and base are {', '.join(found)}, and features have no "
            f"attributions of their own; use family {' or '.join(FAMILIES)}, "
            f"permutation {', '.join(PERMUTATIONS)}, normalization none and base normal"
        )


def feature_log_probs(flow: Flow, x: tf.Tensor, context: tf.Tensor | None = None) -> tf.Tensor:
    """Return each feature's share of the log-density of ``x`` [..., D] in nats, [..., D].

    Costs what ``flow.log_prob`` costs.

    Args:
        flow: one that passes ``check_separable``.
        x: vectors.
        context: of the flow, [..., C].
    """
    given = flow.condition(context)
    value = (x - flow.mean) / flow.scale
    attributions = tf.zeros_like(value) - tf.math.log(flow.scale)
    crossed = []
    for layer in flow.layers:
        if isinstance(layer, Permutation):
            (value, _), (attributions, _) = layer.to_noise(value), layer.to_noise(attributions)
            crossed.append(layer)
            continue
        if not isinstance(layer, Autoregressive):
            raise TypeError(
                f"the layer {layer.name} mixes features, and they have no attributions of their own"
            )
        parameters = layer.network(value, **given.get(layer.name, {}))
        value, log_slopes = layer.elements.to_noise(parameters, value)
        attributions += log_slopes
    attributions -= 0.5 * (value**2 + np.log(2 * np.pi))
    for layer in reversed(crossed):
        attributions = layer.forward(attributions)
    return attributions
