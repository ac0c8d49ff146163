"""Which of a few recordings are held out together, where each must both teach and test?

With few recordings a test split of a tenth is three of them, and a validation split calibrates nothing. So
the target's clips are put into folds in place of splits, and clips of other classes, which no model learns
from, are all ``test``. Who is in which fold follows from the speakers' names alone, as splits do. Clips of
one speaker, and so of one recording, are in one fold.

A fold for each speaker wastes least and promises most (see ``pipeline.calibration``), and takes as many fits
as there are speakers. Fits grow with the square of the clips, so many clips get fewer folds.
"""

import hashlib
from collections import Counter
from dataclasses import replace

from pipeline.corpora.folder import Clip, Corpus
from pipeline.runs import fold_name
from pipeline.settings import TrainingSettings

__all__ = ["FEWER_FOLDS", "MANY_CLIPS", "put_into_folds", "recordings_of"]

# A fit to 200 clips of the preset `sounds` takes a third of a second, and one to 2,000 takes half a minute.
MANY_CLIPS = 200
FEWER_FOLDS = 10


def put_into_folds(corpus: Corpus, target: str, training: TrainingSettings) -> Corpus:
    """Return the corpus with folds in place of splits where the target's recordings are few.

    A corpus that says itself who is in which split stays as it is, unless ``training.keep_splits`` is false.

    Args:
        corpus: as it was opened.
        target: the class that is learned.
        training: ``cross_fit_below``, ``cross_fit_folds`` and ``keep_splits``.
    """
    own = [clip for clip in corpus.clips if clip.word == target and not clip.defect]
    n_recordings = recordings_of(own)
    kept = corpus.has_own_splits and training.keep_splits
    if kept or not own or n_recordings >= training.cross_fit_below:
        return corpus
    dealt = _dealt(own, training.cross_fit_folds)
    clips = tuple(
        replace(clip, split=fold_name(dealt.get(clip.speaker, 0)) if clip.word == target else "test")
        for clip in corpus.clips
    )
    warnings = tuple(sentence for sentence in corpus.warnings if sentence not in corpus.split_warnings)
    return replace(corpus, clips=clips, warnings=warnings, split_warnings=())


def recordings_of(clips: list[Clip]) -> int:
    """Return how many recordings clips are of."""
    return len({clip.recording for clip in clips})


def _dealt(clips: list[Clip], n_folds: int) -> dict[str, int]:
    """Deal speakers out, those with most clips first, each to the fold with fewest clips so far."""
    sizes = Counter(clip.speaker for clip in clips)
    most = n_folds or (len(sizes) if len(clips) <= MANY_CLIPS else FEWER_FOLDS)
    counts = [0] * min(most, len(sizes))
    dealt = {}
    for speaker in sorted(sizes, key=lambda name: (-sizes[name], _digest(name))):
        fold = counts.index(min(counts))
        dealt[speaker] = fold
        counts[fold] += sizes[speaker]
    return dealt


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "backslashreplace")).digest()
