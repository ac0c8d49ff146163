"""How does a chain of bijectors become a density of feature vectors that can be fitted and saved?

Conventions: ``log_prob`` takes vectors [..., D] and returns nats [...]; it is finite, or minus infinity
where the arithmetic of the dtype ends (which says: infinitely strange), and never NaN. Standardisation
is the outermost bijector of the chain: its log-determinant counts, and training and scoring cannot
drift apart.
Source: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density Estimation".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.base import MixtureBase, standard_normal
from models.flows.chain import build_layers
from models.flows.conditions import check_rows, conditional_input, of_joined, rows_to_fit, spread_condition
from models.flows.drawing import in_blocks
from models.flows.fitting import Epoch, FitOptions, Steps, fit
from models.flows.layers import ActivationNormalization, FrozenBatchNormalization, LULinear, MaskedDense
from models.flows.preparation import attribute_set, show_rows
from models.flows.storage import StoredFlow

__all__ = ["Flow"]

tfb = tfp.bijectors
tfd = tfp.distributions


class Flow(StoredFlow):
    """A normalizing flow over vectors; every member of ``models.flows.architecture`` by one interface.

    Args:
        event_size: features of a vector, D.
        architecture: which flow.
        seed: of the initial weights and random orders.
        dtype: float32 or float64.

    Attributes:
        bijector, distribution: the TFP objects behind it; forward takes noise to data.
        compiled_log_prob: ``log_prob`` compiled by XLA, the fastest that is exact.
        coarse_log_prob: ``log_prob`` of vectors alone with bfloat16 products, not to be trained with;
            docs/explanation/flows.md tells its speed and its error.
    """

    def __init__(
        self, event_size: int, architecture: FlowArchitecture, *, seed: int = 0, dtype: tf.DType = tf.float32
    ) -> None:
        super().__init__(event_size, architecture, seed=seed, dtype=dtype)
        seeds = np.random.SeedSequence(seed).generate_state(architecture.n_layers)
        self.mean = tf.Variable(tf.zeros([event_size], dtype), trainable=False, name="mean")
        self.scale = tf.Variable(tf.ones([event_size], dtype), trainable=False, name="scale")
        self.layers, self._conditioned = build_layers(
            event_size, architecture, [int(seed) for seed in seeds], dtype
        )
        self.bijector = tfb.Chain([tfb.Shift(self.mean), tfb.Scale(self.scale), *self.layers])
        if architecture.base == "mixture":
            self.mixture = MixtureBase(
                event_size,
                architecture.n_base_components,
                log_scale_bound=architecture.log_scale_bound,
                seed=seed,
                dtype=dtype,
            )
        is_mixture = architecture.base == "mixture"
        base = self.mixture.distribution if is_mixture else standard_normal(event_size, dtype)
        self.distribution = tfd.TransformedDistribution(base, self.bijector)
        # No branch or loop in Python looks at a tensor: rewriting the code for AutoGraph costs time alone.
        self.compiled_log_prob = tf.function(self.log_prob, autograph=False, jit_compile=True)
        # XLA takes bfloat16 products on a CPU slower than float32 ones; TensorFlow's own kernels do not.
        self.coarse_log_prob = tf.function(self._coarse_log_prob, autograph=False)
        self._inverses = [
            tf.function(layer.inverse, autograph=False, reduce_retracing=True) for layer in self.layers
        ]
        self._compiled_forward = tf.function(self._from_noise, autograph=False, jit_compile=True)

    def log_prob(
        self, x: tf.Tensor, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Return the log-density of ``x`` [..., D] in nats, [...].

        A context is [..., C], or [C] for every row; a label [...], or [] for every row.

        Raises:
            ValueError: shapes, dtypes or labels are not what the flow was made for.
        """
        x = check_rows(x, self.event_size, self.dtype)
        given = self.condition(context, label, tf.shape(x)[:-1])
        value = self.distribution.log_prob(x, bijector_kwargs=given)
        return tf.where(tf.math.is_nan(value), tf.constant(-np.inf, value.dtype), value)

    def sample(
        self, n: int, seed: int, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Draw [n, D]; a context [n, C] or [C] and labels [n] or [] say of what.

        Each layer costs about one pass through its network. Sizes are padded to a few, so that a new
        number of samples seldom compiles.
        """
        noise = self.distribution.distribution.sample(n, seed=tf.constant([seed, 0], tf.int32))
        self.condition(context, label, (n,))
        labels = None if label is None else spread_condition(label, 0, (n,), tf.int32)
        contexts = None if context is None else spread_condition(context, 1, (n,), self.dtype)
        return in_blocks(self._compiled_forward, noise, (contexts, labels))

    def rsample(
        self, n: int, seed: int, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Draw as ``sample`` does, differentiable in the weights and the context; not compiled, so slower."""
        noise = self.distribution.distribution.sample(n, seed=tf.constant([seed, 0], tf.int32))
        return self.bijector.forward(noise, **self.condition(context, label, (n,)))

    def sample_and_log_prob(
        self, n: int, seed: int, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draw as ``sample`` does, and return the samples [n, D] with their log-density, nats [n]."""
        drawn = self.sample(n, seed, context, label)
        return drawn, self.log_prob(drawn, context, label)

    def condition(
        self, context: tf.Tensor | None = None, label: tf.Tensor | None = None, leading: Any = ()
    ) -> dict[str, dict]:
        """Return the keyword arguments that hand a context and labels to the chain's bijectors.

        Args:
            context: [..., C], or [C] for every row.
            label: [...], or [] for every row.
            leading: shape of the rows before their last axis.

        Raises:
            ValueError: what is given is not what the flow was made for.
        """
        joined = conditional_input(self.architecture, context, label, leading, self.dtype)
        if joined is None:
            return {}
        return {name: {"conditional_input": joined} for name in self._conditioned}

    def prepare(
        self, x: np.ndarray, context: np.ndarray | None = None, label: np.ndarray | None = None
    ) -> None:
        """Set what comes from the training rows ``x`` [N, D], and their conditions, before any step.

        Shift and scale of the standardisation (a feature whose deviation is below a millionth of the
        largest is constant but for rounding: its scale is the largest times 1e-6, and the density stays
        finite), the starts of activation normalisation, and the whole of an affine flow.
        """
        deviation = x.std(axis=0, dtype=np.float64)
        floor = max(float(deviation.max()), 1e-6) * 1e-6
        self.mean.assign(x.mean(axis=0, dtype=np.float64))
        self.scale.assign(np.maximum(deviation, floor))
        if self.architecture.family == "affine":
            covariance = np.cov(((x - self.mean.numpy()) / self.scale.numpy()).T, dtype=np.float64)
            ridge = 1e-6 * np.eye(self.event_size)
            next(b for b in self.layers if isinstance(b, LULinear)).set_precision(covariance + ridge)
        if self.architecture.normalization == "activation":
            self._show(x, context, label, ActivationNormalization, lambda layer, rows: layer.prepare(rows))
        self.is_prepared = True

    def training_log_prob(
        self, x: tf.Tensor, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Return ``log_prob`` with every batch normalisation taking the statistics of ``x``: for training."""
        normalizations = [layer for layer in self.layers if isinstance(layer, FrozenBatchNormalization)]
        with attribute_set(normalizations, "training", True):
            return self.log_prob(x, context, label)

    def freeze(self, x: np.ndarray) -> None:
        """Set every batch normalisation's statistics to those of the training set ``x`` [N, D], in order."""
        if self.architecture.normalization == "batch":
            self._show(x, None, None, FrozenBatchNormalization, lambda layer, rows: layer.freeze(rows))

    def fit(
        self,
        x: np.ndarray | Sequence[np.ndarray],
        validation: np.ndarray | None = None,
        options: FitOptions | None = None,
        *,
        context: np.ndarray | None = None,
        label: np.ndarray | None = None,
        validation_share: float = 0.1,
        monitored: Mapping[str, np.ndarray] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
        report_every: int = 0,
        on_steps: Callable[[Steps], None] = lambda steps: None,
    ) -> list[Epoch]:
        """Fit to rows, given their conditions where the flow takes any; see ``models.flows.fitting``.

        The first fit prepares the flow.

        Args:
            x: rows [N, D], or several versions of the same rows.
            validation: rows [M, D] that decide when to stop, for a flow without conditions; by default a
                share of the rows, drawn by ``options.seed``.
            options: numbers of the fit.
            context: [N, C], or [C] for every row.
            label: [N], or one for every row.
            validation_share: of the rows, where none are given.
            monitored: see ``models.flows.fitting.fit``, as for the three below.
            on_epoch: told of each epoch.
            report_every: steps after which ``on_steps`` is told.
            on_steps: told within an epoch.

        Returns:
            One ``Epoch`` for each epoch.

        Raises:
            ValueError: shapes, labels or the share do not go with the flow or the rows.
            TrainingDiverged: the loss stayed non-finite.
        """
        options = options or FitOptions()
        train, held = rows_to_fit(
            self, x, validation, context, label, share=validation_share, seed=options.seed
        )
        if not self.is_prepared:
            of_joined(self, self.prepare)(train[0])
        score = self.compiled_log_prob
        if self.architecture.condition_size:
            score = tf.function(of_joined(self, self.log_prob), autograph=False, jit_compile=True)
        return fit(
            self,
            score,
            train,
            held,
            options,
            monitored=monitored,
            objective=of_joined(self, self.training_log_prob),
            before_scoring=lambda: self.freeze(train[0]),
            on_epoch=on_epoch,
            report_every=report_every,
            on_steps=on_steps,
        )

    def _from_noise(
        self, noise: tf.Tensor, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self.bijector.forward(noise, **self.condition(context, label))

    def _coarse_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        dense = [module for module in self.submodules if isinstance(module, MaskedDense)]
        with attribute_set(dense, "product_dtype", tf.bfloat16):
            return self.log_prob(x)

    def _show(self, x: np.ndarray, context: Any, label: Any, kind: type, visit: Callable[..., None]) -> None:
        rows = ((x - self.mean.numpy()) / self.scale.numpy()).astype(self.dtype.as_numpy_dtype)
        given = self.condition(context, label, (len(rows),))
        show_rows(self.layers, self._inverses, rows, given, kind, visit)
