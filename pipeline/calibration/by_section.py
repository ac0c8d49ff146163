"""Above which score is a recording of a section and a domain flagged, and what does that promise?

Sections and domains sound different, so one threshold for all flags the noisier ones too often. Recordings
that calibrate are few in some: the pool of a section and domain is its own recordings where they are enough
for the rate (``n_calibration_needed``: 19 for 0.05), else those of the section in both domains, else those of
all sections. A recording whose domain nobody tells is judged by its section. The promise is about fresh
recordings that are mixed as the pool is; a domain that is rare in a pool may be flagged more often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calibration.conformal import n_calibration_needed, rate_interval

__all__ = ["Group", "SectionThreshold", "section_thresholds"]

Group = tuple[str, str]  # section and domain; the domain is "" where nobody tells it
ALL_SECTIONS = "all sections"


@dataclass(frozen=True, kw_only=True)
class SectionThreshold:
    """The threshold of a section and domain.

    Attributes:
        pool: whose recordings calibrate it.
        n_own: calibrating recordings of the section and domain.
        n_calibration: those of the pool.
        threshold: higher scores are flagged; infinite where the recordings are too few for the rate.
        rate_low, rate_high: between these lies the share of its kind that is flagged, in 95 of 100 draws of
            such a pool.
        alpha: the rate.
    """

    pool: str
    n_own: int
    n_calibration: int
    threshold: float
    rate_low: float
    rate_high: float
    alpha: float

    @property
    def promise(self) -> str:
        """What is promised of the flags, in a sentence."""
        if not np.isfinite(self.threshold):
            return (
                f"alpha={self.alpha:g} needs {n_calibration_needed(self.alpha)} calibration recordings, got "
                f"{self.n_calibration} from {self.pool}: nothing is flagged; raise evaluation.alpha"
            )
        return (
            f"at most {self.alpha:.3g} of fresh normal recordings are flagged on average, "
            f"{self.rate_low:.3f} to {self.rate_high:.3f} in 95 of 100 draws of the {self.n_calibration} "
            f"that calibrate ({self.pool})"
        )


def section_thresholds(
    groups: Sequence[Group], scores: np.ndarray, wanted: Iterable[Group], alpha: float
) -> dict[Group, SectionThreshold]:
    """Return the threshold of each wanted section and domain.

    Args:
        groups: section and domain of each calibrating recording [n].
        scores: their scores [n].
        wanted: sections and domains that have recordings to judge.
        alpha: the share of normal recordings that may be flagged.
    """
    needed = n_calibration_needed(alpha)
    section = np.array([name for name, _ in groups], object)
    domain = np.array([name for _, name in groups], object)
    found = {}
    for group in sorted(set(wanted)):
        own = (section == group[0]) & ((domain == group[1]) | (not group[1]))
        pools = {
            f"section {group[0]}, {group[1]}" if group[1] else f"section {group[0]}": own,
            f"section {group[0]}": section == group[0],
            ALL_SECTIONS: np.ones(len(scores), bool),
        }
        # The widest pool stands where none is large enough.
        name = next((name for name, chosen in pools.items() if chosen.sum() >= needed), ALL_SECTIONS)
        pooled = np.sort(scores[pools[name]])
        # Flagged are p-values of at most alpha, those above the k-th highest of n scores.
        k = int(np.floor(alpha * (len(pooled) + 1) + 1e-9))
        low, high = rate_interval(len(pooled), alpha) if k else (0.0, 0.0)
        found[group] = SectionThreshold(
            pool=name,
            n_own=int(own.sum()),
            n_calibration=len(pooled),
            threshold=float(pooled[-k]) if k else np.inf,
            rate_low=low,
            rate_high=high,
            alpha=alpha,
        )
    return found
