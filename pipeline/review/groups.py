"""Which clips of a run are near duplicates of one another?

Conventions: a group has a number from 1; a clip that is in none has 0. Exact copies are one clip here.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.quality import TAG_SEPARATOR, duplicate_pairs, read_quality

__all__ = ["NEAR_DUPLICATE", "duplicate_groups", "tags_of"]

NEAR_DUPLICATE = "near_duplicate"


def tags_of(stated: str) -> list[str]:
    """Return the tags of a clip."""
    return [tag.strip() for tag in stated.split(TAG_SEPARATOR.strip()) if tag.strip()]


def duplicate_groups(
    run_path: Path, rows: Sequence[int], tags: Sequence[str], threshold_decibel: float
) -> list[int]:
    """Return the group of each clip [N].

    Cheap where few clips bear the tag: these alone are compared.

    Args:
        run_path: of the run.
        rows: of each clip in what the features stage measured.
        tags: of each clip, as the run states them.
        threshold_decibel: of the run's near duplicates.

    Raises:
        ArtefactError: what the features stage measured is damaged.
    """
    groups = [0] * len(rows)
    tagged = [place for place, stated in enumerate(tags) if NEAR_DUPLICATE in tags_of(stated)]
    if not tagged or not (run_path / "features").is_dir():
        return groups
    record = read_quality(run_path)
    own = np.array([rows[place] for place in tagged])
    pairs = duplicate_pairs(record.sound_sha256[own].tolist(), record.sketches[own], threshold_decibel)
    number = 0
    for first in range(len(tagged)):
        if groups[tagged[first]] or first not in pairs:
            continue
        number += 1
        waiting = [first]
        while waiting:
            one = waiting.pop()
            if not groups[tagged[one]]:
                groups[tagged[one]] = number
                waiting += [other for _, other in pairs.get(one, ())]
    return groups
