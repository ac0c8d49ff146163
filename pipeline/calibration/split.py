"""Which validation clips stop the training, and which calibrate the p-values?

A clip that decided when the training stops, or what a weight is, looks a little less strange than a
fresh one. So the target's validation clips are divided: one half of the speakers stops, the other
calibrates. The division follows from the speakers' names alone. Where there are too few clips or
speakers for two halves, all do both, and a sentence says so. A detector that is fitted at once is stopped by
no clip: all of them calibrate.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["MIN_HALF_CLIPS", "CalibrationSplit", "split_validation"]

# Nineteen calibration clips are the least at which a false-alarm rate of 5 % can be kept at all.
MIN_HALF_CLIPS = 19
MIN_HALF_SPEAKERS = 2


@dataclass(frozen=True, kw_only=True)
class CalibrationSplit:
    """Positions among the validation clips, and a sentence where the halves are one and the same."""

    stopping: np.ndarray
    calibrating: np.ndarray
    note: str

    @property
    def is_shared(self) -> bool:
        """True where the clips that calibrate are also those that stopped the training."""
        return bool(self.note)


def split_validation(speakers: Sequence[str], *, stops: bool = True) -> CalibrationSplit:
    """Divide the validation clips with these speakers; no speaker is in both halves.

    Args:
        speakers: of the target's validation clips, in any order.
        stops: whether clips stop the training; where none do, all of them calibrate.
    """
    everything = np.arange(len(speakers))
    if not stops:
        return CalibrationSplit(stopping=everything[:0], calibrating=everything, note="")
    sizes = Counter(speakers)
    totals = [0, 0]
    half = {}
    for name in sorted(sizes, key=_digest):
        smaller = int(totals[1] < totals[0])
        half[name] = smaller
        totals[smaller] += sizes[name]
    n_speakers = [sum(side == number for side in half.values()) for number in (0, 1)]
    if min(totals) < MIN_HALF_CLIPS or min(n_speakers) < MIN_HALF_SPEAKERS:
        note = (
            f"the {len(speakers)} validation clips of {len(sizes)} speakers stop the training and calibrate "
            f"the p-values too, which makes these a little small: two halves need {MIN_HALF_CLIPS} clips of "
            f"{MIN_HALF_SPEAKERS} speakers each, and would have {min(totals)} of {min(n_speakers)}; "
            "enlarge the validation split"
        )
        return CalibrationSplit(stopping=everything, calibrating=everything, note=note)
    sides = np.array([half[name] for name in speakers])
    return CalibrationSplit(
        stopping=np.flatnonzero(sides == 1), calibrating=np.flatnonzero(sides == 0), note=""
    )


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
