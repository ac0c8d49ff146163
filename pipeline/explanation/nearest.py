"""Which clips is a clip's sound like: of the target, of another word, or of a part of the target?

Clips are compared by their sketches, whatever features the detector sees: the loud part, stretched to
``N_ALIGNED`` frames, its mean level removed. A distance is a root mean square in decibel over all cells.
A clip is never compared with clips of its own speaker, who would make any clip look like itself.
Source: on Speech Commands the nearest clip by this distance has the right word in 95 % of test clips of
happy, cat and bed, see docs/explanation/decisions.md.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.frontend import stretch
from pipeline.quality import N_BANDS, to_decibel

__all__ = [
    "FIRST",
    "LAST",
    "N_ALIGNED",
    "N_NEIGHBOURS",
    "WHOLE",
    "Nearest",
    "align_sketches",
    "colour",
    "nearest_of",
]

N_ALIGNED = 16
WHOLE, FIRST, LAST = "whole", "first", "last"
# As the default front end: loud begins at this share of the way from a clip's quiet tenth to its peak.
LOUD_SHARE = 0.3
QUIET_QUANTILE = 0.1
# A clip that lost its other half looks like this share of a whole one.
PART_SHARE = 0.55
N_NEIGHBOURS = 3
BLOCK = 1_024


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The neighbours of each clip among some references.

    Attributes:
        distance: mean distance to the nearest ``N_NEIGHBOURS`` [N]; infinite where there are fewer.
        reference: number of the nearest one [N].
        nearest: its distance [N].
    """

    distance: np.ndarray
    reference: np.ndarray
    nearest: np.ndarray


def align_sketches(sketches: np.ndarray, part: str = WHOLE) -> np.ndarray:
    """Return the loud parts, stretched, their mean level removed: float32 [N, N_ALIGNED, N_BANDS].

    Args:
        sketches: uint8 [N, n_frames, N_BANDS].
        part: ``WHOLE``, or ``FIRST`` or ``LAST`` for what a clip would be that lost the rest.
    """
    aligned = np.empty((len(sketches), N_ALIGNED, N_BANDS), np.float32)
    for row, sketch in enumerate(sketches):
        loud = _loud(to_decibel(sketch))
        n = max(2, round(PART_SHARE * len(loud)))
        shares = {WHOLE: loud, FIRST: loud[:n], LAST: loud[-n:]}
        aligned[row] = stretch(shares[part], N_ALIGNED)
    aligned -= aligned.mean(axis=(1, 2), keepdims=True)
    return aligned


def colour(aligned: np.ndarray) -> np.ndarray:
    """Return the mean level of each band over a clip, float32 [N, N_BANDS]: voice, room and microphone."""
    mean: np.ndarray = aligned.mean(axis=1)
    return mean


def _loud(levels: np.ndarray) -> np.ndarray:
    """Return the frames from the first loud one to the last."""
    loudness = levels.mean(axis=1)
    quiet = np.sort(loudness)[int(QUIET_QUANTILE * (len(loudness) - 1))]
    loud = np.flatnonzero(loudness >= quiet + LOUD_SHARE * (loudness.max() - quiet))
    kept: np.ndarray = levels[loud[0] : loud[-1] + 1]
    return kept


def nearest_of(
    clips: np.ndarray, speakers: np.ndarray, references: np.ndarray, reference_speakers: np.ndarray
) -> Nearest:
    """Return the neighbours of each clip among references by other speakers.

    Memory holds a block of 1,024 clips against all references.

    Args:
        clips: float32 [N, ...].
        speakers: a number for each clip's speaker [N].
        references: likewise [M, ...], at least one.
        reference_speakers: likewise [M].
    """
    clips, references = clips.reshape(len(clips), -1), references.reshape(len(references), -1)
    distance, nearest = np.full(len(clips), np.inf), np.full(len(clips), np.inf)
    reference = np.zeros(len(clips), np.intp)
    squares = np.einsum("ij,ij->i", references, references)
    k = min(N_NEIGHBOURS, len(references))
    for first in range(0, len(clips), BLOCK):
        rows = slice(first, first + BLOCK)
        block = clips[rows]
        squared = block @ references.T
        squared *= -2
        squared += squares
        squared += np.einsum("ij,ij->i", block, block)[:, None]
        squared[speakers[rows, None] == reference_speakers] = np.inf
        chosen = np.argpartition(squared, k - 1, axis=1)[:, :k]
        values = np.sqrt(np.maximum(np.take_along_axis(squared, chosen, axis=1), 0) / clips.shape[1])
        best = values.argmin(axis=1)[:, None]
        reference[rows] = np.take_along_axis(chosen, best, axis=1)[:, 0]
        nearest[rows] = np.take_along_axis(values, best, axis=1)[:, 0]
        if k == N_NEIGHBOURS:
            distance[rows] = values.mean(axis=1)
    return Nearest(distance=distance, reference=reference, nearest=nearest)
