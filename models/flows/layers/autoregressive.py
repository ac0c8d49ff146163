"""How does a masked network become an invertible map of vectors?

TFP's MaskedAutoregressiveFlow, with a network whose masks hold and a drawing of samples that costs one
pass. Data to noise (a density) is one pass through the network; noise to data (a sample) goes through
the features in order, see ``models.flows.layers.ancestral``.
Source: Papamakarios et al. 2017, section 3; Kingma et al. 2016 for the inverse (IAF).
"""

import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.elements import Elements
from models.flows.layers.ancestral import draw
from models.flows.layers.evaluation import EvaluatedOnce
from models.flows.layers.made import MADE

__all__ = ["Autoregressive"]


class Autoregressive(tfp.bijectors.MaskedAutoregressiveFlow):
    """One autoregressive layer; forward takes noise to data.

    Args:
        network: gives ``elements.n_parameters`` for each feature.
        elements: what the parameters mean.
    """

    def __init__(self, network: MADE, elements: Elements, name: str = "autoregressive") -> None:
        if network.n_parameters != elements.n_parameters:
            raise ValueError(
                f"the network gives {network.n_parameters} parameters a feature, "
                f"and {elements.n_parameters} are needed"
            )
        self.network = network
        self.elements = elements
        self._evaluated = EvaluatedOnce()
        super().__init__(bijector_fn=self._elements_of, name=name)

    def _elements_of(self, x: tf.Tensor, **condition: tf.Tensor) -> tfp.bijectors.Bijector:
        """Return the map of each feature, from one evaluation of the network for value and Jacobian."""
        return self._evaluated(x, lambda: self.elements.bijector(self.network(x, **condition)))

    def draw(self, z: tf.Tensor, *, grid: tf.Tensor | None = None, **condition: tf.Tensor) -> tf.Tensor:
        """Return the forward map of noise ``z`` [..., D], with features on a grid; see ``ancestral.draw``."""
        return draw(self.network, self.elements, z, grid=grid, **condition)

    def _forward(self, x: tf.Tensor, **condition: tf.Tensor) -> tf.Tensor:
        return self.draw(x, **condition)
