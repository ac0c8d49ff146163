"""How far is a recording from the training clips, where each of these sets its own measure?

A distance says little by itself: some training clips stand close together, others do not. So the distance to
a training clip is divided by that clip's mean distance to its own nearest ones. A few odd training clips, far
from all others, would then make whatever lies near them normal; no clip's own distance counts for more than
``MOST_OVER_MEDIAN`` times the median of all.

The same distances are the widths of a density, a mixture of one isotropic Gaussian for each training clip.

Conventions: vectors [N, D]; distances are Euclidean; log-densities are in nats.
Source: Wilkinghoff et al. 2025, arXiv 2509.10951 (local density normalisation); Breiman, Meisel and Purcell
1977, "Variable Kernel Estimates of Multivariate Densities".
"""

import numpy as np
from scipy.special import logsumexp

__all__ = ["LocalDensity"]

N_NEIGHBOURS = 8
MOST_OVER_MEDIAN = 1.2
# Of the median: training clips that are copies of one another are no reason to call all else strange.
LEAST_OVER_MEDIAN = 0.1
CLIPS_AT_ONCE = 256  # bounds memory


class LocalDensity:
    """Training clips, each with its own distance.

    Args:
        clips: training vectors [N, D], at least two.
        widths: each training clip's own distance [N]; measured where it is not given.
    """

    def __init__(self, clips: np.ndarray, widths: np.ndarray | None = None) -> None:
        self.clips = np.asarray(clips, np.float32)
        self.widths = own_distances(self.clips) if widths is None else np.asarray(widths, np.float64)

    def log_distance(self, x: np.ndarray) -> np.ndarray:
        """Return the log of the least distance to a training clip over that clip's own, float64 [M].

        A training clip is judged without itself: of the clips at distance 0 one is left out.
        """
        found = []
        for block in self._distances(x):
            rows, nearest = np.arange(len(block)), block.argmin(axis=1)
            is_itself = block[rows, nearest] == 0.0
            block[rows[is_itself], nearest[is_itself]] = np.inf
            found.append(np.log(np.maximum((block / self.widths).min(axis=1), 1e-6)))
        return np.concatenate(found)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return the log-density of the mixture at ``x`` [M, D], float64 [M] in nats."""
        size = self.clips.shape[1]
        # A Gaussian of this variance a feature has its points at about the clip's own distance.
        variances = self.widths**2 / size
        constant = 0.5 * size * np.log(2.0 * np.pi * variances) + np.log(len(self.clips))
        return np.concatenate(
            [logsumexp(-0.5 * block**2 / variances - constant, axis=1) for block in self._distances(x)]
        )

    def _distances(self, x: np.ndarray) -> list[np.ndarray]:
        starts = range(0, max(len(x), 1), CLIPS_AT_ONCE)
        return [distances(x[start : start + CLIPS_AT_ONCE], self.clips) for start in starts]


def own_distances(clips: np.ndarray) -> np.ndarray:
    """Return each training clip's mean distance to its nearest ones, bounded on both sides, float64 [N].

    Raises:
        ValueError: fewer than two clips.
    """
    if len(clips) < 2:
        raise ValueError(f"distances among training clips need at least 2 of them, got {len(clips)}")
    k = min(N_NEIGHBOURS, len(clips) - 1)
    nearest = []
    for start in range(0, len(clips), CLIPS_AT_ONCE):
        block = distances(clips[start : start + CLIPS_AT_ONCE], clips)
        rows = np.arange(len(block))
        block[rows, start + rows] = np.inf  # a clip is no neighbour of its own
        nearest.append(np.partition(block, k - 1, axis=1)[:, :k].mean(axis=1))
    own = np.concatenate(nearest)
    median = max(float(np.median(own)), 1e-6)
    return np.clip(own, LEAST_OVER_MEDIAN * median, MOST_OVER_MEDIAN * median)


def distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Euclidean distances of each of ``x`` [M, D] to each of ``y`` [N, D], float64 [M, N].

    Taken of the differences: a pair's distance is the same to the bit whatever stands beside it.
    """
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(np.asarray(x, np.float64), np.asarray(y, np.float64)))
