"""Which sketches of many are nearly the same, without comparing each with each?

Sketches are seen along the directions in which they differ most, where two are never further apart than
they are. Up to some thousand are all compared there. Of more, those are compared that fall into one cell of
a grid: sketches are laid along random directions, cut into pieces that are much longer than what counts as
near, and cells are what some directions have in common. Near sketches may stand on two sides of a cut, so
grids are drawn until a pair at the threshold is lost once in ten thousand; nearer ones are lost more seldom.
As sketches become more, a grid has more directions and there are more grids, so that the cells stay small.
Trees do not serve, see docs/scale.md: what counts as near is wide beside what sketches spread over in all but
a few directions, and a k-d tree visits nearly everything.
Source: Datar, Immorlica, Indyk, Mirrokni 2004, "Locality-sensitive hashing scheme based on p-stable
distributions", section 3; Hotelling 1933 (principal components).
"""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from pipeline.files import gathered, release_pages
from pipeline.processes import mapping
from pipeline.quality.sketch import to_decibel

__all__ = ["near_pairs"]

# Bands below 3.8 kHz: a copy through a telephone or an 8 kHz file has nothing above.
N_COMPARED_BANDS = 13
N_DIRECTIONS = 64
N_SAMPLED = 4_096  # sketches that say in which directions all differ most
MOST_COMPARED_WITH_ALL = 4_096
LOST_SHARE = 1e-4  # of pairs at the threshold
# Length of a piece over what is near: one direction cuts an eighth of near pairs apart.
PIECE = 6.0
# Sketches in a cell, were they spread like one cloud: they stand in clusters, and a cell has some.
N_IN_A_CELL = 1 / 16
MOST_CUT = 24  # directions of a grid, where nearly all sketches are near each other
ROUNDING_SLACK = 1 + 1e-3  # of float32 sums; what passes by it is compared once more
LARGEST = 127  # of int8; two coordinates that are cut there are no further apart than they were
# What whole decibel in all directions add to a distance of 50: 0.1, and 2 less often than once in a million.
ROUNDED = 2.0
BLOCK, PAIRS_AT_ONCE, SEEN_AT_ONCE = 1_024, 4_096, 8_192


def near_pairs(
    sketches: np.ndarray,
    threshold_decibel: float,
    advance: Callable[[int], None] = lambda n: None,
    chosen: np.ndarray | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, distance in dB) for each pair of sketches that are nearer than the threshold; i < j.

    Args:
        sketches: uint8 [N, n_frames, n_bands], which may be mapped; all zeros are near nothing.
        threshold_decibel: root mean square over the cells that either fills.
        advance: told how many further clips have been compared.
        chosen: rows of the sketches that are compared, which i and j count; all where it is ``None``.
    """
    rows = np.arange(len(sketches)) if chosen is None else chosen
    places, seen, typical = _projected(sketches, rows)
    # The sum over all cells is at most the threshold's square times as many cells as there are.
    reach = threshold_decibel * (sketches.shape[1] * N_COMPARED_BANDS) ** 0.5
    first, second = np.divmod(_near_codes(seen, reach, typical, advance), max(len(places), 1))
    yield from _nearer(sketches, rows, places[first], places[second], threshold_decibel)


def _near_codes(seen: np.ndarray, reach: float, typical: float, advance: Callable[[int], None]) -> np.ndarray:
    """Return i n + j of each of the pairs i < j that are near along the directions, sorted: int64."""
    n = len(seen)
    if n <= MOST_COMPARED_WITH_ALL:
        function, parts = partial(_near_after, seen=seen, reach=reach), range(0, n, BLOCK)
    else:
        reach += ROUNDED
        far = _shared_piece(PIECE * reach / max(typical, reach))
        n_cut = min(max(math.ceil(math.log(n / N_IN_A_CELL) / -math.log(far)), 1), MOST_CUT)
        n_grids = math.ceil(math.log(LOST_SHARE) / math.log1p(-(_shared_piece(PIECE) ** n_cut)))
        function, parts = partial(_near_in_grid, seen=seen, reach=reach, n_cut=n_cut), range(n_grids)
    found = [np.empty(0, np.int64)]
    with mapping(function, parts, n_workers=1) as outcomes:
        for number, codes in enumerate(outcomes):
            found = [np.union1d(found[0], codes)]
            advance((number + 1) * n // len(parts) - number * n // len(parts))
    return found[0]


def _near_after(first: int, *, seen: np.ndarray, reach: float) -> np.ndarray:
    """Return the codes of the near pairs of a block of points and those from its first on."""
    reach += seen.shape[1] ** 0.5  # a whole decibel in each direction, the most
    seen = seen.astype(np.float32)  # some thousand
    block, others = seen[first : first + BLOCK], seen[first:]
    squares = np.einsum("ij,ij->i", seen, seen)
    squared = squares[first : first + BLOCK, None] + squares[first:] - 2 * block @ others.T
    # Differences of large squares lose digits of these.
    i, j = np.nonzero(squared <= ROUNDING_SLACK * reach**2 + 1e-5 * squares.max(initial=0.0))
    return np.asarray(((first + i) * len(seen) + first + j)[i < j], np.int64)


def _near_in_grid(number: int, *, seen: np.ndarray, reach: float, n_cut: int) -> np.ndarray:
    """Return the codes of the near pairs that are in one cell of a grid of random directions."""
    generator = np.random.default_rng((0, number))
    directions = (generator.standard_normal((seen.shape[1], n_cut)) / (PIECE * reach)).astype(np.float32)
    offsets, factors = generator.random(n_cut), generator.integers(-(2**62), 2**62, n_cut)
    # One number stands for a cell; cells that share one by chance cost a comparison.
    numbers = np.empty(len(seen), np.int64)
    for first in range(0, len(seen), SEEN_AT_ONCE):
        block = slice(first, first + SEEN_AT_ONCE)
        numbers[block] = (
            np.floor(seen[block].astype(np.float32) @ directions + offsets).astype(np.int64) @ factors
        )
    found = [np.empty(0, np.int64)]
    for ones, others in _sharing(numbers):
        difference = seen[ones].astype(np.float32) - seen[others]
        near = np.einsum("ij,ij->i", difference, difference) <= ROUNDING_SLACK * reach**2
        ones, others = ones[near], others[near]
        found.append(np.minimum(ones, others) * len(seen) + np.maximum(ones, others))
    return np.concatenate(found)


def _shared_piece(length: float) -> float:
    """Return how likely two points at a distance share a piece of a random line; ``length`` is over that."""
    beside = math.erfc(length / math.sqrt(2))
    return 1 - beside - math.sqrt(2 / math.pi) / length * (1 - math.exp(-(length**2) / 2))


def _sharing(numbers: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all pairs of places with equal numbers, some at a time."""
    order = np.argsort(numbers, kind="stable")
    in_order = numbers[order]
    first = np.flatnonzero(in_order[:-1] == in_order[1:])
    step = 1
    while len(first):
        for start in range(0, len(first), PAIRS_AT_ONCE):
            some = first[start : start + PAIRS_AT_ONCE]
            yield order[some], order[some + step]
        step += 1
        first = first[first + step < len(order)]
        first = first[in_order[first] == in_order[first + step]]


