"""What does the target's model already know of the clips that it is tested or calibrated on?

A clip that stands in two splits, under two names, or in another take of the same file, makes figures better
than they are; so does a speaker in two. Each is counted in one sentence. Of several splits that a clip
shares with others, the training split is the one that counts.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.quality.duplicates import Pairs

__all__ = ["split_leaks"]

# A split, another one that has its clips too, and what follows.
CONSEQUENCES = (
    ("test", "train", "so figures flatter the model"),
    (
        "validation",
        "train",
        "so fresh clips of the target look stranger than they are, and more of them are flagged",
    ),
    ("test", "validation", "so the share of false alarms on test clips flatters the calibration"),
)
NAMES = {"train": "training", "validation": "validation"}


def split_leaks(
    pairs: Pairs,
    sounds: np.ndarray,
    splits: np.ndarray | Sequence[str],
    speakers: np.ndarray | Sequence[str],
    is_target: np.ndarray,
) -> list[str]:
    """Return a sentence for each way in which splits of the target share clips or speakers.

    Args:
        pairs: duplicates of each clip, from ``pipeline.quality.duplicate_pairs``.
        sounds: a number for each clip's samples [N].
        splits: of the clips [N].
        speakers: of the clips [N].
        is_target: which clips bear the target's name [N].
    """
    found = []
    own = np.flatnonzero(is_target).tolist()
    for split, other_split, consequence in CONSEQUENCES:
        rows = [row for row in own if splits[row] == split]
        n_exact = n_near = 0
        for row in rows:
            copies = {
                (splits[other], sounds[other] == sounds[row])
                for _, other in pairs.get(row, ())
                if is_target[other]
            }
            where = {"train", other_split}.intersection(place for place, _ in copies)
            if where == {other_split}:
                is_exact = (other_split, True) in copies
                n_exact += is_exact
                n_near += not is_exact
        if n_exact or n_near:
            found.append(
                f"{n_exact + n_near:,} of {len(rows):,} {split} clips are also in the {NAMES[other_split]} "
                f"split ({n_exact:,} with the same samples, {n_near:,} nearly the same), {consequence}"
            )
    splits_of: dict[str, set[str]] = {}
    for row in own:
        splits_of.setdefault(speakers[row], set()).add(splits[row])
    n_torn = sum(len(some) > 1 for some in splits_of.values())
    if n_torn:
        found.append(
            f"{n_torn:,} of {len(splits_of):,} speakers of the target are in more than one split, so figures "
            "on test clips may flatter the model"
        )
    return found
