"""Does a clip that bears the target's name sound like the target, or like another word of the corpus?

This looks at other words, as a curator may who has the whole corpus; the score of the models does not.
Clips are compared by their sketches (see ``pipeline.explanation.nearest``), whatever features the models see:

    excess         distance to the nearest clips of the target less that to the nearest of other words, in dB
    discriminant   a linear discriminant of the target against all other words, larger for other words

Where the features hold vectors of a pretrained network, clips are compared by these, too: by sketches alone
a planted clip of another word is found less often (docs/explanation/audit.md).

A clip is never compared with clips of its own speaker, and its discriminant is learned from the clips of
speakers whom its fold does not hold out. What bears the target's name wrongly is learned from as the
target: a few in a hundred hardly move a line through thousands of clips.
Source: Fisher 1936, "The Use of Multiple Measurements in Taxonomic Problems"; Friedman 1989, "Regularized
Discriminant Analysis", for the ridge.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.explanation import N_NEIGHBOURS, Nearest, align_sketches, nearest_of
from pipeline.files import numbered
from pipeline.runs import ClipTable

__all__ = ["MIN_OTHER_CLIPS", "Similarity", "compare_with_other_words"]

# Fewer clips of other words say nothing about how the target differs from them.
MIN_OTHER_CLIPS = 20
# A word's clips beyond these tell little that is new, and cost a product each.
MAX_CLIPS_A_WORD = 2_000
RIDGE = 0.1  # of the mean variance of a cell


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """What each clip [N] sounds like.

    Attributes:
        sounds_like: the word of the nearest clip; the target's where its own clips are no further.
        own_distance: mean distance to the nearest clips of the target, in dB.
        other_distance: likewise to those of all other words.
        discriminant: larger for other words; about -1 for the target and 1 for others.
    """

    sounds_like: np.ndarray
    own_distance: np.ndarray
    other_distance: np.ndarray
    discriminant: np.ndarray

    @property
    def excess(self) -> np.ndarray:
        """How much further the target's clips are than those of other words, in dB; 0 where unknown."""
        known = np.isfinite(self.own_distance) & np.isfinite(self.other_distance)
        own, other = (np.where(known, x, 0.0) for x in (self.own_distance, self.other_distance))
        excess: np.ndarray = own - other
        return excess


def compare_with_other_words(
    table: ClipTable,
    rows: np.ndarray,
    sketches: np.ndarray,
    fold: np.ndarray,
    target: str,
    *,
    vectors: np.ndarray | None = None,
) -> Similarity | None:
    """Return what each of the target's clips sounds like; ``None`` where other words have too few clips.

    Args:
        table: the clips, by the names that they bear.
        rows: the target's [N].
        sketches: uint8, of every clip of the table.
        fold: in which each of ``rows`` is held out [N].
        target: the word that is normal.
        vectors: of a pretrained network, of every clip of the table [M, D], to compare by in place of the
            sketches; distances are then no decibel.
    """
    others = _others(table, target)
    if len(others) < MIN_OTHER_CLIPS:
        return None
    speaker = numbered(table.speaker)
    own_sounds, other_sounds = (
        align_sketches(sketches[of]) if vectors is None else vectors[of] for of in (rows, others)
    )

    def nearest(sounds: np.ndarray, references: np.ndarray) -> Nearest:
        return nearest_of(own_sounds, speaker[rows], sounds, speaker[references])

    own, other = nearest(own_sounds, rows), nearest(other_sounds, others)
    is_other = other.distance < own.distance
    return Similarity(
        sounds_like=np.where(is_other, table.word[others[other.reference]], target),
        own_distance=own.distance,
        other_distance=other.distance,
        discriminant=_discriminant(
            own_sounds.reshape(len(rows), -1),
            other_sounds.reshape(len(others), -1),
            table.word[others],
            fold,
            _folds_of(table.speaker[others], table.speaker[rows], fold),
        ),
    )


def _others(table: ClipTable, target: str) -> np.ndarray:
    """Return the usable rows of other words, of each word at most ``MAX_CLIPS_A_WORD`` evenly taken."""
    taken = []
    for word in sorted(set(table.word[table.usable]) - {target}):
        rows = table.rows(word)
        if len(rows) > MAX_CLIPS_A_WORD:
            rows = rows[np.linspace(0, len(rows) - 1, MAX_CLIPS_A_WORD).astype(np.intp)]
        if len(rows) >= N_NEIGHBOURS:
            taken.append(rows)
    return np.concatenate(taken) if taken else np.zeros(0, np.intp)


def _folds_of(speakers: np.ndarray, own_speakers: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return the fold that holds each speaker out, 0 for those who never say the target."""
    of_speaker = dict(zip(own_speakers, fold, strict=True))
    return np.array([of_speaker.get(name, 0) for name in speakers])


def _discriminant(
    own: np.ndarray, others: np.ndarray, words: np.ndarray, fold: np.ndarray, other_fold: np.ndarray
) -> np.ndarray:
    """Return the discriminant of each own clip, learned from the other folds' clips: float64 [N]."""
    found = np.zeros(len(own))
    for k in np.unique(fold):
        judged, learned = fold == k, other_fold != k
        found[judged] = _ridge(own[~judged], others[learned], words[learned], own[judged])
    return found


def _ridge(own: np.ndarray, others: np.ndarray, words: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """Return the regression on -1 for own and 1 for others, either side weighing a half."""
    if not len(own) or not len(others):
        return np.zeros(len(judged))
    # Between clips alike and words alike: the root leaves no word unheard and lets none decide alone.
    _, number, sizes = np.unique(words.astype(str), return_inverse=True, return_counts=True)
    of_others = 1.0 / np.sqrt(sizes[number])
    weight = np.concatenate([np.full(len(own), 0.5 / len(own)), 0.5 * of_others / of_others.sum()])
    side = np.concatenate([np.full(len(own), -1.0), np.ones(len(others))])
    clips = np.concatenate([own, others]).astype(np.float64)
    mean = weight @ clips
    clips -= mean
    covariance = (clips * weight[:, None]).T @ clips
    ridge = max(RIDGE * np.trace(covariance) / len(covariance), 1e-12)
    direction = np.linalg.solve(covariance + ridge * np.eye(len(covariance)), clips.T @ (weight * side))
    values: np.ndarray = (judged - mean) @ direction
    return values
