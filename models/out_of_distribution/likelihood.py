"""How unlikely is a row, by itself and against a background?

Minus the log-density is the plain answer, and it fails in a known way: rows that are simpler than all
training rows are likelier than each of them. A likelihood ratio takes off what a second density, of the
background, makes of the row: what both share cancels. The background's density may be fitted to the training
rows with a share of their features replaced at random.

Conventions: nats; higher is stranger.
Source: Bishop 1994, "Novelty detection and neural network validation", for the likelihood; Ren et al. 2019,
"Likelihood Ratios for Out-of-Distribution Detection", section 3 for the ratio (equation 1 is its assumption,
that background and semantic features are independent) and for replacing features.
"""

from typing import Any

import numpy as np

from models.out_of_distribution.density import Density, checked_rows, log_likelihood

__all__ = ["Likelihood", "LikelihoodRatio", "mutated"]


class Likelihood:
    """Minus the log-density of a row.

    Args:
        density: of the training rows.
    """

    def __init__(self, density: Density) -> None:
        self.density = density

    def score(self, x: Any) -> np.ndarray:
        """Return - log p(x) of rows [N, D], nats [N]."""
        return -log_likelihood(self.density, x)


class LikelihoodRatio:
    """By how much a row is likelier as background than as one of the training rows.

    Args:
        density: of the training rows.
        background: of the background: wider rows, or rows from ``mutated``.
    """

    def __init__(self, density: Density, background: Density) -> None:
        self.density = density
        self.background = background

    def score(self, x: Any) -> np.ndarray:
        """Return log p_background(x) - log p(x) of rows [N, D], nats [N]; infinity where p(x) is 0."""
        own, other = log_likelihood(self.density, x), log_likelihood(self.background, x)
        # Where the background holds a row for impossible too, the difference would be no number.
        return np.where(np.isneginf(own), np.inf, other - np.where(np.isneginf(own), 0.0, own))


def mutated(x: Any, rate: float, seed: int) -> np.ndarray:
    """Return training rows [N, D] for the background's density: a share of the features is drawn anew.

    Args:
        x: training rows [N, D].
        rate: the probability with which each feature of each row is replaced by a number that is uniform
            between the feature's least and greatest; the paper tries 0.1 to 0.3 for images.
        seed: of the choice and of the numbers.

    Raises:
        ValueError: the rate is no probability, or there are no rows.
    """
    rows = checked_rows(x, 1)
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"rate={rate} must lie between 0 and 1")
    generator = np.random.default_rng(seed)
    drawn = generator.uniform(rows.min(axis=0), rows.max(axis=0), rows.shape)
    return np.where(generator.random(rows.shape) < rate, drawn, rows).astype(rows.dtype)
