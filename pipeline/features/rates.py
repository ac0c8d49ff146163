"""At which rate are recordings heard that were made at several, or at another than their files say?

Whole recordings are brought to one rate, at which no band is empty: the lowest rate of those that are learned
from, or a lower one where most of them hold nothing above it, as after upsampling. Headers tell the first;
the beginnings of some recordings, spread over them, tell the second. No clip of another class and no test
clip decides. Rates are in Hz.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.audio import read_beginning, read_rate
from pipeline.corpora import Corpus
from pipeline.errors import UnusableClip
from pipeline.quality import empty_above
from pipeline.settings import Settings

__all__ = ["HIGHEST_RATE", "settle_rate", "working_rate"]

HIGHEST_RATE = 16_000  # higher ones cost more, and few faults are heard above 8 kHz alone
LOWEST_RATE = 1_000
N_HEARD = 24


def settle_rate(settings: Settings, corpus: Corpus) -> tuple[Settings, list[str]]:
    """Return the settings with the rate of whole recordings, found where it is left open, and why.

    Args:
        settings: of a run.
        corpus: of the run.
    """
    features = settings.features
    if features.kind != "statistics" or features.recording_rate:
        return settings, []
    rate, sentence = working_rate(corpus, settings.target)
    features = features.model_copy(update={"recording_rate": rate})
    return settings.model_copy(update={"features": features}), [sentence]


def working_rate(corpus: Corpus, target: str) -> tuple[int, str]:
    """Return the rate for a corpus, and why in a sentence; where no header can be read, the highest.

    Args:
        corpus: its clips; those of the target outside of the test split decide.
        target: the class that is normal.
    """
    paths = [
        corpus.root / clip.path
        for clip in corpus.clips
        if clip.word == target and clip.split != "test" and not clip.defect
    ]
    rates = {path: rate for path in paths if (rate := _rate_of(path))}
    if not rates:
        return HIGHEST_RATE, f"no rate could be read from {len(paths)} files of {target}: {HIGHEST_RATE:,} Hz"
    lowest = min(rates.values())
    rate, n_lowest = min(lowest, HIGHEST_RATE), sum(found == lowest for found in rates.values())
    reason = (
        f"of {len(rates)} recordings of {target!r} to learn from, {n_lowest} have {lowest:,} Hz, none less"
    )
    readable = list(rates)
    edges = _filled_bands(readable[:: -(-len(readable) // N_HEARD)])
    # Most of the recordings reach no higher than this.
    middle = sorted(edges)[(len(edges) - 1) // 2] if edges else lowest / 2
    if 2 * middle < rate:
        n_empty = sum(edge <= middle for edge in edges)
        rate = max(LOWEST_RATE, round(2 * middle))
        reason = (
            f"{n_empty} of {len(edges)} recordings of {target!r} that were heard hold nothing above "
            f"{middle:,g} Hz, as after upsampling, though their files have {lowest:,} Hz or more"
        )
    return rate, f"recordings are heard at {rate:,} Hz: {reason} (features.recording_rate changes it)"


def _rate_of(path: Path) -> int:
    """Return the rate that a header states; 0 where it cannot be read, which the features stage explains."""
    try:
        return read_rate(path)
    except (UnusableClip, OSError):
        return 0


def _filled_bands(paths: Sequence[Path]) -> list[float]:
    """Return the frequency up to which each recording that can be read holds something."""
    edges = []
    for path in paths:
        try:
            beginning = read_beginning(path)
        except (UnusableClip, OSError):
            continue
        if np.any(beginning.samples):
            rate = beginning.sample_rate
            edges.append(empty_above(beginning.samples, rate, beginning.full_scale) or rate / 2)
    return edges
