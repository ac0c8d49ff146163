"""How usual are the numbers that a density makes of a row?

Each statistic of a row (its likelihood, a gradient's norm, any score of this room) has a density of its own
over training rows, estimated by a kernel in one dimension. A row is strange where its statistics are rare, on
either side; the log-densities of all statistics are summed. With the likelihood alone this is typicality
without the guess that what is usual lies around the mean.

Conventions: higher is stranger; nats of the statistics' own units, so that scores of one object compare.
Source: Morningstar et al. 2021, "Density of States Estimation for Out-of-Distribution Detection", the variant
with a kernel density for each statistic; Scott 1992, "Multivariate Density Estimation", for the kernel's
width.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import gaussian_kde

from models.out_of_distribution.density import Score, checked_rows

__all__ = ["DensityOfStates"]


class DensityOfStates:
    """Minus the log-density of a row's statistics.

    Args:
        statistics: scores, by name.
        reference: training rows [M, D], best some that the density was not fitted to. A score costs M kernels
            a row.

    Raises:
        ValueError: no statistic, fewer than 2 reference rows, or a statistic that is not finite or does not
            vary.
    """

    def __init__(self, statistics: Mapping[str, Score], reference: Any) -> None:
        rows = checked_rows(reference, 2, "reference rows")
        if not statistics:
            raise ValueError("0 statistics were given and at least 1 is needed, such as Likelihood(flow)")
        self.statistics = dict(statistics)
        self._kernels = {}
        for name, statistic in self.statistics.items():
            values = statistic.score(rows)
            n_infinite, n_different = int(np.sum(~np.isfinite(values))), len(np.unique(values))
            if n_infinite or n_different < 2:
                raise ValueError(
                    f"the statistic {name!r} has {n_infinite} values that are not finite and {n_different} "
                    f"different ones over {len(rows)} reference rows; it needs finite values that vary"
                )
            self._kernels[name] = gaussian_kde(values)

    def score(self, x: Any) -> np.ndarray:
        """Return the sum over statistics of - log p(statistic(x)) of rows [N, D], float64 [N]."""
        total = np.zeros(len(checked_rows(x)))
        for name, statistic in self.statistics.items():
            values = statistic.score(x)
            is_finite = np.isfinite(values)
            total[is_finite] -= self._kernels[name].logpdf(values[is_finite])
            total[~is_finite] = np.inf
        return total
