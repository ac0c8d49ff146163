"""Which map takes one noise variable to one feature, given its parameters?

A kind of element says how many parameters a feature needs, and maps each of the D features by itself, given
its parameters [..., P, D]. Parameters near zero give a map near the identity. Log-scales are bounded
smoothly: B tanh(s / B) lies within B.
"""

from typing import Protocol

import tensorflow as tf

__all__ = ["AffineElements", "Elements", "bounded"]


def bounded(log_scale: tf.Tensor, bound: float) -> tf.Tensor:
    """Return the log-scale within ``bound`` on either side; a bound of 0 leaves it free."""
    return bound * tf.math.tanh(log_scale / bound) if bound else log_scale


class Elements(Protocol):
    """How many parameters a feature has, and the map that they make, both ways."""

    n_parameters: int

    def to_noise(self, parameters: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise z of ``x`` [..., D] and log(dz / dx) in nats, both [..., D]."""

    def to_data(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Return the features of noise ``z`` [..., D]."""


class AffineElements:
    """x = z exp(log_scale) + shift: a Gaussian conditional.

    Args:
        log_scale_bound: see ``bounded``.

    Source: Papamakarios et al. 2017, equations 3 and 4.
    """

    n_parameters = 2

    def __init__(self, log_scale_bound: float) -> None:
        self.log_scale_bound = log_scale_bound

    def to_noise(self, parameters: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return (x - shift) exp(-log_scale), and minus the log-scale; see ``Elements``."""
        log_scale = self._log_scale(parameters)
        return (x - parameters[..., 0, :]) * tf.exp(-log_scale), -log_scale

    def to_data(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Return z exp(log_scale) + shift; see ``Elements``."""
        return z * tf.exp(self._log_scale(parameters)) + parameters[..., 0, :]

    def _log_scale(self, parameters: tf.Tensor) -> tf.Tensor:
        return bounded(parameters[..., 1, :], self.log_scale_bound)
