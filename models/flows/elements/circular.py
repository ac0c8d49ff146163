"""How is an angle mapped to an angle, so that nothing happens at the seam of the circle?

Turned, bent by a spline that keeps the seam, and turned again. A smooth map of the circle onto itself has the
slope 1 somewhere: two turns put the seam there, and nothing is lost.
Conventions: angles in radians, [-pi, pi); any other number is the angle that it is a turn away from.
Source: Rezende et al. 2020, "Normalizing Flows on Tori and Spheres", section 2.1.
"""

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements.splines import SplineElements

__all__ = ["CircularElements", "wrapped"]

tfb = tfp.bijectors


def wrapped(angle: tf.Tensor) -> tf.Tensor:
    """Return the angle within [-pi, pi)."""
    turn = 2.0 * math.pi
    return angle - turn * tf.floor((angle + math.pi) / turn)


class CircularElements:
    """Splines, of angles for some features.

    Args:
        is_angle: which of the D features are angles, bool [D].
        n_bins, tail_bound: of the splines; an angle's go once around.
    """

    def __init__(self, is_angle: np.ndarray, n_bins: int, tail_bound: float) -> None:
        self._is_angle = np.asarray(is_angle, bool)
        self._spline = SplineElements(n_bins, tail_bound)
        self._stretch = np.where(self._is_angle, tail_bound / math.pi, 1.0)
        self.n_parameters = self._spline.n_parameters + 2

    def bijector(self, parameters: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the map of each feature; see ``Elements``."""
        stretch = tf.constant(self._stretch, parameters.dtype)
        n = self._spline.n_parameters
        return tfb.Chain(
            [
                Turn(self._is_angle, parameters[..., n, :]),
                tfb.Scale(1.0 / stretch),
                self._spline.bijector(parameters[..., :n, :]),
                tfb.Scale(stretch),
                Turn(self._is_angle, parameters[..., n + 1, :]),
            ]
        )


class Turn(tfp.bijectors.Bijector):
    """Add to angles, and go once around; other features stay.

    Args:
        is_angle: bool [D].
        turn: radians [..., D].
    """

    def __init__(self, is_angle: np.ndarray, turn: tf.Tensor) -> None:
        parameters = dict(locals())
        self._angles, self._turn = tf.constant(is_angle), turn
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            dtype=turn.dtype,
            parameters=parameters,
            name="turn",
        )

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        return tf.where(self._angles, wrapped(z + self._turn), z)

    def _inverse(self, x: tf.Tensor) -> tf.Tensor:
        return tf.where(self._angles, wrapped(x - self._turn), x)

    def _inverse_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.zeros([], x.dtype)