def _projected(sketches: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return which of ``rows`` have sound [n], their coordinates, and how far apart two of them usually are.

    The coordinates are whole decibel, int8 [n, N_DIRECTIONS]: a fourth of what numbers with fractions take.
    """
    if not len(rows):
        return rows, np.empty((0, N_DIRECTIONS), np.int8), 0.0
    sample = to_decibel(_compared(gathered(sketches, rows[:: -(-len(rows) // N_SAMPLED)])))
    # Rotations keep distances, and coordinates that are left out make them smaller: no pair is lost.
    spreads, directions = np.linalg.eigh(np.cov(sample, rowvar=False, ddof=0))
    typical = math.sqrt(2 * float(np.maximum(spreads[-N_DIRECTIONS:], 0.0).sum()))
    directions = directions[:, -N_DIRECTIONS:].astype(np.float32)
    middle = sample.mean(axis=0)
    seen = np.empty((len(rows), directions.shape[1]), np.int8)
    is_sound = np.empty(len(rows), bool)
    for first in range(0, len(rows), BLOCK):
        block = slice(first, first + BLOCK)
        cells = _cells(sketches, rows[block])
        seen[block] = np.rint(np.clip((to_decibel(cells) - middle) @ directions, -LARGEST, LARGEST))
        is_sound[block] = cells.any(axis=1)
        release_pages(sketches)
    return np.flatnonzero(is_sound), seen if is_sound.all() else seen[is_sound], typical


def _nearer(
    sketches: np.ndarray, rows: np.ndarray, ones: np.ndarray, others: np.ndarray, threshold: float
) -> Iterator[tuple[int, int, float]]:
    """Yield those of some pairs that are nearer than the threshold, with their distance."""
    for first in range(0, len(ones), PAIRS_AT_ONCE):
        block = slice(first, first + PAIRS_AT_ONCE)
        pairs = [_compared(gathered(sketches, rows[side[block]])) for side in (ones, others)]
        filled = np.count_nonzero((pairs[0] > 0) | (pairs[1] > 0), axis=1)
        difference = to_decibel(pairs[0]) - to_decibel(pairs[1])
        squares = np.einsum("ij,ij->i", difference, difference)
        for place in np.flatnonzero(squares <= ROUNDING_SLACK * threshold**2 * filled).tolist():
            distance = _distance(pairs[0][place], pairs[1][place])
            if distance < threshold:
                yield int(ones[block][place]), int(others[block][place]), distance


def _cells(sketches: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the bands that are compared of some sketches: uint8 [n, D]."""
    return _compared(np.asarray(sketches[rows]))


def _compared(sketches: np.ndarray) -> np.ndarray:
    return sketches[:, :, :N_COMPARED_BANDS].reshape(len(sketches), -1)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the root mean square in decibel over the cells that either of two sketches fills."""
    filled = (one > 0) | (other > 0)
    difference = to_decibel(one[filled]) - to_decibel(other[filled])
    return float(np.sqrt(np.mean(np.square(difference))))
