"""Which clips of a run are near one another: near duplicates, and those that lie together on its map?

The map is ``evaluation/map.parquet``: the first two principal components of what the detector sees, see
``pipeline.explanation``. Of a large run a sample is mapped; others have no place. Conventions: a group has a
number from 1; a clip that is in none has 0. Exact copies are one clip here. A place is a share of the map's
width and of its height, from the top left; the few clips far out stand at the edge.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import read_table
from pipeline.quality import TAG_SEPARATOR, duplicate_pairs, read_quality

__all__ = ["NEAR_DUPLICATE", "Place", "duplicate_groups", "read_places", "tags_of"]

Place = tuple[float, float]

NEAR_DUPLICATE = "near_duplicate"
FAR_OUT = (0.002, 0.998)  # quantiles, beyond which a clip stands at the edge of the map
DIGITS = 4  # of a share: a tenth of a pixel of a map of 1,000


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
    pairs = duplicate_pairs(record.sounds(own), record.sketches[own], threshold_decibel)
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


def read_places(path: Path) -> dict[str, Place]:
    """Return the place of each mapped clip by its path; nothing where there is no map.

    Args:
        path: of ``map.parquet``.

    Raises:
        ArtefactError: the table lacks a column, or holds what is no number.
    """
    if not path.is_file():
        return {}
    columns = read_table(path)
    absent = [name for name in ("path", "x", "y") if name not in columns]
    if absent:
        raise ArtefactError(f"{path} lacks the column {absent[0]}; evaluate again")
    if not columns["path"]:
        return {}
    x, y = (_shares(np.array(columns[name], float)) for name in ("x", "y"))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ArtefactError(f"{path} has a clip without a place; evaluate again")
    return dict(
        zip(columns["path"], zip(x.tolist(), (1 - y).round(DIGITS).tolist(), strict=True), strict=True)
    )


def _shares(values: np.ndarray) -> np.ndarray:
    """Return where each value stands between the least and the greatest that are not far out, 0 to 1."""
    low, high = np.quantile(values, FAR_OUT)
    return np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0).round(DIGITS)
