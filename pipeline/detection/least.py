"""How little can be learned from?

Counted in recordings and seconds of sound where whole recordings are heard, and in clips of each split where
flows are fitted by steps. Whoever has fewer is told both numbers.

Source of the numbers for sounds: docs/explanation/few_recordings.md. Five recordings of a second each tell a
drone and a fan from their faulty selves with an AUROC of 0.89; with half a second each the fan has 0.76.
"""

import numpy as np

from pipeline.errors import PipelineError
from pipeline.runs import ClipTable, is_fold
from pipeline.settings import Settings

__all__ = ["MIN_RECORDINGS", "MIN_SECONDS", "MIN_TRAIN_CLIPS", "MIN_VALIDATION_CLIPS", "check_target"]

MIN_RECORDINGS = 5
MIN_SECONDS = 5.0
MIN_TRAIN_CLIPS = 20
MIN_VALIDATION_CLIPS = 2


def check_target(table: ClipTable, settings: Settings, seconds: np.ndarray) -> None:
    """Make sure that the target can be trained and tested on; other classes are not needed.

    Args:
        table: the clips.
        settings: of the run.
        seconds: that each clip of the table lasts [N].

    Raises:
        PipelineError: too little usable sound, with both numbers.
    """
    target = settings.target
    own = table.word == target
    if is_fold(table.split[own]).any():
        _check_sound(table, own & is_fold(table.split), target, "", seconds)
        return
    is_of_sounds = settings.model.kind == "sounds"
    if is_of_sounds:
        _check_sound(table, own & (table.split == "train"), target, " in the train split", seconds)
    least = {
        "train": 1 if is_of_sounds else MIN_TRAIN_CLIPS,
        "validation": MIN_VALIDATION_CLIPS,
        "test": 1,
    }
    fewer = "" if is_of_sounds else f"; --preset sounds learns from {MIN_RECORDINGS} recordings"
    for split, n_least in least.items():
        found = len(table.rows(target, split))
        if found < n_least:
            raise PipelineError(
                f"{target!r} has {found} usable {split} clips{_aside(table, own & (table.split == split))}, "
                f"and at least {n_least} are needed; add clips, or give other splits with --splits"
                f"{fewer}"
            )


def _check_sound(table: ClipTable, chosen: np.ndarray, target: str, where: str, seconds: np.ndarray) -> None:
    rows = np.flatnonzero(chosen & table.usable)
    n_recordings, n_seconds = len(set(table.recording[rows])), float(seconds[rows].sum())
    if n_recordings < MIN_RECORDINGS or n_seconds < MIN_SECONDS:
        raise PipelineError(
            f"{target!r} has {n_recordings} recordings with {n_seconds:.1f} s of usable sound{where}"
            f"{_aside(table, chosen)}, and at least {MIN_RECORDINGS} recordings with {MIN_SECONDS:.1f} s are "
            "needed; add recordings"
        )


def _aside(table: ClipTable, chosen: np.ndarray) -> str:
    n = int(np.sum(chosen & ~table.usable))
    return f" ({n} more {'was' if n == 1 else 'were'} set aside)" if n else ""
