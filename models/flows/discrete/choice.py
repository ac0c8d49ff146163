"""Which of the two ways gives a flow's discrete features their masses?"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from models.flows.discrete.cells import Cells
from models.flows.discrete.dequantization import Dequantization
from models.flows.discrete.masses import ExactMasses

__all__ = ["Mixed", "mixed_density"]


class Mixed(Protocol):
    """What a flow asks of either way."""

    training: bool

    def least_scale(self, scale: np.ndarray) -> np.ndarray:
        """Return the scales [D] of the standardisation, none too small."""

    def latent(self, x: np.ndarray) -> np.ndarray:
        """Return the rows [N, D] that begin the flow."""

    def log_prob(self, x: tf.Tensor, given: Any) -> tf.Tensor:
        """Return the log-density of rows [..., D] in nats [...]."""

    def sample(self, noise: tf.Tensor, given: Any) -> tf.Tensor:
        """Return the rows of noise [N, D]."""


def mixed_density(
    flow: Any,
    density: Callable[[tf.Tensor, Mapping[str, Any]], tf.Tensor],
    to_data: Callable[[tf.Tensor, Mapping[str, Any]], tf.Tensor],
    support: tf.Module | None,
) -> Mixed | None:
    """Return the exact way where the flow's architecture has it, or dequantisation; None without features.

    Args:
        flow: with its bijectors and its standardisation.
        density: log-density of the continuous variables, and conditions.
        to_data: the continuous variables of noise, and conditions.
        support: the map into the ranges of the features, if any has one.
    """
    architecture = flow.architecture
    if not architecture.discrete:
        return None
    cells = Cells(flow.event_size, architecture.discrete)
    if architecture.has_exact_masses:
        return ExactMasses(cells, flow.layers[0], flow.mean, flow.scale, support)
    return Dequantization(
        cells,
        density,
        to_data,
        n_draws=architecture.n_draws,
        seed=flow.seed,
        dtype=flow.dtype,
    )
