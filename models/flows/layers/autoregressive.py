"""How does a masked network become an invertible map of vectors?

Its masks hold, whatever an optimiser does. Data to noise (a density) is one pass through the network; noise
to data (a sample) goes through the features in order, see ``models.flows.layers.ancestral``.
Source: Papamakarios et al. 2017, section 3; Kingma et al. 2016 for the inverse (IAF).
"""

import tensorflow as tf

from models.flows.elements import Elements
from models.flows.layers.ancestral import draw
from models.flows.layers.layer import Layer
from models.flows.layers.made import MADE

__all__ = ["Autoregressive", "InverseAutoregressive"]


class Autoregressive(Layer):
    """One autoregressive layer; forward takes noise to data.

    Args:
        network: gives ``elements.n_parameters`` for each feature.
        elements: what the parameters mean.
    """

    def __init__(self, network: MADE, elements: Elements, name: str = "autoregressive") -> None:
        parameters = dict(locals())
        if network.n_parameters != elements.n_parameters:
            raise ValueError(
                f"the network gives {network.n_parameters} parameters a feature, "
                f"and {elements.n_parameters} are needed"
            )
        self.network = network
        self.elements = elements
        super().__init__(parameters, dtype=network.output.bias.dtype, name=name)

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise and the log-determinant; see ``models.flows.layers.layer.Layer``."""
        z, slopes = self.elements.to_noise(self.network(x, conditional_input), x)
        return z, tf.reduce_sum(slopes, axis=-1)

    def draw(
        self,
        z: tf.Tensor,
        conditional_input: tf.Tensor | None = None,
        *,
        grid: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Return the forward map of noise ``z`` [..., D], with features on a grid; see ``ancestral.draw``."""
        return draw(self.network, self.elements, z, conditional_input, grid)

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the data of noise ``z``; see ``models.flows.layers.layer.Layer``."""
        return self.draw(z, conditional_input)


class InverseAutoregressive(Layer):
    """An autoregressive layer the other way round: quick from noise to data.

    Args:
        network, elements: as of ``Autoregressive``; the network is shown the noise.
    """

    def __init__(self, network: MADE, elements: Elements, name: str = "inverse_autoregressive") -> None:
        parameters = dict(locals())
        self._inverted = Autoregressive(network, elements)
        super().__init__(parameters, dtype=self._inverted.dtype, name=name)

    def to_noise(
        self, x: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the noise and the log-determinant; see ``models.flows.layers.layer.Layer``."""
        z = self._inverted.draw(x, conditional_input)
        return z, -self._inverted.to_noise(z, conditional_input)[1]

    def to_data(self, z: tf.Tensor, conditional_input: tf.Tensor | None = None) -> tf.Tensor:
        """Return the data of noise ``z``; see ``models.flows.layers.layer.Layer``."""
        return self._inverted.to_noise(z, conditional_input)[0]

    def _forward_log_det_jacobian(
        self, z: tf.Tensor, conditional_input: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self._inverted.to_noise(z, conditional_input)[1]
