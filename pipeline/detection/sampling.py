"""Which clips are learned from where there are more than are worth their cost?

A stated sample: so many clips, spread over speakers, that depend on their paths and speakers alone, not on
the order in which clips are listed, on a seed, or on who computes it. Each speaker's clips stand in the order
of the SHA-256 of their paths. Every speaker gives a first clip before any gives a second, and the last round
is of the speakers whose clip has the lowest digest. So a sample is part of every larger one.
"""

import hashlib

import numpy as np

from pipeline.runs import ClipTable

__all__ = ["sampled_rows", "sampling_notes"]


def sampled_rows(table: ClipTable, rows: np.ndarray, most: int) -> np.ndarray:
    """Return ``rows``, or ``most`` of them where there are more, in the order given.

    Args:
        table: the clips.
        rows: of some of them [N].
        most: that are wanted.
    """
    if len(rows) <= most:
        return rows
    digests = [
        hashlib.sha256(str(path).encode("utf-8", "surrogatepass")).digest() for path in table.path[rows]
    ]
    in_order = sorted(range(len(rows)), key=digests.__getitem__)
    n_of_speaker: dict[str, int] = {}
    turns = np.empty(len(rows), np.intp)
    for place in in_order:
        speaker = str(table.speaker[rows[place]])
        turns[place] = n_of_speaker[speaker] = n_of_speaker.get(speaker, -1) + 1
    places = np.array(in_order)
    chosen = places[np.argsort(turns[places], kind="stable")][:most]
    return np.asarray(rows[np.sort(chosen)])


def sampling_notes(target: str, n_learned: int, n_clips: int) -> list[str]:
    """Return the sentence that says that not all clips were learned from, or none where they were."""
    if n_learned == n_clips:
        return []
    return [
        f"{n_learned:,} of the {n_clips:,} training clips of {target!r} are learned from, a sample spread "
        "over speakers; training.most_clips is its size"
    ]
