"""Is a row, or a batch of rows, as likely as rows of the density usually are?

Nearly all rows of a density have about its mean log-density, in many dimensions far below the greatest. A row
that is much likelier than that is as strange as one that is much less likely. The mean is estimated from
training rows; a batch is judged by the mean over its rows, and the more rows it has, the smaller a difference
is seen.

Conventions: nats; the entropy is minus the mean log-density; higher is stranger.
Source: Nalisnick et al. 2019, "Detecting Out-of-Distribution Inputs to Deep Generative Models Using
Typicality", section 3, with the bootstrap of its algorithm 1.
"""

from typing import Any

import numpy as np

from models.out_of_distribution.density import (
    Density,
    checked_rows,
    log_likelihood,
    reference_log_likelihood,
)

__all__ = ["Typicality"]

N_RESAMPLES = 1_000


class Typicality:
    """The distance of minus the log-density from the entropy.

    Args:
        density: of the training rows.
        reference: training rows [M, D], whose mean is the estimate of the entropy.

    Attributes:
        entropy: in nats.

    Raises:
        ValueError: fewer than 2 reference rows, or some that the density holds for impossible.
    """

    def __init__(self, density: Density, reference: Any) -> None:
        self.density = density
        self.entropy = -float(reference_log_likelihood(density, reference).mean())

    def score(self, x: Any) -> np.ndarray:
        """Return |- log p(x) - entropy| of each of the rows [N, D] by itself, nats [N]."""
        return np.abs(-log_likelihood(self.density, x) - self.entropy)

    def batch_score(self, x: Any) -> float:
        """Return the same of all rows ``x`` [N, D] as one batch, by their mean, in nats."""
        values = log_likelihood(self.density, checked_rows(x, 1))
        return abs(-float(values.mean()) - self.entropy)

    def threshold(self, validation: Any, batch_size: int, *, level: float = 0.99, seed: int = 0) -> float:
        """Return the batch score that the share ``level`` of ordinary batches stays below, in nats.

        Args:
            validation: rows that the density was not fitted to [M, D].
            batch_size: rows of a batch.
            level: of the batches, drawn a thousand times from the validation rows with replacement.
            seed: of the draws.

        Raises:
            ValueError: ``batch_size`` or ``level`` is out of range, or validation rows are too few.
        """
        if batch_size < 1 or not 0.0 < level < 1.0:
            raise ValueError(f"batch_size={batch_size} must be at least 1, and level={level} between 0 and 1")
        values = reference_log_likelihood(self.density, validation)
        generator = np.random.default_rng(seed)
        means = [generator.choice(values, batch_size).mean() for _ in range(N_RESAMPLES)]
        return float(np.quantile(np.abs(-np.array(means) - self.entropy), level))
