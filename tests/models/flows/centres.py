"""Which density is the smallest that can be trained, so that a test of training tests nothing else?"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.flows.fitting.options import FitOptions
from models.flows.fitting.training import Epoch, fit

__all__ = ["SIZE", "Centre", "fit_centre", "rows_around"]

SIZE = 3


class Centre(tf.Module):
    """A unit Gaussian whose mean is fitted: the smallest density that can be trained."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__()
        self.mean = tf.Variable(tf.fill([SIZE], start), name="mean")

    @tf.function(jit_compile=True)
    def log_prob(self, x: tf.Tensor) -> tf.Tensor:
        return -0.5 * tf.reduce_sum((x - self.mean) ** 2, axis=-1)


def rows_around(centre: float, n: int = 40, seed: int = 0) -> np.ndarray:
    return (centre + np.random.default_rng(seed).standard_normal((n, SIZE))).astype(np.float32)


def fit_centre(
    model: Centre, train: Sequence[np.ndarray], validation: np.ndarray | None = None, **numbers: float
) -> list[Epoch]:
    numbers = {"batch_size": 10, "learning_rate": 0.1, "max_epochs": 3, "patience": 0} | numbers
    rows = rows_around(0.0) if validation is None else validation
    return fit(model, model.log_prob, train, rows, FitOptions(**numbers))  # type: ignore[arg-type]
