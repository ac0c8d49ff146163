"""Where does each clip lie among all others, in two dimensions of the space that the detector sees?

The vectors that the detector's main flow sees are put on one scale (each number by its spread over the mapped
clips) and projected on their first two principal components. Conventions: the first axis has the larger
variance, of each axis the component's largest weight is positive, so that the same clips give the same map.
Of more than ``MOST_MAPPED`` clips those that a page lists are mapped, and a sample of the others that is
drawn by the seed. Clips are read block by block, and components are found from no more numbers than
``MOST_NUMBERS``, so that memory does not grow with the corpus.
Source: Pearson 1901, "On Lines and Planes of Closest Fit to Systems of Points in Space".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.runs import ClipTable

__all__ = ["ClipMap", "map_clips"]

MOST_MAPPED = 4_000
MOST_NUMBERS = 1 << 24  # 64 MB of float32
BLOCK = 512  # clips that are read at once
DIGITS = 3  # of a coordinate, in standard deviations of the first axis: finer than a dot


@dataclass(frozen=True, kw_only=True)
class ClipMap:
    """Places of clips.

    Attributes:
        rows: of the table, ascending [N].
        places: float64 [N, 2], in standard deviations of the first axis.
        shares: of the variance that each axis holds [2].
        n_fitted: clips behind the components.
    """

    rows: np.ndarray
    places: np.ndarray
    shares: tuple[float, float]
    n_fitted: int


def map_clips(
    table: ClipTable,
    rows: np.ndarray,
    listed: np.ndarray,
    vectors: Callable[[np.ndarray], np.ndarray],
    *,
    seed: int,
    most: int = MOST_MAPPED,
) -> ClipMap | None:
    """Return the map of clips, or ``None`` of fewer than three, or where nothing varies.

    Costs one pass of the detector's vectors over the mapped clips, and as much again over those that the
    components are found from.

    Args:
        table: the clips.
        rows: of those that have a score, ascending.
        listed: rows among them that must be on the map.
        vectors: the detector's ``baseline_features``: clips [N, ...] to vectors [N, D].
        seed: of the sample.
        most: clips on the map.
    """
    from sklearn.decomposition import PCA

    generator = np.random.default_rng(seed)
    chosen = _sampled(rows, listed, most, generator)
    if len(chosen) < 3:
        return None
    size = vectors(table.take(chosen[:1])).shape[1]
    fitted = _sampled(chosen, chosen[:0], max(MOST_NUMBERS // size, 3), generator)
    found = np.concatenate([*_blocks(table, fitted, vectors)])
    centre, spread = found.mean(axis=0), found.std(axis=0)
    if not spread.any():
        return None
    spread = np.where(spread > 0, spread, 1.0)
    # A full decomposition, where the randomised one of larger arrays would depend on a seed of its own.
    pca = PCA(n_components=min(2, size), svd_solver="full").fit((found - centre) / spread)
    components = pca.components_
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
    places = np.zeros((len(chosen), 2))
    done = 0
    for block in _blocks(table, chosen, vectors):
        places[done : done + len(block), : len(components)] = ((block - centre) / spread) @ components.T
        done += len(block)
    places = np.where(np.isfinite(places), places, 0.0)
    unit = float(places[:, 0].std()) or 1.0
    shares = [*pca.explained_variance_ratio_, 0.0][:2]
    return ClipMap(
        rows=chosen,
        places=np.round(places / unit, DIGITS) + 0.0,  # no negative zero
        shares=(float(shares[0]), float(shares[1])),
        n_fitted=len(fitted),
    )


def _sampled(rows: np.ndarray, listed: np.ndarray, most: int, generator: np.random.Generator) -> np.ndarray:
    """Return the listed rows and of the others so many that there are at most ``most``, ascending."""
    if len(rows) <= most:
        return np.asarray(rows)
    kept = np.sort(listed)[:most]
    others = np.setdiff1d(rows, kept)
    drawn = generator.choice(others, most - len(kept), replace=False)
    return np.sort(np.concatenate([kept, drawn]))


def _blocks(
    table: ClipTable, rows: np.ndarray, vectors: Callable[[np.ndarray], np.ndarray]
) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), BLOCK):
        yield np.asarray(vectors(table.take(rows[start : start + BLOCK])), np.float32)
