"""How unusual would this score be for a clip of the target, and what may be promised about it?

Conformal p-values: calibrated on target clips that the weights were not fitted on. If a new target
clip is exchangeable with them, its p-value is at most alpha with probability at most alpha.
From these follow two things that a user sets a rate for: flags, each by itself at a false-alarm rate,
and a list, all of it at a false-discovery rate (Benjamini and Hochberg).
Source: Vovk et al. 2005, "Algorithmic Learning in a Random World", section 2.2; Benjamini and Hochberg
1995; Bates et al. 2023, "Testing for outliers with conformal p-values", theorem 2, which shows that the
latter holds for the former.
"""

from dataclasses import dataclass

import numpy as np

__all__ = [
    "Guarantees",
    "benjamini_hochberg",
    "guarantee",
    "n_calibration_needed",
    "p_values",
    "rate_interval",
    "refused_flags",
]


@dataclass(frozen=True, kw_only=True)
class Guarantees:
    """What holds for the flags and the list of a run, in words.

    Attributes:
        flags: the guarantee of the flags, or why there are none.
        listed: the guarantee of the list, or why it is empty.
        floor: the smallest p-value there can be.
        refusals: those of ``flags`` and ``listed`` that refuse.
    """

    flags: str
    listed: str
    floor: str
    refusals: tuple[str, ...]


def p_values(calibration: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return ``(1 + #{calibration scores >= s}) / (n + 1)`` for each score s: float64 [N].

    Args:
        calibration: scores of target clips that were not fitted on [n].
        scores: scores to judge [N]; higher is stranger.
    """
    at_least = len(calibration) - np.searchsorted(np.sort(calibration), scores, side="left")
    return (1.0 + at_least) / (len(calibration) + 1.0)


def n_calibration_needed(alpha: float) -> int:
    """Return how many calibration clips it takes before any clip can be flagged at ``alpha``.

    The smallest p-value is 1 / (n + 1), so n must be at least 1 / alpha - 1.
    """
    return int(np.ceil(1.0 / alpha - 1.0 - 1e-9))


def refused_flags(n_calibration: int, alpha: float) -> str:
    """Return why nothing can be flagged at ``alpha`` with so many calibration clips, or ``""``."""
    if n_calibration >= n_calibration_needed(alpha):
        return ""
    return (
        f"alpha={alpha:g} needs at least {n_calibration_needed(alpha)} calibration clips, got "
        f"{n_calibration}: nothing can be flagged; raise evaluation.alpha or enlarge the validation split"
    )


def benjamini_hochberg(p_value: np.ndarray, fdr: float) -> np.ndarray:
    """Return which of these clips are on the list at a false-discovery rate: bool [N].

    Listed are the k clips with the smallest p-values, k being the largest number for which the k-th
    smallest is at most ``k * fdr / N``.

    Args:
        p_value: of all clips that are judged together [N].
        fdr: the rate.
    """
    import scipy.stats

    if not len(p_value):
        return np.zeros(0, bool)
    # Rounding must not take away a clip whose p-value is just at the limit.
    return np.asarray(scipy.stats.false_discovery_control(p_value, method="bh") <= fdr * (1 + 1e-12))


def guarantee(
    n_calibration: int, alpha: float, fdr: float, *, n_own: int, n_other: int, is_shared: bool
) -> Guarantees:
    """Return what holds at these rates with so many calibration clips.

    Args:
        n_calibration: clips.
        alpha: false-alarm rate of the flags.
        fdr: false-discovery rate of the list.
        n_own: clips of the list's first part, those under the target's name.
        n_other: clips of its second part, those under other names.
        is_shared: whether the calibration clips stopped the training too.
    """
    n = n_calibration
    flags = refused_flags(n, alpha)
    refusals = [flags] if flags else []
    if not flags:
        low, high = rate_interval(n, alpha)
        flags = (
            f"Of fresh clips of the target, a share of at most {alpha:.3g} is flagged on average "
            f"(evaluation.alpha); with {n} calibration clips the share lies between {low:.3f} and {high:.3f} "
            "in 95 of 100 draws of such clips."
        )
    if n < n_calibration_needed(fdr):
        listed = (
            f"fdr={fdr:g} needs at least {n_calibration_needed(fdr)} calibration clips, got {n}: nothing can "
            "be listed; raise evaluation.fdr or enlarge the validation split"
        )
        refusals.append(listed)
    else:
        least = [max(1, int(np.ceil(size / (fdr * (n + 1)) - 1e-9))) for size in (n_own, n_other)]
        listed = (
            f"On average a share of at most {fdr:.3g} of the listed clips are ordinary clips of the target "
            f"(evaluation.fdr, Benjamini-Hochberg), {_parts(n_own, n_other, least)} stranger than every "
            "calibration clip."
        )
    condition = "It holds where fresh clips are like the calibration clips, each a draw of its own"
    condition += (
        "; these also stopped the training, so p-values are a little too small." if is_shared else "."
    )
    floor = f"The smallest p-value is 1/(n + 1) = {1 / (n + 1):.4g} with {n} calibration clips. {condition}"
    return Guarantees(flags=flags, listed=listed, floor=floor, refusals=tuple(refusals))


def _parts(n_own: int, n_other: int, least: list[int]) -> str:
    """Say for which clips the list's rate holds, and how many it takes to start one."""
    own = f"for the {n_own} test clips under the target's name"
    if n_other:
        return (
            f"once {own} and once for the {n_other} clips under other names; a list starts at {least[0]} and "
            f"{least[1]} clips that are"
        )
    return f"{own}; a list starts at {least[0]} {'clip that is' if least[0] == 1 else 'clips that are'}"


def rate_interval(n: int, alpha: float) -> tuple[float, float]:
    """Return the 95 % interval of the false-alarm rate over calibration sets, where scores do not tie.

    A flag means to be above the k-th highest of n scores, k = floor(alpha (n + 1)): the share of clips
    above it is distributed as Beta(k, n + 1 - k).
    """
    import scipy.stats

    k = int(np.floor(alpha * (n + 1) + 1e-9))
    low, high = scipy.stats.beta.ppf([0.025, 0.975], k, n + 1 - k)
    return float(low), float(high)
