"""How does a chain of bijectors become a density of feature vectors that can be fitted and saved?

Conventions: ``log_prob`` takes vectors [..., D] and returns nats [...]; it is finite, or minus infinity
where the arithmetic of the dtype ends (which says: infinitely strange), and never NaN. Standardisation
is the outermost bijector of the chain: its log-determinant counts, and training and scoring cannot
drift apart. Densities are by counting measure for discrete features, by Lebesgue measure for others.
Source: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density Estimation".
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.base import AngleBase, MixtureBase, StandardNormal
from models.flows.chain import angles_of, build_layers, support_of
from models.flows.conditions import broadcast_rows, check_rows, conditional_input
from models.flows.discrete import Dequantization, mixed_density
from models.flows.drawing import DrawnFlow
from models.flows.layers import (
    ActivationNormalization,
    FrozenBatchNormalization,
    LULinear,
    MaskedDense,
    attribute_set,
    show_rows,
    standardisation,
)

__all__ = ["Flow"]

tfb = tfp.bijectors
tfd = tfp.distributions


class Flow(DrawnFlow):
    """A normalizing flow over vectors; every member of ``models.flows.architecture`` by one interface.

    Args:
        event_size: features of a vector, D.
        architecture: which flow.
        seed: of the initial weights and random orders.
        dtype: float32 or float64.

    Attributes:
        bijector, distribution: the TFP objects behind it; forward takes noise to data. Continuous variables
            stand there for discrete features.
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
        self._support = support_of(event_size, architecture, dtype)
        outermost = [] if self._support is None else [self._support]
        self.bijector = tfb.Chain([*outermost, tfb.Shift(self.mean), tfb.Scale(self.scale), *self.layers])
        if architecture.base == "mixture":
            self.mixture = MixtureBase(
                event_size,
                architecture.n_base_components,
                log_scale_bound=architecture.log_scale_bound,
                seed=seed,
                dtype=dtype,
            )
        self._is_angle = angles_of(event_size, architecture)
        base = self.mixture.distribution if architecture.base == "mixture" else None
        if base is None:
            is_plain = not self._is_angle.any()
            base = StandardNormal(event_size, dtype) if is_plain else AngleBase(self._is_angle, dtype)
        self.distribution = tfd.TransformedDistribution(base, self.bijector)
        self._mixed = mixed_density(self, self._density, self._to_data, self._support)
        self._trace_drawing()
        # No branch or loop in Python looks at a tensor: rewriting the code for AutoGraph costs time alone.
        self.compiled_log_prob = tf.function(self.log_prob, autograph=False, jit_compile=True)
        # XLA takes bfloat16 products on a CPU slower than float32 ones; TensorFlow's own kernels do not.
        self.coarse_log_prob = tf.function(self._coarse_log_prob, autograph=False)
        self._inverses = [
            tf.function(layer.inverse, autograph=False, reduce_retracing=True) for layer in self.layers
        ]

    def log_prob(
        self, x: tf.Tensor, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Return the log-density of ``x`` [..., D] in nats, [...].

        A context is [..., C], or [C] for every row; a label [...], or []; leading axes broadcast.

        Raises:
            ValueError: shapes, dtypes or labels are not what the flow was made for.
        """
        x = check_rows(x, self.event_size, self.dtype)
        x, context, label = broadcast_rows(x, context, label, self.dtype)
        if x.shape.rank == 1:  # networks multiply matrices
            return self.log_prob(x[None], context, label)[0]
        given = self.condition(context, label, tf.shape(x)[:-1])
        value = (self._density if self._mixed is None else self._mixed.log_prob)(x, given)
        return tf.where(tf.math.is_nan(value), tf.constant(-np.inf, value.dtype), value)

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

        Shift and scale of the standardisation, the starts of activation normalisation, and the whole of an
        affine flow. Angles stay.

        Raises:
            ValueError: rows lie on or beyond the ends of a feature's range, or are no whole numbers of it.
        """
        x = self._unbounded(x)
        mean, scale = standardisation(x, self._is_angle)
        self.mean.assign(mean)
        self.scale.assign(scale if self._mixed is None else self._mixed.least_scale(scale))
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
        """Return ``log_prob`` with every batch normalisation taking the statistics of ``x``: for training.

        For ``flow_matching``, minus the matching loss; where discrete features are dequantised, with one
        random point of each row's cell.
        """
        if self.architecture.family == "flow_matching":
            return self._matched(x, context, label)
        normalizations = [layer for layer in self.layers if isinstance(layer, FrozenBatchNormalization)]
        mixed = [] if self._mixed is None else [self._mixed]
        with attribute_set([*normalizations, *mixed], "training", True):
            return self.log_prob(x, context, label)

    def _matched(self, x: tf.Tensor, context: Any, label: Any, *, for_validation: bool = False) -> tf.Tensor:
        given = self.condition(context, label, tf.shape(x)[:-1])
        if isinstance(self._mixed, Dequantization):
            x = self._mixed.filled(x, for_validation=for_validation)
        rows = x if self._support is None else self._support.inverse(x)
        layer = self.layers[0]
        return layer.matching(
            (rows - self.mean) / self.scale, **given.get(layer.name, {}), for_validation=for_validation
        )

    def validation_log_prob(self, x: tf.Tensor, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return what validation takes the mean of: ``log_prob``, or minus the matching loss."""
        if self.architecture.family == "flow_matching":
            return self._matched(x, context, label, for_validation=True)
        return self.log_prob(x, context, label)

    def freeze(self, x: np.ndarray) -> None:
        """Set every batch normalisation's statistics to those of the training set ``x`` [N, D], in order."""
        if self.architecture.normalization == "batch":
            x = self._unbounded(x)
            self._show(x, None, None, FrozenBatchNormalization, lambda layer, rows: layer.freeze(rows))

    def _density(self, x: tf.Tensor, given: Mapping[str, Any]) -> tf.Tensor:
        """Return what ``distribution.log_prob`` returns, each layer evaluated once; see ``Layer``."""
        log_dets = []
        if self._support is not None:
            x, log_det = self._support.to_noise(x)
            log_dets.append(log_det)
        x = (x - self.mean) / self.scale
        log_dets.append(-tf.reduce_sum(tf.math.log(tf.abs(self.scale))))
        for layer in self.layers:
            x, log_det = layer.to_noise(x, **given.get(layer.name, {}))
            log_dets.append(log_det)
        # Summed as TFP does, from the noise to the data.
        return self.distribution.distribution.log_prob(x) + sum(reversed(log_dets))

    def _unbounded(self, x: np.ndarray) -> np.ndarray:
        """Return rows [N, D] in the place of all numbers, discrete features dequantised where they are."""
        x = x if self._mixed is None else self._mixed.latent(x)
        return x if self._support is None else self._support.unbounded(x)

    def _coarse_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        dense = [module for module in self.submodules if isinstance(module, MaskedDense)]
        with attribute_set(dense, "product_dtype", tf.bfloat16):
            return self.log_prob(x)

    def _show(self, x: np.ndarray, context: Any, label: Any, kind: type, visit: Callable[..., None]) -> None:
        rows = ((x - self.mean.numpy()) / self.scale.numpy()).astype(self.dtype.as_numpy_dtype)
        given = self.condition(context, label, (len(rows),))
        show_rows(self.layers, self._inverses, rows, given, kind, visit)
