"""How much better does B rank each word than A, and could chance alone have done it?

Conventions: AUROC over the common test clips, the target's as normal; a difference is B minus A. Its
interval is over resampled speakers, the same speakers for both runs: what both find hard cancels, so it
is narrower than the two intervals suggest, and it is the one to judge by.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.compare.runs import Pair
from pipeline.evaluation import auroc, bootstrap_auroc, interval

__all__ = ["Difference", "Differences", "word_differences"]

MIN_SPEAKERS = 5  # as for the intervals of a run: below it, clips are resampled, and that is said
N_RESAMPLES = 1_000


@dataclass(frozen=True, kw_only=True)
class Difference:
    """AUROC of A and B and their difference with its 95 % interval; ``n`` clips of the word."""

    word: str
    n: int
    a: float
    b: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """B minus A."""
        return self.b - self.a

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True)
class Differences:
    """Mean over words, the hardest word of each run, and every word, the largest gain of B first."""

    macro: Difference
    hardest_a: Difference
    hardest_b: Difference
    words: tuple[Difference, ...]
    n_target: int
    by_speaker: bool


def word_differences(pair: Pair, seed: int = 0) -> Differences | None:
    """Return the differences over the common test clips, or ``None`` where no word can be compared.

    Costs as much as the intervals of two runs: seconds for thousands of clips.

    Args:
        pair: two runs.
        seed: of the resampling.
    """
    scores_a = pair.a.run.scores.score[pair.rows_a]
    scores_b = pair.b.run.scores.score[pair.rows_b]
    speaker = pair.a.run.scores.speaker[pair.rows_a]
    word, target = pair.word, pair.a.run.target
    normal = word == target
    names = [name for name in sorted(set(word.tolist())) if name != target]
    if not names or not normal.any():
        return None
    by_speaker = len(set(speaker[normal])) >= MIN_SPEAKERS
    if not by_speaker:
        speaker = pair.a.run.scores.path[pair.rows_a]
    resampled = [
        bootstrap_auroc(
            scores[normal],
            [str(name) for name in speaker[normal]],
            {name: (scores[word == name], [str(one) for one in speaker[word == name]]) for name in names},
            n_resamples=N_RESAMPLES,
            seed=seed,
        )
        for scores in (scores_a, scores_b)
    ]
    found = [
        Difference(
            word=name,
            n=int((word == name).sum()),
            a=auroc(scores_a[normal], scores_a[word == name]),
            b=auroc(scores_b[normal], scores_b[word == name]),
            **_bounds(resampled[1][name] - resampled[0][name]),
        )
        for name in names
    ]
    means = [np.stack([of_run[name] for name in names]) for of_run in resampled]
    drawn = ~np.isnan(means[0]).all(axis=0)  # a resample without any speaker of the words has no mean
    macro = np.nanmean(means[1][:, drawn], axis=0) - np.nanmean(means[0][:, drawn], axis=0)
    return Differences(
        macro=Difference(
            word="mean over words",
            n=int((~normal).sum()),
            a=float(np.mean([one.a for one in found])),
            b=float(np.mean([one.b for one in found])),
            **_bounds(macro),
        ),
        hardest_a=min(found, key=lambda one: one.a),
        hardest_b=min(found, key=lambda one: one.b),
        words=tuple(sorted(found, key=lambda one: (-one.gain, one.word))),
        n_target=int(normal.sum()),
        by_speaker=by_speaker,
    )


def _bounds(differences: np.ndarray) -> dict[str, float]:
    if not np.isfinite(differences).any():
        return {"low": -1.0, "high": 1.0}  # nothing is known: any difference is possible
    low, high = interval(differences)
    return {"low": low, "high": high}
