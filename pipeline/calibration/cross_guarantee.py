"""What may be promised of the flags and the list of a cross-fitted run?

The sentences stand where those of ``pipeline.calibration.conformal`` stand for a run with splits.
"""

import math

from pipeline.calibration.conformal import Guarantees, n_calibration_needed
from pipeline.calibration.cross_conformal import CrossFitted

__all__ = ["cross_fitted_guarantee", "refused_cross_fitted_flags"]


def refused_cross_fitted_flags(n_speakers: int, alpha: float) -> str:
    """Return why nothing can be flagged at ``alpha`` with so few recordings, or ``""``."""
    needed = n_calibration_needed(alpha)
    if n_speakers >= needed:
        return ""
    return (
        f"alpha={alpha:g} needs at least {needed} recordings to calibrate, got {n_speakers}: nothing can be "
        "flagged; raise evaluation.alpha or add recordings"
    )


def cross_fitted_guarantee(crossed: CrossFitted, alpha: float, fdr: float, *, n_other: int) -> Guarantees:
    """Return what holds at these rates.

    Args:
        crossed: what calibrates.
        alpha: false-alarm rate of the flags.
        fdr: false-discovery rate of the list.
        n_other: clips under other names.
    """
    n, who = crossed.n_speakers, _whom(crossed)
    flags = refused_cross_fitted_flags(n, alpha)
    refusals = [flags] if flags else []
    if not flags:
        flags = (
            f"At evaluation.alpha={alpha:.3g} a share of about {_reached(n, alpha):.3g} of fresh clips of "
            f"the target is flagged, and on average at most {crossed.flag_rate_bound(alpha):.3g}, whatever "
            f"the model: the bound of cross-fitting over {who} in {crossed.n_folds} folds. The target's own "
            f"clips are ranked among themselves, so at most {alpha:.3g} of them is flagged whatever they "
            "sound like."
        )
    least = max(1, math.ceil(n_other / (fdr * (n + 1)) - 1e-9))
    if not n_other:
        listed = (
            "No clip is listed: the target's own clips calibrate one another, and a rank among themselves "
            "is no discovery."
        )
    elif n < n_calibration_needed(fdr) or least > n_other:
        listed = (
            f"fdr={fdr:g} needs at least {n_calibration_needed(fdr)} recordings to calibrate, got {n}: "
            "nothing can be listed; raise evaluation.fdr or add recordings"
        )
        refusals.append(listed)
    else:
        listed = (
            f"The list (Benjamini-Hochberg, evaluation.fdr={fdr:.3g}) is of the {n_other} clips under other "
            f"names, and starts at {least} that are stranger than every calibration clip. Its rate has no "
            "proof here, for cross-fitted p-values depend on one another. None of the target's own clips is "
            "on it: they calibrate one another."
        )
    floor = (
        f"The smallest p-value is 1/(n + 1) = {1 / (n + 1):.4g} with {who}, and {1 / n:.4g} for a clip of "
        f"the target, which is compared with the other {n - 1}. It holds where fresh recordings are like "
        "these, each a draw of its own. A file that `audio-anomaly score` is given is judged by the model "
        "of all clips; its p-value is near those, and has no bound that is proven."
    )
    return Guarantees(flags=flags, listed=listed, floor=floor, refusals=tuple(refusals))


def _reached(n: int, alpha: float) -> float:
    """Return the highest multiple of 1 / (n + 1) that is not above ``alpha``: p-values are such multiples."""
    return math.floor(alpha * (n + 1) + 1e-9) / (n + 1)


def _whom(crossed: CrossFitted) -> str:
    """Return who calibrates, counted: recordings, or the speakers whom they are of."""
    if crossed.n_speakers == crossed.n_recordings:
        return f"{crossed.n_recordings} recordings"
    return f"{crossed.n_speakers} speakers in {crossed.n_recordings} recordings"
