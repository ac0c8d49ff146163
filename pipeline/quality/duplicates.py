"""Which clips are the same sound twice?

Exact: the same samples at the same rate, whatever the file is called or wraps them in. Near: sketches
that differ by less than a threshold, in decibel (root mean square over the cells that either clip
fills): the same recording louder, shifted, in another format or faintly noisier. Two takes of one word
by one voice are further apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.files import Texts
from pipeline.quality.near_pairs import near_pairs
from pipeline.quality.record import SILENT
from pipeline.quality.tags import Finding
from pipeline.terminal import Progress

__all__ = ["Pairs", "duplicate_pairs", "find_duplicates"]

Pairs = dict[int, list[tuple[float, int]]]


def duplicate_pairs(
    sounds: np.ndarray,
    sketches: np.ndarray,
    threshold_decibel: float,
    places: np.ndarray | None = None,
) -> Pairs:
    """Return the distance (dB, 0 where exact) and the row of each duplicate of a clip, by the clip's row.

    Args:
        sounds: a number for each clip's samples, see ``sound_numbers`` [N].
        sketches: uint8 [M, n_frames, n_bands], which may be mapped.
        threshold_decibel: two different sounds below it are near duplicates.
        places: of the clips among the sketches [N], in order; N = M where it is ``None``.
    """
    others: Pairs = defaultdict(list)
    heard = np.flatnonzero(sounds != SILENT)
    n_each = np.bincount(sounds[heard])
    groups: dict[int, list[int]] = {}  # of the few that have exact duplicates
    for row in heard[n_each[sounds[heard]] > 1].tolist():
        groups.setdefault(int(sounds[row]), []).append(row)
    for rows in groups.values():
        for row in rows:
            others[row] += [(0.0, other) for other in rows if other != row]
    # One of each group of exact duplicates is enough; the others have been told.
    firsts = heard[np.sort(np.unique(sounds[heard], return_index=True)[1])]
    with Progress("look for duplicates", len(firsts), "clips") as progress:
        chosen = firsts if places is None else places[firsts]
        for i, j, distance in near_pairs(sketches, threshold_decibel, progress.advance, chosen):
            for row, other in ((firsts[i], firsts[j]), (firsts[j], firsts[i])):
                for member in groups.get(int(sounds[row]), (int(row),)):
                    others[member].append((distance, int(other)))
    return dict(others)


def find_duplicates(
    pairs: Pairs,
    sounds: np.ndarray,
    paths: Texts | Sequence[str],
    words: np.ndarray | Sequence[str],
    splits: np.ndarray | Sequence[str],
    threshold_decibel: float,
) -> dict[int, list[Finding]]:
    """Return the findings of each clip that has a duplicate, by its row.

    A tag's detail names the other clip: of several, one of another word or split first, then the nearest.

    Args:
        pairs: from ``duplicate_pairs``.
        sounds: a number for each clip's samples.
        paths: of the clips, for the details.
        words: of the clips.
        splits: of the clips.
        threshold_decibel: that made the pairs.
    """
    return {
        row: list(_told(row, found, sounds, paths, words, splits, threshold_decibel))
        for row, found in pairs.items()
    }


def _told(
    row: int,
    found: Sequence[tuple[float, int]],
    sounds: np.ndarray,
    paths: Texts | Sequence[str],
    words: np.ndarray | Sequence[str],
    splits: np.ndarray | Sequence[str],
    threshold: float,
) -> Iterator[Finding]:
    """Yield the tags of one clip with duplicates at the distances ``found``."""

    def order(item: tuple[float, int]) -> tuple[bool, bool, float, str]:
        distance, other = item
        return words[other] == words[row], splits[other] == splits[row], distance, paths[other]

    exact = sorted((item for item in found if sounds[item[1]] == sounds[row]), key=order)
    near = sorted((item for item in found if sounds[item[1]] != sounds[row]), key=order)
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
