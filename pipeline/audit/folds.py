"""Which speakers does each model never hear, so that every clip is judged by a model that did not see it?

Conventions: speakers are put into K folds of nearly equal numbers of clips. Fold k holds its own speakers
out; of the others some are kept for stopping and calibration, and the rest is fitted on. No speaker is on
two sides of a fold. Rows are row numbers of the array of speakers that was given.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.errors import PipelineError

__all__ = [
    "MIN_HELD_OUT_CLIPS",
    "MIN_TRAIN_CLIPS",
    "MIN_VALIDATION_CLIPS",
    "OF_FEW_RECORDINGS",
    "Fold",
    "Least",
    "folds_by_speaker",
]

# A fold's median and spread, by which its scores are compared with those of others, need some clips.
MIN_HELD_OUT_CLIPS = 10
MIN_TRAIN_CLIPS = 20
MIN_VALIDATION_CLIPS = 2


@dataclass(frozen=True, kw_only=True)
class Least:
    """The fewest clips that a fold may judge, fit to and stop by."""

    held_out: int = MIN_HELD_OUT_CLIPS
    train: int = MIN_TRAIN_CLIPS
    validation: int = MIN_VALIDATION_CLIPS


# Where a run is cross-fitted nothing is fitted by steps that have to stop, and scores of all folds are on one
# scale but for the few clips that each model lacks.
OF_FEW_RECORDINGS = Least(held_out=4, train=5, validation=1)


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Rows that are scored (``held_out``), fitted on (``train``), and stopped and calibrated by."""

    held_out: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def folds_by_speaker(
    speakers: Sequence[str] | np.ndarray,
    *,
    n_folds: int,
    validation_share: float,
    seed: int,
    least: Least | None = None,
) -> list[Fold]:
    """Return the folds; every row is held out in exactly one of them.

    Args:
        speakers: of each clip [N].
        n_folds: K.
        validation_share: of the clips that a fold does not hold out, kept for stopping and calibration.
        seed: behind the order of speakers.
        least: clips that a fold needs; those of detectors that are fitted by steps by default.

    Raises:
        PipelineError: too few speakers or clips, with both numbers.
    """
    speakers = np.asarray(speakers, dtype=object)
    sizes = Counter(speakers)
    # One speaker held out, one for stopping and one to fit on is the least there can be.
    n_least = max(n_folds, 3)
    if len(sizes) < n_least:
        advice = "lower audit.n_folds, or " if n_least == n_folds and len(sizes) >= 3 else ""
        raise PipelineError(
            f"an audit with audit.n_folds={n_folds} needs clips of at least {n_least} speakers, "
            f"got {len(sizes)}; {advice}add speakers, or tell them apart with --name-pattern"
        )
    generator = np.random.default_rng(seed)
    shuffled = [str(name) for name in generator.permutation(sorted(sizes))]
    held_out = _dealt(shuffled, sizes, n_folds)
    folds = []
    for names in held_out:
        others = [name for name in generator.permutation(shuffled) if name not in names]
        kept = _about(others, sizes, validation_share)
        is_held_out, is_kept = np.isin(speakers, list(names)), np.isin(speakers, list(kept))
        fold = Fold(
            held_out=np.flatnonzero(is_held_out),
            train=np.flatnonzero(~is_held_out & ~is_kept),
            validation=np.flatnonzero(is_kept),
        )
        _check(fold, len(speakers), least or Least())
        folds.append(fold)
    return folds


def _dealt(names: Sequence[str], sizes: Counter[str], n_folds: int) -> list[set[str]]:
    """Deal speakers out, those with most clips first, each to the fold with fewest clips so far."""
    dealt: list[set[str]] = [set() for _ in range(n_folds)]
    counts = [0] * n_folds
    for name in sorted(names, key=lambda name: -sizes[name]):
        k = counts.index(min(counts))
        dealt[k].add(name)
        counts[k] += sizes[name]
    return dealt


def _about(names: Sequence[str], sizes: Counter[str], share: float) -> set[str]:
    """Return one speaker or more, and not all, whose clips are about a share of all of them."""
    wanted = share * sum(sizes[name] for name in names)
    chosen: set[str] = set()
    n_chosen = 0
    for name in names[:-1]:
        if chosen and abs(n_chosen + sizes[name] - wanted) >= abs(n_chosen - wanted):
            continue
        chosen.add(name)
        n_chosen += sizes[name]
    return chosen


def _check(fold: Fold, n_clips: int, needed: Least) -> None:
    for rows, least, purpose in (
        (fold.held_out, needed.held_out, "judge"),
        (fold.train, needed.train, "fit on"),
        (fold.validation, needed.validation, "stop by"),
    ):
        if len(rows) < least:
            raise PipelineError(
                f"of the target's {n_clips} usable clips a fold of the audit has {len(rows)} to {purpose}, "
                f"and at least {least} are needed; add clips, or change audit.n_folds or "
                "audit.validation_share"
            )
