"""How unusual is a score where the same few recordings both teach and calibrate?

Conventions: a calibration clip's score is of a model that was fitted to no clip of its fold. Speakers are
drawn anew, clips of one speaker are not, so each speaker weighs as one clip, whatever the number of its
clips; where nobody names speakers, a recording is its own.

    a clip of another fold set (another class, a fresh recording), judged by every fold's model m_k:
        p = (1 + sum over calibration clips i of w_i [s_i >= score of m_fold(i)]) / (n + 1)
    a calibration clip, against the clips of the other n - 1 speakers:
        p = (1 + sum over their clips i of w_i [s_i >= its own score]) / n

with n speakers and w_i one over the number of clips of i's speaker. The first is the p-value of CV+, of
jackknife+ where each speaker is a fold: a fresh clip that is drawn like the others has p <= alpha with
probability at most ``flag_rate_bound``, whatever the model. Near alpha is what is seen. The second is a rank:
at most a share alpha of the calibration clips' speakers has p <= alpha, whatever they sound like.
Source: Vovk 2015, "Cross-conformal predictors"; Barber, Candes, Ramdas and Tibshirani 2021, "Predictive
inference with the jackknife+", theorems 1 and 4; Lee, Barber and Willett 2023, arXiv 2306.06342, for the
weights.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["CrossFitted", "exceeding_weight", "rank_p_values", "speaker_weights"]


@dataclass(frozen=True, kw_only=True)
class CrossFitted:
    """What calibrates a cross-fitted run.

    Attributes:
        n_clips: calibration clips.
        n_recordings: that they are cut from.
        n_speakers: whom they are of; each counts once. The recordings, where nobody names speakers.
        n_folds: models that judge them.
    """

    n_clips: int
    n_recordings: int
    n_speakers: int
    n_folds: int

    def flag_rate_bound(self, alpha: float) -> float:
        """Return the largest share of fresh clips that is flagged at ``alpha`` on average; see the module."""
        n, k = self.n_speakers, self.n_folds
        coarseness = min(2 * (1 - 1 / k) / (n / k + 1), (1 - k / n) / (k + 1))
        return min(1.0, 2 * alpha + coarseness)

    def as_json(self) -> dict[str, Any]:
        """Return the counts by name."""
        return asdict(self)


def speaker_weights(speakers: np.ndarray) -> np.ndarray:
    """Return one over the number of clips of each clip's speaker: float64 [n]; they sum to the speakers."""
    _, number, sizes = np.unique(np.asarray(speakers, str), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / sizes[number])


def exceeding_weight(calibration: np.ndarray, weight: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the weight of the calibration clips that are at least as strange as each score: float64 [N].

    Args:
        calibration: scores [n].
        weight: of each [n].
        scores: scores to judge [N]; higher is stranger.
    """
    order = np.argsort(calibration, kind="stable")
    # Thirds must not sum to a hair more than one: a p-value that is alpha counts as flagged.
    above = np.round(np.append(np.cumsum(weight[order][::-1])[::-1], 0.0), 9)
    return np.asarray(above[np.searchsorted(calibration[order], scores, side="left")])


def rank_p_values(
    calibration: np.ndarray, weight: np.ndarray, speakers: np.ndarray, scores: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Return the p-value of clips against the calibration clips of all other speakers: float64 [N].

    Args:
        calibration: scores [n].
        weight: of each [n], from ``speaker_weights``.
        speakers: of each [n].
        scores: of the clips to judge [N].
        own: the speaker of each of these [N].
    """
    own, speakers = np.asarray(own, str), np.asarray(speakers, str)
    found = np.empty(len(scores))
    for speaker in np.unique(own):
        judged, others = own == speaker, speakers != speaker
        # Counted, not summed: thirds that sum to a hair less than the speakers would give more than 1.
        n_others = len(set(speakers[others]))
        exceeding = exceeding_weight(calibration[others], weight[others], scores[judged])
        found[judged] = np.minimum((1.0 + exceeding) / (1.0 + n_others), 1.0)
    return found
