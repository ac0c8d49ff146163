"""How does a flow give an exact density of a thousand features from a few hundred clips?

It models the principal components, where the training clips vary, with a masked autoregressive flow,
and everything outside them with one isotropic Gaussian: probabilistic principal component analysis
with a flow in place of its Gaussian. The features are blurred with Gaussian noise of a stated size
while it is fitted: without it the directions in which the training clips hardly vary (their speakers'
and microphones' detail) decide the likelihood, and the word does not.
Source: Tipping and Bishop 1999, "Probabilistic Principal Component Analysis", section 3.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.architecture import FlowArchitecture
from models.flow import Flow
from models.linear import Rotation
from models.training import Epoch, FitOptions, evaluate, fit

__all__ = ["PrincipalFlow"]

# Of a feature, over the root mean square of all. Bands above a telephone's hardly vary in the training clips,
# and a voice that has a little there would be stranger than any other word.
LEAST_DEVIATION = 0.1

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

    @tf.function(autograph=False, jit_compile=True)
    def log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return the log-density of ``x`` [B, D] in nats, [B]; one pass through each network."""
        return self.distribution.log_prob(x)

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
        followed = {name: self._blurred(x, aside) for name, x in (monitored or {}).items()}
        noisy = [self._blurred(x, generator) for x in train]
        self.components.prepare(np.concatenate([self._principal(x) for x in noisy]))
        held_out = self._blurred(validation, generator)
        if self.components.architecture.family == "affine":
            return [self._only_epoch(noisy[0], held_out, followed)]
        return fit(
            self,
            self.log_prob,
            noisy,
            held_out,
            options,
            monitored=followed,
            on_epoch=on_epoch,
        )

    def _only_epoch(
        self, train: np.ndarray, validation: np.ndarray, followed: dict[str, np.ndarray]
    ) -> Epoch:
        means = {name: float(np.mean(evaluate(self.log_prob, x))) for name, x in followed.items()}
        batch, held_out = (float(np.mean(evaluate(self.log_prob, x))) for x in (train, validation))
        return Epoch(number=1, batch=batch, validation=held_out, is_best=True, monitored=means)

    def _find_components(self, versions: Sequence[np.ndarray]) -> None:
        """Set mean, scale, rotation and residual from all versions."""
        stacked = np.concatenate(versions).astype(np.float64)
        deviation = stacked.std(axis=0)
        scale = np.maximum(deviation, max(float(np.sqrt(np.mean(deviation**2))), 1e-6) * LEAST_DEVIATION)
        # The unchanged clips say where the centre is: augmentation may shift it.
        mean = versions[0].mean(axis=0, dtype=np.float64)
        z = (stacked - mean) / scale
        values, vectors = np.linalg.eigh(z.T @ z / len(z))
        residual = float(values[: -self.n_components].mean()) + self.noise_scale**2
        self.mean.assign(mean)
        self.scale.assign(scale)
        self.rotation.matrix.assign(vectors[:, ::-1])
        self.residual_scale.assign(np.sqrt(max(residual, 1e-12)))

    def _blurred(self, x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        noise = generator.standard_normal(x.shape, dtype=np.float32) * self.noise_scale
        return np.asarray(x + noise * self.scale.numpy(), np.float32)

    def _principal(self, x: np.ndarray) -> np.ndarray:
        z = (x - self.mean.numpy()) / self.scale.numpy()
        return z @ self.rotation.matrix.numpy()[:, : self.n_components]
