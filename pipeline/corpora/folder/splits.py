"""In which split is a clip, so that no speaker is in two?

In this order: the lists ``validation_list.txt`` and ``testing_list.txt`` of the corpus, and a CSV, see
``pipeline.corpora.folder.lists``; the speaker's hash. The hash puts a speaker's name on [0, 1) by SHA-256:
below 0.8 ``train``, below 0.9 ``validation``, else ``test``. It depends on that name alone, so adding
speakers moves nobody, with two exceptions. Where a split would stay empty although there are three speakers
or more, the speaker whose hash lies nearest to that split's interval moves into it, from a split that keeps
another one. Where a class of six speakers or more has too few clips in a split, speakers of that class who
lie nearest to it move, as few as possible, and only where no class loses what it needs. Where nobody can
move alone, one or two others of the class take the place that the mover leaves. Where classes share few
speakers and still lack clips, all ways to split them are tried.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import numpy as np

from pipeline.corpora.folder.corpus import SPLITS

__all__ = ["split_by_speaker", "with_enough_in_each"]

INTERVALS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}
LEAST_SPEAKERS = 6
# What training asks for; a class of fewer clips in all is learned from by nobody.
LEAST_CLIPS = {"train": 20, "validation": 2, "test": 1}
# Of how many speakers exchanges are tried, those nearest to the split: of 60, 110,000 at most, in a second.
N_EXCHANGED = 60
MOST_SEARCHED = 9  # speakers of whom all 3 ** 9 ways are tried, in less than a second


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
    filling = _Filling(dict(chosen), clips)
    for word in sorted(filling.classes):
        # Validation first: it is the smallest part, and training cannot begin without it.
        for split in ("validation", "test", "train"):
            while filling.lacks(word, split) and filling.fill(word, split):
                pass
    if filling.lacks_any() and len(chosen) <= MOST_SEARCHED:
        filling.search(chosen)
    n_moved = sum(split != chosen[speaker] for speaker, split in filling.split_of.items())
    return filling.split_of, n_moved


class _Filling:
    """Speakers in splits, and how many clips of each class that puts there.

    Args:
        split_of: of each speaker; changed by ``fill``.
        clips: speaker and class of each clip.
    """

    def __init__(self, split_of: dict[str, str], clips: Iterable[tuple[str, str]]) -> None:
        self.split_of = split_of
        self.classes: defaultdict[str, Counter[str]] = defaultdict(Counter)  # clips by speaker
        self._of_speaker: defaultdict[str, Counter[str]] = defaultdict(Counter)  # clips by class
        for speaker, word in clips:
            self.classes[word][speaker] += 1
            self._of_speaker[speaker][word] += 1
        self._least = {word: _least(counts) for word, counts in self.classes.items()}
        self._sizes = {word: Counter[str]() for word in self.classes}
        for word, counts in self.classes.items():
            for speaker, n in counts.items():
                self._sizes[word][split_of[speaker]] += n

    def lacks(self, word: str, split: str) -> bool:
        """Return whether a class has too few clips in a split."""
        return self._sizes[word][split] < self._least[word][split]

    def lacks_any(self) -> bool:
        """Return whether any class has too few clips in any split."""
        return any(self.lacks(word, split) for word in self.classes for split in SPLITS)

    def fill(self, word: str, split: str) -> bool:
        """Bring a speaker into a split, for others in exchange where need be; return whether it was done."""
        for moves in self._possible(word, split):
            changes = self._changes(moves)
            if changes[word, split] > 0 and all(
                change >= 0 or self._sizes[of][place] + change >= self._least[of][place]
                for (of, place), change in changes.items()
            ):
                self.split_of |= moves
                for (of, place), change in changes.items():
                    self._sizes[of][place] += change
                return True
        return False

    def search(self, start: Mapping[str, str]) -> None:
        """Try all ways; take the one with the fewest speakers elsewhere than at the start, if any will do."""
        speakers, words = sorted(start), sorted(self.classes)
        counts = np.array([[self._of_speaker[speaker][word] for word in words] for speaker in speakers])
        ways = np.indices((len(SPLITS),) * len(speakers)).reshape(len(speakers), -1).T  # [n_ways, n_speakers]
        n_moved = (ways != [SPLITS.index(start[speaker]) for speaker in speakers]).sum(axis=1)
        for number, split in enumerate(SPLITS):
            least = [self._least[word][split] for word in words]
            n_moved[((ways == number) @ counts < least).any(axis=1)] = len(speakers) + 1
        best = int(n_moved.argmin())
        if n_moved[best] <= len(speakers):
            names = (SPLITS[number] for number in ways[best])
            self.split_of = dict(zip(speakers, names, strict=True))

    def _possible(self, word: str, split: str) -> Iterator[dict[str, str]]:
        """Yield who might move where, few before many and near before far."""
        own = sorted(self.classes[word], key=lambda name: (_distance(name, split), name))
        coming = [name for name in own if self.split_of[name] != split]
        for n_others in range(3):
            most = N_EXCHANGED if n_others else None
            for name in coming[:most]:
                left = self.split_of[name]
                elsewhere = [other for other in own[:most] if self.split_of[other] != left]
                for others in combinations(elsewhere, n_others):
                    yield {name: split, **dict.fromkeys(others, left)}

    def _changes(self, moves: Mapping[str, str]) -> Counter[tuple[str, str]]:
        """Return how many clips each class gains in each split when speakers move."""
        changes: Counter[tuple[str, str]] = Counter()
        for speaker, split in moves.items():
            for word, n in self._of_speaker[speaker].items():
                changes[word, self.split_of[speaker]] -= n
                changes[word, split] += n
        return changes


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
