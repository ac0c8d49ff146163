"""Which map takes one noise variable to one feature, given its parameters?

A kind of element says how many parameters a feature needs, and makes of parameters [..., P, D] a TFP
bijector that acts on each of the D features by itself; its forward takes noise to data. Parameters near
zero give a map near the identity. Log-scales are bounded smoothly: B tanh(s / B) lies within B.
"""

from typing import Protocol

import tensorflow as tf
import tensorflow_probability as tfp

__all__ = ["AffineElements", "Elements", "bounded"]

tfb = tfp.bijectors


def bounded(log_scale: tf.Tensor, bound: float) -> tf.Tensor:
    """Return the log-scale within ``bound`` on either side; a bound of 0 leaves it free."""
    return bound * tf.math.tanh(log_scale / bound) if bound else log_scale


class Elements(Protocol):
    """How many parameters a feature has, and the bijector that they make."""

    n_parameters: int

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the map of ``parameters`` [..., P, D] over [..., D]."""


class AffineElements:
    """x = z exp(log_scale) + shift: a Gaussian conditional.

    Args:
        log_scale_bound: see ``bounded``.

    Source: Papamakarios et al. 2017, equations 3 and 4.
    """

    n_parameters = 2

    def __init__(self, log_scale_bound: float) -> None:
        self.log_scale_bound = log_scale_bound

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return shift after scale; see ``Elements``."""
        shift, log_scale = parameters[..., 0, :], parameters[..., 1, :]
        return tfb.Shift(shift)(tfb.Scale(log_scale=bounded(log_scale, self.log_scale_bound)))
