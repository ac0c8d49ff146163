"""How is an angle mapped to an angle, so that nothing happens at the seam of the circle?

Turned, bent by a spline that keeps the seam, and turned again. A smooth map of the circle onto itself has the
slope 1 somewhere: two turns put the seam there, and nothing is lost.
Conventions: angles in radians, [-pi, pi); any other number is the angle that it is a turn away from.
Source: Rezende et al. 2020, "Normalizing Flows on Tori and Spheres", section 2.1.
"""

import math

import numpy as np
import tensorflow as tf

from models.flows.elements.splines import SplineElements

__all__ = ["CircularElements", "wrapped"]


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

    def to_noise(self, parameters: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise of each feature, and its log-slope; see ``models.flows.elements.Elements``."""
        n, stretch = self._spline.n_parameters, tf.constant(self._stretch, x.dtype)
        turned = self._turned(x, -parameters[..., n, :]) * stretch
        z, log_slope = self._spline.to_noise(parameters[..., :n, :], turned)
        return self._turned(z / stretch, -parameters[..., n + 1, :]), log_slope

    def to_data(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Return the features of noise ``z`` [..., D]; see ``models.flows.elements.Elements``."""
        n, stretch = self._spline.n_parameters, tf.constant(self._stretch, z.dtype)
        turned = self._turned(z, parameters[..., n + 1, :]) * stretch
        return self._turned(
            self._spline.to_data(parameters[..., :n, :], turned) / stretch, parameters[..., n, :]
        )

    def _turned(self, values: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
        """Return angles so many radians further, once around the circle; other features stay."""
        return tf.where(self._is_angle, wrapped(values + turn), values)
