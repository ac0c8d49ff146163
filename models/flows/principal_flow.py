"""How does a flow give an exact density of a thousand features from a few hundred clips?

It models the principal components, where the training clips vary, with a masked autoregressive flow,
and everything outside them with one isotropic Gaussian: probabilistic principal component analysis
with a flow in place of its Gaussian. The features are blurred with Gaussian noise of a stated size
while it is fitted: without it the directions in which the training clips hardly vary (their speakers'
and microphones' detail) decide the likelihood, and the word does not.
Source: Tipping and Bishop 1999, "Probabilistic Principal Component Analysis", section 3.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import Epoch, FitOptions, evaluate
from models.flows.flow import Flow
from models.flows.layers import Rotation
from models.flows.shared_density import SharedDensity, shared_density

__all__ = ["PrincipalFlow"]

# Of a feature, over the root mean square of all. Bands above a telephone's hardly vary in the training clips,
# and a voice that has a little there would be stranger than any other word.
LEAST_DEVIATION = 0.1
BLOCK = 64  # features whose deviations are taken at once, from a copy

tfb = tfp.bijectors
tfd = tfp.distributions


class PrincipalFlow(tf.Module):
    """A density of vectors: a flow on the first principal components, an isotropic Gaussian on the rest.

    Args:
        event_size: features, D.
        n_components: components that the flow models, below D.
        noise_scale: standard deviation of the blur, in units of a feature's own deviation.
        architecture: of the flow on the components; its base is the standard normal.
        seed: of the initial weights and of the noise.
    """

    def __init__(
        self,
        event_size: int,
        *,
        n_components: int,
        noise_scale: float,
        architecture: FlowArchitecture,
        seed: int,
    ) -> None:
        super().__init__(name="principal_flow")
        if not 0 < n_components < event_size:
            raise ValueError(f"n_components={n_components} must lie between 1 and {event_size - 1}")
        if architecture.base != "normal" or architecture.normalization == "batch":
            raise ValueError(
                f"base={architecture.base!r} and normalization={architecture.normalization!r}: components "
                "need base='normal' and a normalisation that is not 'batch'"
            )
        self.event_size = event_size
        self.n_components = n_components
        self.noise_scale = noise_scale
        self.seed = seed
        self.mean = tf.Variable(tf.zeros([event_size]), trainable=False, name="mean")
        self.scale = tf.Variable(tf.ones([event_size]), trainable=False, name="scale")
        self.residual_scale = tf.Variable(1.0, trainable=False, name="residual_scale")
        self.rotation = Rotation(event_size)
        self.components = Flow(n_components, architecture, seed=seed)
        parts = tfb.Blockwise(
            [self.components.bijector, tfb.Scale(self.residual_scale)],
            block_sizes=[n_components, event_size - n_components],
        )
        self.distribution = tfd.TransformedDistribution(
            tfd.MultivariateNormalDiag(tf.zeros([event_size]), name="base"),
            tfb.Chain([tfb.Shift(self.mean), tfb.Scale(self.scale), self.rotation, parts]),
        )

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the log-density of ``x`` [N, D] in nats, float32 [N]: that of ``distribution``, compiled."""
        return self._shared.score(self.components, self._rows(x))

    def mean_slopes(self, x: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return the mean gradient of the log-density on the way from ``origin`` [D] to ``x``, [N, D].

        The way is straight among the components too, where alone the sixteen steps are taken. Outside them
        the gradient is linear, and its mean is that of the middle: no step needs a product of D x D.
        See ``models.attribution``.
        """
        scale, residual_scale = self.scale.numpy().astype(np.float64), float(self.residual_scale)
        directions = self.rotation.matrix.numpy()[:, : self.n_components].astype(np.float64)
        z = (np.concatenate([x, origin[None]]) - self.mean.numpy()) / scale
        components = z @ directions
        found = self._shared.mean_slopes(self.components, components[:-1], components[-1])
        rest = 0.5 * (z[:-1] + z[-1] - (components[:-1] + components[-1]) @ directions.T)
        return np.asarray((found @ directions.T - rest / residual_scale**2) / scale)

    def fit(
        self,
        train: Sequence[np.ndarray],
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: dict[str, np.ndarray] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    ) -> list[Epoch]:
        """Fit to versions of the same clips.

        Args:
            train: versions [N, D] each, the unchanged clips first.
            validation: clips [M, D] that decide when to stop.
            options: numbers of the fit.
            monitored: clips that are only followed; blurred like the others, so that curves compare.
            on_epoch: told of each epoch.

        Returns:
            One ``Epoch`` for each epoch. An affine flow's maximum of likelihood has a formula: it has one.
        """
        generator = np.random.default_rng(self.seed)
        self._find_components(train)
        # A generator of their own: what is followed must not change what is fitted.
        aside = np.random.default_rng([self.seed, 1])
        followed = {name: self._rows(self._blurred(x, aside)) for name, x in (monitored or {}).items()}
        rows = [self._rows(self._blurred(x, generator)) for x in train]
        held_out = self._rows(self._blurred(validation, generator))
        self.components.prepare(np.concatenate(rows)[:, :-1])
        if self.components.architecture.family == "affine":
            return [self._only_epoch(rows[0], held_out, followed)]
        return self._shared.fit(
            self.components, rows, held_out, options, monitored=followed, on_epoch=on_epoch
        )

    @property
    def _shared(self) -> SharedDensity:
        return shared_density(self.n_components, self.components.architecture)

    def _rows(self, x: np.ndarray) -> np.ndarray:
        """Return the components of each row, and what the rest adds to its log-density: [N, K + 1]."""
        # As tensors: compiled once for all flows of a shape, the function keeps none of their variables.
        variables = (self.mean, self.scale, self.rotation.matrix, self.residual_scale)
        parts = [tf.convert_to_tensor(variable) for variable in variables]
        return evaluate(lambda rows: _split(rows, *parts, n_components=self.n_components), x)

    def _only_epoch(
        self, train: np.ndarray, validation: np.ndarray, followed: dict[str, np.ndarray]
    ) -> Epoch:
        def mean(rows: np.ndarray) -> float:
            return float(np.mean(self._shared.score(self.components, rows)))

        means = {name: mean(rows) for name, rows in followed.items()}
        return Epoch(number=1, batch=mean(train), validation=mean(validation), is_best=True, monitored=means)

    def _find_components(self, versions: Sequence[np.ndarray]) -> None:
        """Set mean, scale, rotation and residual from all versions."""
        stacked = np.concatenate(versions, dtype=np.float64)
        columns = range(0, self.event_size, BLOCK)
        deviation = np.concatenate([stacked[:, start : start + BLOCK].std(axis=0) for start in columns])
        scale = np.maximum(deviation, max(float(np.sqrt(np.mean(deviation**2))), 1e-6) * LEAST_DEVIATION)
        # The unchanged clips say where the centre is: augmentation may shift it.
        mean = versions[0].mean(axis=0, dtype=np.float64)
        # In its place, and gone before its products are decomposed: the most that a fit holds.
        stacked -= mean
        stacked /= scale
        products = stacked.T @ stacked
        products /= len(stacked)
        del stacked
        values, vectors = np.linalg.eigh(products)
        residual = float(values[: -self.n_components].mean()) + self.noise_scale**2
        self.mean.assign(mean)
        self.scale.assign(scale)
        self.rotation.matrix.assign(vectors[:, ::-1])
        self.residual_scale.assign(np.sqrt(max(residual, 1e-12)))

    def _blurred(self, x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        noise = generator.standard_normal(x.shape, dtype=np.float32) * self.noise_scale
        return np.asarray(x + noise * self.scale.numpy(), np.float32)


@tf.function(autograph=False, jit_compile=True)
def _split(
    x: tf.Tensor,
    mean: tf.Tensor,
    scale: tf.Tensor,
    rotation: tf.Tensor,
    residual_scale: tf.Tensor,
    *,
    n_components: int,
) -> tf.Tensor:
    turned = tf.linalg.matmul((x - mean) / scale, rotation)
    rest = turned[:, n_components:] / residual_scale
    n_rest = rest.shape[1]
    known = -0.5 * tf.reduce_sum(rest**2, axis=1) - tf.reduce_sum(tf.math.log(scale))
    known -= n_rest * (tf.math.log(residual_scale) + 0.5 * math.log(2.0 * math.pi))
    return tf.concat([turned[:, :n_components], known[:, None]], axis=1)
