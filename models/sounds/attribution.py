"""Which numbers of a recording make its score?

A view's term rises with the squared distance to the nearest training clip, a sum over the view's numbers.
What the term exceeds that of an ordinary distance by is shared out along the straight line from the ordinary
squared differences to the clip's own. The term depends on their sum alone, so that each number's share is

    (term - ordinary term) (d_i^2 - u_i) / (sum d^2 - sum u)    u_i: mean squared difference of training clips
                                                                to the nearest other one

and the shares sum to the excess exactly. A number in which the clip is closer than usual has a negative
share.

Conventions: numbers [N, D] of one view; shares in nats. Costs one product of distances of the clips, and once
one of the training clips among themselves, of ``MOST_CLIPS`` at most.
Source: M. Sundararajan, A. Taly and Q. Yan 2017, "Axiomatic Attribution for Deep Networks" (integrated
gradients, and their completeness), in the space of squared differences.
"""

from collections.abc import Callable

import numpy as np

from models.sounds.local_density import LocalDensity, distances

__all__ = ["shares", "usual_differences"]

MOST_CLIPS = 1_000


def usual_differences(clips: np.ndarray) -> np.ndarray:
    """Return each number's mean squared difference between training clips and their nearest ones: [D].

    Args:
        clips: training vectors [N, D], at least two; of more than ``MOST_CLIPS`` an even choice is taken.
    """
    chosen = clips[np.linspace(0, len(clips) - 1, min(len(clips), MOST_CLIPS)).astype(np.intp)]
    apart = distances(chosen, chosen)
    np.fill_diagonal(apart, np.inf)
    nearest = chosen[apart.argmin(axis=1)].astype(np.float64)
    return np.asarray(np.mean((chosen - nearest) ** 2, axis=0))


def shares(
    density: LocalDensity,
    x: np.ndarray,
    usual: np.ndarray,
    term_of: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return each number's share of a view's term in nats, [N, D].

    Args:
        density: of the view.
        x: vectors of clips [N, D].
        usual: from ``usual_differences`` [D].
        term_of: the term of logarithms of local distances [N]; rises.
    """
    apart = distances(x, density.clips)
    rows = np.arange(len(x))
    nearest = apart.argmin(axis=1)
    # As in the density itself: of a training clip's own copies one is left out.
    is_itself = apart[rows, nearest] == 0.0
    apart[rows[is_itself], nearest[is_itself]] = np.inf
    nearest = (apart / density.widths).argmin(axis=1)
    squared = (np.asarray(x, np.float64) - density.clips[nearest]) ** 2
    widths = density.widths[nearest]

    def term(total: np.ndarray) -> np.ndarray:
        return term_of(np.log(np.maximum(np.sqrt(total) / widths, 1e-6)))

    own, ordinary = squared.sum(axis=1), np.full(len(x), usual.sum())
    # Where both are equal to a hair, the slope there: the excess is 0 and the shares still sum to it.
    apart_enough = np.abs(own - ordinary) > 1e-6 * ordinary
    aim = np.where(apart_enough, own, ordinary * (1.0 + 1e-6))
    slope = (
        (term(aim) - term(ordinary)) / np.maximum(np.abs(aim - ordinary), 1e-300) * np.sign(aim - ordinary)
    )
    return np.asarray(slope[:, None] * (squared - usual))
