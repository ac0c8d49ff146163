"""How does a chain of bijectors become a density of feature vectors that can be fitted and saved?

Conventions: ``log_prob`` takes vectors [..., D] and returns nats [...]; it is finite, or minus infinity
where the arithmetic of the dtype ends (which says: infinitely strange), and never NaN. Standardisation
is the outermost bijector of the chain: its log-determinant counts, and training and scoring cannot
drift apart.
Source: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density Estimation".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from models.flows.architecture import FlowArchitecture
from models.flows.base import MixtureBase, standard_normal
from models.flows.chain import build_layers
from models.flows.fitting import Epoch, FitOptions, Steps, fit
from models.flows.layers import ActivationNormalization, FrozenBatchNormalization, LULinear, MaskedDense
from models.flows.variables import restore_variables, variable_arrays

__all__ = ["Flow"]

tfb = tfp.bijectors
tfd = tfp.distributions

# Rows that pass through the layers at once when statistics are taken: bounds memory.
CHUNK = 8192


class Flow(tf.Module):
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
        super().__init__(name="flow")
        self.event_size, self.architecture, self.seed, self.dtype = event_size, architecture, seed, dtype
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
        """Return the log-density of ``x`` [..., D] in nats, [...]; context [..., C], label [...]."""
        value = self.distribution.log_prob(x, bijector_kwargs=self.condition(context, label))
        return tf.where(tf.math.is_nan(value), tf.constant(-np.inf, value.dtype), value)

    def sample(
        self, n: int, seed: int, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Draw [n, D]; a context [n, C] and labels [n] say of what.

        Each layer costs about one pass through its network. The first call for a number n compiles.
        """
        noise = self.distribution.distribution.sample(n, seed=tf.constant([seed, 0], tf.int32))
        return self._compiled_forward(noise, context, label)

    def condition(self, context: tf.Tensor | None = None, label: tf.Tensor | None = None) -> dict[str, dict]:
        """Return the keyword arguments that hand a context and labels to the chain's bijectors.

        Raises:
            ValueError: what is given is not what the flow was made for.
        """
        architecture = self.architecture
        for name, given, wanted in (
            ("context", context, architecture.context_size),
            ("label", label, architecture.n_classes),
        ):
            if (given is None) != (wanted == 0):
                had, needs = (f"no {name}", f"a {name}") if given is None else (f"a {name}", "none")
                raise ValueError(f"the flow got {had} and needs {needs}")
        parts = []
        if label is not None:
            parts.append(tf.one_hot(label, architecture.n_classes, dtype=self.dtype))
        if context is not None:
            parts.append(tf.convert_to_tensor(context, self.dtype))
        if not parts:
            return {}
        joined = parts[0] if len(parts) == 1 else tf.concat(parts, axis=-1)
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
            given = {} if context is None and label is None else self.condition(context, label)
            if given or not self._conditioned:
                self._walk(x, ActivationNormalization, lambda layer, rows: layer.prepare(rows), given)

    def training_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        """Return ``log_prob`` with every batch normalisation taking the statistics of ``x``: for training."""
        normalizations = [layer for layer in self.layers if isinstance(layer, FrozenBatchNormalization)]
        with _set(normalizations, "training", True):
            return self.log_prob(x)

    def freeze(self, x: np.ndarray) -> None:
        """Set every batch normalisation's statistics to those of the training set ``x`` [N, D], in order."""
        if self.architecture.normalization == "batch":
            self._walk(x, FrozenBatchNormalization, lambda layer, rows: layer.freeze(rows))

    def fit(
        self,
        train: Sequence[np.ndarray],
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
        report_every: int = 0,
        on_steps: Callable[[Steps], None] = lambda steps: None,
    ) -> list[Epoch]:
        """Fit to versions of the same rows, [N, D] each, after ``prepare``; see ``models.flows.fitting``."""
        return fit(
            self,
            self.compiled_log_prob,
            train,
            validation,
            options,
            monitored=monitored,
            objective=self.training_log_prob,
            before_scoring=lambda: self.freeze(train[0]),
            on_epoch=on_epoch,
            report_every=report_every,
            on_steps=on_steps,
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that ``from_arrays`` needs, as named arrays."""
        head = np.array([self.event_size, self.seed, self.dtype.size])
        return {
            "flow/architecture": self.architecture.to_array(),
            "flow/event_size_seed_and_bytes": head,
            **variable_arrays(self, "flow"),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Flow":
        """Build the flow whose ``arrays`` these are; it scores as before, to the bit.

        Raises:
            ValueError: an array is missing, of another shape, or damaged.
        """
        for key in ("flow/architecture", "flow/event_size_seed_and_bytes"):
            if key not in arrays:
                raise ValueError(f"{key} is missing: these are not the arrays of a flow")
        head = np.asarray(arrays["flow/event_size_seed_and_bytes"])
        dtypes = {4: tf.float32, 8: tf.float64}
        if head.shape != (3,) or head.dtype.kind not in "iu" or head[0] < 1 or head[2] not in dtypes:
            raise ValueError(f"{head.tolist()} is no event size, seed and bytes a number; fit the flow again")
        event_size, seed, n_bytes = (int(number) for number in head)
        architecture = FlowArchitecture.from_array(arrays["flow/architecture"])
        flow = cls(event_size, architecture, seed=seed, dtype=dtypes[n_bytes])
        restore_variables(flow, "flow", arrays)
        return flow

    def _from_noise(
        self, noise: tf.Tensor, context: tf.Tensor | None = None, label: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self.bijector.forward(noise, **self.condition(context, label))

    def _coarse_log_prob(self, x: tf.Tensor) -> tf.Tensor:
        dense = [module for module in self.submodules if isinstance(module, MaskedDense)]
        with _set(dense, "product_dtype", tf.bfloat16):
            return self.log_prob(x)

    def _walk(
        self, x: np.ndarray, kind: type, visit: Callable[..., None], given: Mapping[str, dict] | None = None
    ) -> None:
        """Take ``x`` [N, D] from data to noise and show each layer of a kind the rows that reach it."""
        last = max((i for i, layer in enumerate(self.layers) if isinstance(layer, kind)), default=-1)
        if last < 0:  # a single affine layer is followed by no normalisation
            return
        rows = ((x - self.mean.numpy()) / self.scale.numpy()).astype(self.dtype.as_numpy_dtype)
        for number, layer in enumerate(self.layers[: last + 1]):
            if isinstance(layer, kind):
                visit(layer, rows)
            if number < last:
                own, inverse = (given or {}).get(layer.name, {}), self._inverses[number]
                spans = (slice(i, i + CHUNK) for i in range(0, len(rows), CHUNK))
                found = [inverse(rows[at], **{key: own[key][at] for key in own}).numpy() for at in spans]
                rows = np.concatenate(found)


@contextmanager
def _set(modules: Sequence[tf.Module], name: str, value: object) -> Iterator[None]:
    """Give each module's attribute a value for as long as a function is traced or called."""
    before = [getattr(module, name) for module in modules]
    for module in modules:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, old in zip(modules, before, strict=True):
            setattr(module, name, old)
