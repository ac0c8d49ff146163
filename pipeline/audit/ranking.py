"""Which of the target's clips are strangest, when each was scored by one of several models?

Each fold has a model of its own, whose scores in nats have a place and a spread of their own. A score is
therefore counted from the median of its fold's held-out clips, in units of their spread: 1.4826 times the
median absolute deviation, which is one standard deviation for a normal density. The folds hold random
speakers out, so that their clips are alike; and up to half of a fold's clips may be wrong before either
figure can be moved without bound.
Where the corpus has other words, what a clip sounds like is put on the same scale and added (see
``pipeline.audit.other_words``); the score itself hears the target alone.
Source: Rousseeuw and Croux 1993, "Alternatives to the Median Absolute Deviation".
"""

from collections.abc import Sequence

import numpy as np

__all__ = [
    "DISCRIMINANT_WEIGHT",
    "place_and_spread",
    "rank_strangest_first",
    "standardise",
    "with_other_words",
]

# The median absolute deviation of a normal density, in standard deviations, to the power of -1.
NORMAL_CONSISTENCY = 1.4826
# Its spread is that of clips that are right, far below what it says of another word: seen in development.
DISCRIMINANT_WEIGHT = 2.0


def place_and_spread(scores: np.ndarray) -> tuple[float, float]:
    """Return the median of scores [n] and their robust standard deviation.

    Where more than half of them are equal the mean absolute deviation stands in, and 1 where all are.
    """
    place = float(np.median(scores))
    distance = np.abs(scores - place)
    spread = NORMAL_CONSISTENCY * float(np.median(distance))
    return place, spread or float(np.mean(distance)) or 1.0


def standardise(scores: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return each score as robust standard deviations from the median of its fold: float64 [N].

    Args:
        scores: in nats [N], higher is stranger.
        fold: which model each comes from [N].
    """
    standardised = np.empty(len(scores))
    for k in np.unique(fold):
        place, spread = place_and_spread(scores[fold == k])
        standardised[fold == k] = (scores[fold == k] - place) / spread
    return standardised


def with_other_words(
    score: np.ndarray, excess: np.ndarray, discriminant: np.ndarray, fold: np.ndarray
) -> np.ndarray:
    """Return the score with what a clip sounds like added, in robust standard deviations: float64 [N].

    Args:
        score: standardised [N].
        excess: how much further the target's clips are than other words', in dB [N].
        discriminant: larger for other words [N].
        fold: which model and which discriminant each comes from [N].
    """
    likeness = standardise(excess, np.zeros(len(excess)))
    return score + likeness + DISCRIMINANT_WEIGHT * standardise(discriminant, fold)


def rank_strangest_first(score: np.ndarray, p_value: np.ndarray, path: Sequence[str]) -> np.ndarray:
    """Return the rank of each clip, 1 for the strangest: int [N].

    Equal scores are ordered by p-value, smallest first, and then by path.
    """
    order = sorted(range(len(score)), key=lambda i: (-score[i], p_value[i], path[i]))
    rank = np.empty(len(score), int)
    rank[order] = np.arange(1, len(score) + 1)
    return rank
