"""In which split is a clip, so that no speaker is in two?

In this order: the lists ``validation_list.txt`` and ``testing_list.txt`` of the corpus, and a CSV, see
``pipeline.corpora.folder.lists``; the speaker's hash. The hash puts a speaker's name on [0, 1) by SHA-256:
below 0.8 ``train``, below 0.9 ``validation``, else ``test``. It depends on that name alone, so adding
speakers moves nobody, with two exceptions. Where a split would stay empty although there are three speakers
or more, the speaker whose hash lies nearest to that split's interval moves into it, from a split that keeps
another one. Where a class of six speakers or more has too few clips in a split, speakers of that class who
lie nearest to it move, as few as possible, and only where no class loses what it needs.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pipeline.corpora.folder.corpus import SPLITS

__all__ = ["split_by_speaker", "with_enough_in_each"]

INTERVALS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}
LEAST_SPEAKERS = 6
# What training asks for; a class of fewer clips in all is learned from by nobody.
LEAST_CLIPS = {"train": 20, "validation": 2, "test": 1}


def split_by_speaker(speakers: Iterable[str]) -> dict[str, str]:
    """Give each speaker a split: 80/10/10 by hash, no split empty from three speakers on.

    Returns:
        The split of each speaker.
    """
    chosen = {speaker: _split_at(_place(speaker)) for speaker in set(speakers)}
    if len(chosen) < len(SPLITS):
        return chosen
    for split in SPLITS:
        sizes = Counter(chosen.values())
        if sizes[split] == 0:
            movable = [speaker for speaker in chosen if sizes[chosen[speaker]] > 1]
            chosen[min(movable, key=lambda name: (_distance(name, split), name))] = split
    return chosen


def with_enough_in_each(
    chosen: Mapping[str, str], clips: Iterable[tuple[str, str]]
) -> tuple[dict[str, str], int]:
    """Move speakers so that each class of six speakers or more has enough clips in each split.

    Args:
        chosen: split of each speaker.
        clips: speaker and class of each clip.

    Returns:
        The split of each speaker, and how many speakers were moved.
    """
    found, n_moved = dict(chosen), 0
    classes: defaultdict[str, Counter[str]] = defaultdict(Counter)  # clips by speaker
    of_speaker: defaultdict[str, Counter[str]] = defaultdict(Counter)  # clips by class
    for speaker, word in clips:
        classes[word][speaker] += 1
        of_speaker[speaker][word] += 1
    least = {word: _least(counts) for word, counts in classes.items()}
    sizes = {word: Counter[str]() for word in classes}
    for word, counts in classes.items():
        for speaker, n in counts.items():
            sizes[word][found[speaker]] += n

    def can_leave(speaker: str) -> bool:
        split = found[speaker]
        return all(sizes[word][split] - n >= least[word][split] for word, n in of_speaker[speaker].items())

    for word in sorted(classes):
        # Validation first: it is the smallest part, and training cannot begin without it.
        for split in ("validation", "test", "train"):
            while sizes[word][split] < least[word][split]:
                movable = [name for name in classes[word] if found[name] != split and can_leave(name)]
                if not movable:
                    break
                mover = min(movable, key=lambda name: (_distance(name, split), name))
                for other, n in of_speaker[mover].items():
                    sizes[other][found[mover]] -= n
                    sizes[other][split] += n
                found[mover] = split
                n_moved += 1
    return found, n_moved


def _least(counts: Counter[str]) -> dict[str, int]:
    """Return how many clips a class needs in each split; none where it has too few speakers."""
    if len(counts) < LEAST_SPEAKERS:
        return dict.fromkeys(SPLITS, 0)
    can_be_learned = counts.total() >= sum(LEAST_CLIPS.values())
    return {**LEAST_CLIPS, "train": LEAST_CLIPS["train"] if can_be_learned else 1}


def _distance(speaker: str, split: str) -> float:
    low, high = INTERVALS[split]
    place = _place(speaker)
    return max(low - place, place - high)


def _place(speaker: str) -> float:
    digest = hashlib.sha256(speaker.encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _split_at(place: float) -> str:
    return next(split for split, (low, high) in INTERVALS.items() if low <= place < high)
