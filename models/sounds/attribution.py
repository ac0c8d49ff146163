"""Which numbers of a recording make its score?

A view's term rises with the squared distance to the nearest training clip, a sum over the view's numbers.
What the term exceeds that of an ordinary distance by is shared out along the straight line from the ordinary
squared differences to the clip's own. The term depends on their sum alone, so that each number's share is

    (term - ordinary term) (d_i^2 - u_i) / (sum d^2 - sum u)    u_i: mean squared difference of training clips
                                                                to the nearest other one

and the shares sum to the excess exactly. A number in which the clip is closer than usual has a negative
share. Where distances are taken by a covariance, a number's part of the squared distance is its difference
times that of the numbers that it is correlated with, d_i (P d)_i, and may be negative itself.

Conventions: numbers [N, D] of one view; shares in nats. Costs one product of distances of the clips, and once
one of the training clips among themselves, of ``MOST_CLIPS`` at most.
Source: M. Sundararajan, A. Taly and Q. Yan 2017, "Axiomatic Attribution for Deep Networks" (integrated
gradients, and their completeness), in the space of squared differences.
"""

from collections.abc import Callable

import numpy as np

from models.baselines import distances
from models.sounds.view_distances import ViewDistances

__all__ = ["shares", "usual_differences"]

MOST_CLIPS = 1_000


def usual_differences(distances_in: ViewDistances, measure: int) -> np.ndarray:
    """Return each number's mean part of the squared distance of training clips to their nearest ones: [D].

    Args:
        distances_in: the training clips, at least two; of more than ``MOST_CLIPS`` an even choice is taken.
        measure: 0 in decibel, 1 by the covariance.
    """
    n_clips = len(distances_in.density.clips)
    chosen = np.linspace(0, n_clips - 1, min(n_clips, MOST_CLIPS)).astype(np.intp)
    points = distances_in.densities[measure].clips[chosen]
    apart = distances(points, points)
    np.fill_diagonal(apart, np.inf)
    clips = distances_in.density.clips[chosen].astype(np.float64)
    return np.asarray(distances_in.parts(clips - clips[apart.argmin(axis=1)], measure).mean(axis=0))


def shares(
    distances_in: ViewDistances,
    measure: int,
    x: np.ndarray,
    usual: np.ndarray,
    term_of: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return each number's share of a view's term in nats, [N, D].

    Args:
        distances_in: the training clips in the view.
        measure: 0 in decibel, 1 by the covariance.
        x: vectors of clips [N, D].
        usual: from ``usual_differences`` [D].
        term_of: the term of logarithms of local distances [N]; rises.
    """
    density = distances_in.densities[measure]
    apart = distances(distances_in.points(x, measure), density.clips)
    rows = np.arange(len(x))
    nearest = apart.argmin(axis=1)
    # As in the density itself: of a training clip's own copies one is left out.
    is_itself = apart[rows, nearest] == 0.0
    apart[rows[is_itself], nearest[is_itself]] = np.inf
    nearest = (apart / density.widths).argmin(axis=1)
    difference = np.asarray(x, np.float64) - distances_in.density.clips[nearest]
    squared = distances_in.parts(difference, measure)
    widths = density.widths[nearest]

    def term(total: np.ndarray) -> np.ndarray:
        return term_of(np.log(np.maximum(np.sqrt(np.maximum(total, 0.0)) / widths, 1e-6)))

    own, ordinary = squared.sum(axis=1), np.full(len(x), usual.sum())
    # Where both are equal to a hair, the slope there: the excess is 0 and the shares still sum to it.
    apart_enough = np.abs(own - ordinary) > 1e-6 * ordinary
    aim = np.where(apart_enough, own, ordinary * (1.0 + 1e-6))
    slope = (
        (term(aim) - term(ordinary)) / np.maximum(np.abs(aim - ordinary), 1e-300) * np.sign(aim - ordinary)
    )
    return np.asarray(slope[:, None] * (squared - usual))
