"""Which numbers and choices make one fit?

Conventions: a step is one update of the weights; learning rates count steps from 0.
"""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import tensorflow as tf
import tf_keras

from models.flows.fitting.progress import Checkpoint

__all__ = ["OPTIMIZERS", "Cosine", "FitOptions", "Schedule", "made_optimizer", "with_numbers"]

Schedule = Callable[[tf.Tensor], tf.Tensor]

OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "adamax": ("Adamax", {}),
    "nadam": ("Nadam", {}),
    "rmsprop": ("RMSprop", {}),
    "lion": ("Lion", {}),
    "sgd": ("SGD", {"momentum": 0.9, "nesterov": True}),
}


@dataclass(frozen=True)
class Cosine:
    """A learning rate that rises in a straight line, and falls to ``least`` along half a cosine.

    Args:
        peak: the highest rate.
        n_steps: steps to the end of the fall; later ones keep ``least``.
        warmup_steps: steps of the rise.
        least: the lowest rate.

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts.
    """

    peak: float
    n_steps: int
    warmup_steps: int = 0
    least: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps < self.n_steps:
            raise ValueError(
                f"warmup_steps={self.warmup_steps} must lie between 0 and n_steps={self.n_steps} less one"
            )

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the rate of a step."""
        at = tf.cast(step, tf.float32)
        rise = self.peak * (at + 1.0) / max(self.warmup_steps, 1)
        share = tf.minimum((at - self.warmup_steps) / (self.n_steps - self.warmup_steps), 1.0)
        fall = self.least + 0.5 * (self.peak - self.least) * (1.0 + tf.cos(math.pi * share))
        return tf.where(at < self.warmup_steps, rise, fall)


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Numbers of one fit; see the configuration page for the reason of each.

    Args:
        batch_size: rows whose gradient is taken at once.
        learning_rate: one rate; or a function from the step, an integer tensor, to its rate, such as
            ``Cosine`` and the schedules of ``tf_keras.optimizers.schedules``.
        max_epochs, patience: the fit ends after so many epochs, or so many without a better one; no patience
            (0) leaves the last weights.
        clip_norm: highest norm of all gradients together; 0 for no bound.
        seed: of the order of the rows, and of those held out.
        optimizer: one of ``OPTIMIZERS``, or a function from a learning rate to an optimiser of ``tf_keras``.
        ema: decay of the weights' moving average, below 1; the averages are validated and kept. 0 for none.
        accumulate: batches whose mean gradient makes one step; memory stays that of one.
        strategy: a ``tf.distribute.MultiWorkerMirroredStrategy`` that shares each batch among processes; all
            of them make the same call. None for this process alone.
        next_checkpoint: gives each fit, in the order in which they begin, where it is kept while it lasts.

    Raises:
        ValueError: a number out of range, or an unknown optimiser.
    """

    batch_size: int = 100
    learning_rate: float | Schedule = 1e-3
    max_epochs: int = 100
    patience: int = 10
    clip_norm: float = 10.0
    seed: int = 0
    optimizer: str | Callable[[float], Any] = "adam"
    ema: float = 0.0
    accumulate: int = 1
    strategy: Any = field(default=None, compare=False, repr=False)
    next_checkpoint: Callable[[], Checkpoint] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.ema < 1.0:
            raise ValueError(f"ema={self.ema} must be 0 (no average) or a decay below 1, such as 0.999")
        if self.accumulate < 1 or self.batch_size < 1:
            raise ValueError(
                f"accumulate={self.accumulate} batches of batch_size={self.batch_size} rows: at least 1 each"
            )
        if isinstance(self.optimizer, str) and self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"optimizer={self.optimizer!r} is unknown; use one of {', '.join(OPTIMIZERS)}, or a function "
                "from a learning rate to an optimiser of tf_keras"
            )


def with_numbers(options: FitOptions | None, numbers: dict[str, Any]) -> FitOptions:
    """Return the options with some of them changed.

    Raises:
        TypeError: a name that is no option.
        ValueError: as ``FitOptions``.
    """
    known = [one.name for one in fields(FitOptions)]
    for name in numbers:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"options are {', '.join(known)}"
            raise TypeError(f"a fit has no option {name!r}; {hint}")
    return replace(options or FitOptions(), **numbers)


def made_optimizer(optimizer: str | Callable[[float], Any], learning_rate: float) -> Any:
    """Return an optimiser of ``tf_keras`` whose learning rate can be set.

    Raises:
        TypeError: a function gave something else.
    """
    if isinstance(optimizer, str):
        name, numbers = OPTIMIZERS[optimizer]
        return getattr(tf_keras.optimizers, name)(learning_rate, jit_compile=False, **numbers)
    made = optimizer(learning_rate)
    if not isinstance(made, tf_keras.optimizers.Optimizer) or not isinstance(made.learning_rate, tf.Variable):
        raise TypeError(
            f"the optimiser is a {type(made).__name__}; it must be one of tf_keras.optimizers with the "
            "learning rate that its function is given (a schedule goes to learning_rate of the fit)"
        )
    # Steps are compiled as a whole, with the update inside.
    made.jit_compile = False
    return made
