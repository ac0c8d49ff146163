"""Which part of its score makes a clip stranger than a usual clip of the target?

Conventions: nats above the mean of the term over the target's test clips; the excesses of a clip's terms
sum to the excess of its score. Bars of one list share one scale.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.runs import Run, is_judged

__all__ = ["Term", "TermScale", "meaning_of"]

# What each term of the project's detectors says of a clip, in a reader's words.
MEANINGS = {
    "levels": "how much likelier distorted copies of the target are than the target, by smoothed band levels",
    "timbre": "how much likelier distorted copies are without each frame's loudness",
    "contour": "how much likelier distorted copies are without each band's mean, so without the microphone",
    "cepstra": "how much likelier distorted copies are, by cepstra that are not smoothed: short sounds",
    "unwarped": "how much likelier distorted copies are without each frame's loudness, not warped",
    "direction": "how far it falls short of fitting better forwards than backwards, as the target's clips do",
    "contrast": "how far it falls short of rising above its noise and changing, as the target's clips do",
    "duration": "how rare it is among the target's clips that so little is recorded",
    "flow": "how unlikely it is as a clip of the target",
    "ratio": "how much likelier distorted copies of the target are, frame by frame",
    "density": "how unlikely its frames are as the target's",
    "quantiles": "how rare its levels are in 40 bands, from its quietest moments to its loudest",
    "bands": "how rare levels, spread and steps of its 64 bands are",
    "lines": "how rare its tones are, in half-second windows",
    "modulation": "how rare it is that its bands swing as fast and as far",
    "period": "how rare its rhythm is",
    "steps": "how rare it is that its levels move as far from moment to moment",
    "covariance": "how rare it is that its bands move together so",
    "memory": "how rare it is that its sound lasts as long",
}


@dataclass(frozen=True)
class Term:
    """One part of a score.

    Attributes:
        name: of the part.
        excess: nats above what is usual for the target.
        start: left end of its bar, percent of the width; the middle is the usual value.
        length: of its bar, percent of the width.
    """

    name: str
    excess: float
    start: float
    length: float


class TermScale:
    """The terms of the clips of one list.

    Args:
        run: the run.
        rows: of the listed clips.
    """

    def __init__(self, run: Run, rows: np.ndarray) -> None:
        floored = _is_floored(run)
        self._excesses = {
            term: values - _usual(run, values, floored) for term, values in run.scores.terms.items()
        }
        self._widest = _widest([values[rows][~floored[rows]] for values in self._excesses.values()])

    def of(self, row: int) -> tuple[Term, ...]:
        """Return the terms of one clip."""
        return tuple(_term(term, float(values[row]), self._widest) for term, values in self._excesses.items())


def meaning_of(term: str) -> str:
    """Return what a term says of a clip, or ``""`` for one that is not known here."""
    return MEANINGS.get(term, "")


def _is_floored(run: Run) -> np.ndarray:
    return np.array(["non_finite" in tags for tags in run.scores.tags.tolist()], dtype=bool)


def _widest(excesses: list[np.ndarray]) -> float:
    """Return the excess that fills half a bar: nearly the largest, so that one far clip hides no other."""
    sizes = np.abs(np.concatenate(excesses)) if excesses else np.zeros(0)
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, 0.99)) if sizes.size else 0.0


def _usual(run: Run, values: np.ndarray, floored: np.ndarray) -> float:
    """Return the mean of a term over the target's test clips; means of terms sum to the mean score.

    Clips whose likelihood is not finite hold a placeholder, which would outweigh all others.
    """
    of_target = values[(run.scores.word == run.target) & is_judged(run.scores.split) & ~floored]
    defined = of_target[np.isfinite(of_target)]
    return float(defined.mean()) if defined.size else 0.0


def _term(name: str, excess: float, widest: float) -> Term:
    share = 50 * min(abs(excess) / widest, 1.0) if widest and np.isfinite(excess) else 0.0
    return Term(name.replace("_", " "), excess, 50.0 if excess >= 0 else 50.0 - share, share)
