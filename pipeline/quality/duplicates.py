"""Which clips are the same sound twice?

Exact: the same samples at the same rate, whatever the file is called or wraps them in. Near: sketches
that differ by less than a threshold, in decibel (root mean square over the cells that either clip
fills): the same recording louder, shifted, in another format or faintly noisier. Two takes of one word
by one voice are further apart.

Near pairs are found without a table of all pairs. Sketches are sorted by length, as two that are near
have nearly the same; a block is compared with those after it that still can be near, first by random
projections, which keep distances but for a known spread, and then to the cell. Memory holds one block
of products; time is a product of 64 numbers for each pair that remains.
Source: Johnson and Lindenstrauss 1984; Achlioptas 2003 (signs in place of Gaussians).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.files import release_pages
from pipeline.processes import mapping
from pipeline.quality.sketch import to_decibel
from pipeline.quality.tags import Finding
from pipeline.terminal import Progress

__all__ = ["Pairs", "duplicate_pairs", "find_duplicates", "near_pairs"]

# Bands below 3.8 kHz: a copy through a telephone or an 8 kHz file has nothing above.
N_COMPARED_BANDS = 13
N_PROJECTIONS = 64
# Squared distances of 64 signs spread by sqrt(2 / 64) = 0.18 of themselves: four spreads lose 1 in 30,000.
SLACK = 1 + 4 * (2 / N_PROJECTIONS) ** 0.5
BLOCK = 1_024


Pairs = dict[int, list[tuple[float, int]]]


def duplicate_pairs(digests: Sequence[str], sketches: np.ndarray, threshold_decibel: float) -> Pairs:
    """Return the distance (dB, 0 where exact) and the row of each duplicate of a clip, by the clip's row.

    Args:
        digests: of the clips' samples; ``""`` for silence, which is no duplicate of silence.
        sketches: uint8 [N, n_frames, n_bands].
        threshold_decibel: two different sounds below it are near duplicates.
    """
    others: Pairs = defaultdict(list)
    groups: dict[str, list[int]] = defaultdict(list)
    for row, digest in enumerate(digests):
        if digest:
            groups[digest].append(row)
    for rows in groups.values():
        for row in rows:
            others[row] += [(0.0, other) for other in rows if other != row]
    # One of each group of exact duplicates is enough; the others have been told.
    firsts = np.array(sorted(rows[0] for rows in groups.values()), np.intp)
    with Progress("look for duplicates", len(firsts), "clips") as progress:
        for i, j, distance in near_pairs(sketches, threshold_decibel, progress.advance, firsts):
            for row, other in ((firsts[i], firsts[j]), (firsts[j], firsts[i])):
                for member in groups[digests[row]]:
                    others[member].append((distance, int(other)))
    return {row: found for row, found in others.items() if found}


def find_duplicates(
    pairs: Pairs,
    digests: Sequence[str],
    paths: Sequence[str],
    words: Sequence[str],
    splits: Sequence[str],
    threshold_decibel: float,
) -> dict[int, list[Finding]]:
    """Return the findings of each clip that has a duplicate, by its row.

    A tag's detail names the other clip: of several, one of another word or split first, then the nearest.

    Args:
        pairs: from ``duplicate_pairs``.
        digests: of the clips' samples.
        paths: of the clips, for the details.
        words: of the clips.
        splits: of the clips.
        threshold_decibel: that made the pairs.
    """
    return {
        row: list(_told(row, found, digests, paths, words, splits, threshold_decibel))
        for row, found in pairs.items()
    }


def _told(
    row: int,
    found: Sequence[tuple[float, int]],
    digests: Sequence[str],
    paths: Sequence[str],
    words: Sequence[str],
    splits: Sequence[str],
    threshold: float,
) -> Iterator[Finding]:
    """Yield the tags of one clip with duplicates at the distances ``found``."""

    def order(item: tuple[float, int]) -> tuple[bool, bool, float, str]:
        distance, other = item
        return words[other] == words[row], splits[other] == splits[row], distance, paths[other]

    exact = sorted((item for item in found if digests[item[1]] == digests[row]), key=order)
    near = sorted((item for item in found if digests[item[1]] != digests[row]), key=order)
    if exact:
        other = exact[0][1]
        detail = f"the same samples as {paths[other]} ({splits[other]})"
        detail += f" and {len(exact) - 1} more" if len(exact) > 1 else ""
        yield Finding("exact_duplicate", len(exact) + 1.0, 2.0, detail)
    if near:
        distance, other = near[0]
        detail = f"{distance:.1f} dB from {paths[other]} ({splits[other]})"
        yield Finding("near_duplicate", distance, threshold, detail)
    everything = sorted(found, key=order)
    n_words = sum(words[other] != words[row] for _, other in everything)
    if n_words:
        other = everything[0][1]
        detail = f"also under the name {words[other]}: {paths[other]}"
        yield Finding("duplicate_across_words", float(n_words), 1.0, detail)
    crossing = [other for _, other in everything if splits[other] != splits[row]]
    if crossing:
        other = crossing[0]
        detail = f"in {splits[row]} and, as {paths[other]}, in {splits[other]}"
        yield Finding("duplicate_across_splits", float(len(crossing)), 1.0, detail)


def near_pairs(
    sketches: np.ndarray,
    threshold_decibel: float,
    advance: Callable[[int], None] = lambda n: None,
    chosen: np.ndarray | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, distance in dB) for each pair of sketches that are nearer than the threshold.

    Args:
        sketches: uint8 [N, n_frames, n_bands]; all zeros are near nothing.
        threshold_decibel: root mean square over the cells that either fills.
        advance: told how many further clips have been compared.
        chosen: rows of the sketches that are compared, which i and j count; all where it is ``None``.
    """
    rows = np.arange(len(sketches)) if chosen is None else chosen
    if not len(rows):
        return
    cells = _compared_cells(sketches, rows)
    lengths = np.sqrt(np.array([np.square(to_decibel(row)).sum() for row in cells], np.float64))
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    lengths = lengths[order]
    # The sum over all cells is at most the threshold's square times as many cells as there are.
    reach = threshold_decibel * cells.shape[1] ** 0.5
    signs = np.random.default_rng(0).choice(
        np.array([-1, 1], np.float32), (int(cells.shape[1]), N_PROJECTIONS)
    )
    signs *= np.float32(N_PROJECTIONS**-0.5)
    projected = np.concatenate(
        [to_decibel(cells[order[first : first + BLOCK]]) @ signs for first in range(0, len(order), BLOCK)]
        or [np.empty((0, N_PROJECTIONS), np.float32)]
    )
    squares = np.einsum("ij,ij->i", projected, projected)
    compared = _Compared(cells, order, lengths, projected, squares, threshold_decibel, reach)
    firsts = range(0, len(order), BLOCK)
    with mapping(partial(_near_a_block, compared=compared), firsts, n_workers=1) as found:
        for first, pairs in zip(firsts, found, strict=True):
            yield from pairs
            advance(min(BLOCK, len(order) - first))


