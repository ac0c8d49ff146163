"""Which clips of the target and of other words are clips compared with, and at most how many?

Conventions: places count the rows that were scored. What is compared is a sketch, or a vector of a pretrained
network; the cost is one product for each clip that is asked about and each that it is compared with.
"""

from collections.abc import Callable

import numpy as np

from pipeline.explanation.nearest import N_NEIGHBOURS, nearest_of
from pipeline.runs import ClipTable, is_fold, is_learned
from pipeline.terminal import Progress

__all__ = [
    "MAX_TARGET_CLIPS",
    "evenly_taken",
    "known_clips",
    "nearest_word",
    "on_sphere",
    "rows_to_compare",
    "scale_of",
]

# A word's clips beyond these tell little that is new, and cost a product each.
MAX_TARGET_CLIPS, MAX_OTHER_CLIPS = 4_000, 1_000


def scale_of(table: ClipTable, rows: np.ndarray, target: str) -> np.ndarray:
    """Return the places in ``rows`` of the target's clips that set the scale where not all are asked about.

    At most ``MAX_TARGET_CLIPS`` of those that may be known, evenly taken.
    """
    known = known_clips(table.split[rows])
    return evenly_taken(np.flatnonzero((table.word[rows] == target) & known), MAX_TARGET_CLIPS)


def rows_to_compare(table: ClipTable, target: str) -> np.ndarray:
    """Return the rows that clips of no run are compared with, in order: those that may be known.

    At most ``MAX_TARGET_CLIPS`` of the target and ``MAX_OTHER_CLIPS`` of each other class, evenly taken.
    """
    usable = np.flatnonzero(table.usable)
    known = usable[known_clips(table.split[usable])]
    chosen = [
        evenly_taken(
            known[table.word[known] == word], MAX_TARGET_CLIPS if word == target else MAX_OTHER_CLIPS
        )
        for word in sorted(set(table.word[known]))
    ]
    return np.sort(np.concatenate(chosen))


def known_clips(split: np.ndarray) -> np.ndarray:
    """Return which clips others may be compared with.

    Where the target is in folds no clip of another class is in a train split, and all may be looked at.
    """
    return np.ones(len(split), bool) if is_fold(split).any() else np.asarray(is_learned(split))


def evenly_taken(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many rows, evenly taken."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]


def nearest_word(
    sounds: np.ndarray,
    speaker: np.ndarray,
    every_word: np.ndarray,
    every_speaker: np.ndarray,
    known: np.ndarray,
    target: str,
    sounds_of: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest other word of each clip, and the distance to its clips that may be known.

    Clips of the word ``""``, of which nothing is known, are never compared with.
    """
    names, distance = np.full(len(sounds), "", dtype=object), np.full(len(sounds), np.inf)
    others = sorted(set(every_word) - {target, ""})
    with Progress("compare with other words", len(others), "words") as progress:
        for name in others:
            chosen = evenly_taken(np.flatnonzero((every_word == name) & known), MAX_OTHER_CLIPS)
            if len(chosen) > N_NEIGHBOURS:
                found = nearest_of(sounds, speaker, sounds_of(chosen), every_speaker[chosen]).distance
                names[found < distance] = name
                distance = np.minimum(distance, found)
            progress.advance()
    return names, distance


def on_sphere(vectors: np.ndarray) -> np.ndarray:
    """Return vectors as directions whose root mean square differences are chords: float32 [N, D]."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: np.ndarray = vectors / np.maximum(lengths, 1e-12) * np.sqrt(vectors.shape[1])
    return directions.astype(np.float32)
