"""What must a user know of how clips were split?

Sentences: who was moved away from where the hash put him, which split is empty, and who is in two.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.corpora.folder.corpus import SPLITS, Clip

__all__ = ["notes_about_splits"]


def notes_about_splits(clips: Sequence[Clip], n_moved: int) -> list[str]:
    """Return a sentence for each thing that the splits lack, or that was done to them.

    Args:
        clips: of the corpus.
        n_moved: speakers who are in another split than the hash of their name says.
    """
    usable = [clip for clip in clips if not clip.defect]
    found = []
    if n_moved:
        moved = "1 speaker was" if n_moved == 1 else f"{n_moved:,} speakers were"
        found.append(
            f"{moved} moved to another split than the hash of the name gives, so that each class of six "
            "speakers has clips in each split"
        )
    sizes = Counter(clip.split for clip in usable)
    found += [f"no clip is in the {split} split" for split in SPLITS if not sizes[split]]
    return found + _torn(usable, "speaker") + _torn(usable, "recording")


def _torn(clips: Sequence[Clip], kind: str) -> list[str]:
    """Return a sentence where speakers or recordings are in several splits."""
    splits_of = defaultdict(set)
    for clip in clips:
        splits_of[getattr(clip, kind)].add(clip.split)
    n_torn = sum(len(splits) > 1 for splits in splits_of.values())
    if not n_torn:
        return []
    return [
        f"{n_torn:,} of {len(splits_of):,} {kind}s have clips in more than one split, so figures on test "
        "clips may flatter the model"
    ]