@dataclass(frozen=True)
class _Compared:
    """Sketches that are compared: ``order`` sorts the rows of ``cells`` by length, the others are in it."""

    cells: np.ndarray
    order: np.ndarray
    lengths: np.ndarray
    projected: np.ndarray
    squares: np.ndarray
    threshold_decibel: float
    reach: float


def _near_a_block(first: int, *, compared: _Compared) -> list[tuple[int, int, float]]:
    """Return the near pairs of a block of sketches and those after it, as ``near_pairs`` yields them."""
    cells, order, projected, reach = compared.cells, compared.order, compared.projected, compared.reach
    squares = compared.squares
    last = min(first + BLOCK, len(order))
    end = int(np.searchsorted(compared.lengths, compared.lengths[last - 1] + reach, side="right"))
    pairs = []
    for start in range(first, end, BLOCK):
        columns = slice(start, min(start + BLOCK, end))
        squared = projected[first:last] @ projected[columns].T
        squared *= -2
        squared += squares[first:last, None]
        squared += squares[columns]
        ones, others = np.nonzero(squared < SLACK * reach**2)
        for i, j in zip((ones + first).tolist(), (others + start).tolist(), strict=True):
            if i < j:
                distance = _distance(cells[order[i]], cells[order[j]])
                if distance < compared.threshold_decibel:
                    one, other = sorted((int(order[i]), int(order[j])))
                    pairs.append((one, other, distance))
    return pairs


def _compared_cells(sketches: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the bands that are compared of some sketches, which may be mapped: uint8 [N, D]."""
    cells = np.empty((len(rows), sketches.shape[1] * N_COMPARED_BANDS), np.uint8)
    for first in range(0, len(rows), BLOCK):
        block = sketches[rows[first : first + BLOCK], :, :N_COMPARED_BANDS]
        cells[first : first + BLOCK] = block.reshape(len(block), -1)
    release_pages(sketches)
    return cells


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the root mean square in decibel over the cells that either of two sketches fills."""
    filled = (one > 0) | (other > 0)
    difference = to_decibel(one[filled]) - to_decibel(other[filled])
    return float(np.sqrt(np.mean(np.square(difference))))
