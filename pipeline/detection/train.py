"""The train stage: what do the target's clips look like, as a density?

Reads the feature store, fits the detector to the target's ``train`` clips, stops by one half of its
``validation`` clips, calibrates by the other, and writes ``model/`` (weights, calibration scores,
the clips that were fitted to, validation curve, and the configuration that belongs to them) and
``history.csv``. The target's test clips and the monitored words are followed each epoch and decide
nothing.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.calibration import split_validation
from pipeline.detection.auxiliary import auxiliary_clips
from pipeline.detection.fitting import fit_with_progress
from pipeline.detection.making import make_detector, make_recorded_duration
from pipeline.detection.trained import FITTED_NAME
from pipeline.errors import PipelineError
from pipeline.files import write_arrays, write_csv, write_json
from pipeline.quality import read_quality
from pipeline.runs import ClipTable, StageFolder, read_clip_table
from pipeline.settings import Settings
from pipeline.verdicts import FitEffect, fitted_clips

if TYPE_CHECKING:
    from models.flows import Epoch

__all__ = ["MIN_TRAIN_CLIPS", "check_target", "train_model"]

MIN_TRAIN_CLIPS = 20
MIN_VALIDATION_CLIPS = 2
MAX_MONITORED_CLIPS = 256


def check_target(table: ClipTable, settings: Settings) -> None:
    """Make sure that the target can be trained and tested on; other classes are not needed.

    Raises:
        PipelineError: too few usable clips in a split, with both numbers.
    """
    target = settings.target
    for split, least in (("train", MIN_TRAIN_CLIPS), ("validation", MIN_VALIDATION_CLIPS), ("test", 1)):
        found = len(table.rows(target, split))
        if found < least:
            n_aside = int(np.sum((table.word == target) & (table.split == split) & ~table.usable))
            aside = f" ({n_aside} more were set aside)" if n_aside else ""
            raise PipelineError(
                f"{target!r} has {found} usable {split} clips{aside}, and at least {least} are needed; "
                "add clips, or give other splits with --splits"
            )


def train_model(
    run_path: Path, settings: Settings, folder: StageFolder, *, verdicts: FitEffect | None = None
) -> list[str]:
    """Fit the detector and write it.

    Args:
        run_path: a run whose features are done.
        settings: of the run.
        folder: where the stage writes.
        verdicts: what they change about the clips that are learned from.

    Returns:
        Sentences that the user should read.

    Raises:
        PipelineError: too few clips, or training diverged.
    """
    table = fitted_clips(read_clip_table(run_path), verdicts)
    check_target(table, settings)
    auxiliary = auxiliary_clips(table, settings)
    target = settings.target
    fitted = table.rows(target, "train")
    train = table.take(fitted)
    held_out = table.rows(target, "validation")
    halves = split_validation(list(table.speaker[held_out]))
    validation = table.take(held_out[halves.stopping])
    calibrating = held_out[halves.calibrating]
    monitored, notes = _monitored(table, settings)
    notes += [halves.note] if halves.is_shared else []
    notes += verdicts.notes() if verdicts is not None else []
    detector = make_detector(table.features.shape[1:], settings)

    def tell(sentence: str) -> None:
        notes.append(sentence)
        print(sentence, file=sys.stderr, flush=True)

    history = fit_with_progress(
        detector,
        train,
        validation,
        settings,
        title=f"train {target!r} on {len(train)} clips",
        tell=tell,
        monitored=monitored,
        auxiliary=auxiliary,
        names_epochs=True,
    )
    seconds = read_quality(run_path).column("recorded_seconds")
    duration = make_recorded_duration(settings)
    duration.fit(seconds[np.concatenate([fitted, held_out[halves.stopping]])])
    calibration = duration.added(detector.score(table.take(calibrating)), seconds[calibrating])
    write_arrays(folder.own / "weights.npz", {**detector.arrays(), **duration.arrays()})
    write_arrays(folder.own / "calibration.npz", {"score": calibration.score})
    write_arrays(folder.own / FITTED_NAME, {"row": fitted})
    write_json(
        folder.own / "model.json",
        {
            "target": target,
            "seed": settings.seed,
            "protocol": settings.protocol,
            "feature_shape": list(table.features.shape[1:]),
            "features": settings.features.model_dump(mode="json"),
            "model": settings.model.model_dump(mode="json"),
            "n_train": len(train),
            "n_validation": len(held_out),
            "n_stopping": len(validation),
            "n_calibration": len(calibrating),
            "calibration_is_shared": halves.is_shared,
            "notes": notes,
        },
    )
    _write_curves(history, list(monitored), folder)
    return notes


def _monitored(table: ClipTable, settings: Settings) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the features to follow each epoch, ``test`` first, and a sentence for each absent word."""
    followed = {"test": table.take(table.rows(settings.target, "test"))}
    absent = []
    for word in settings.training.monitored_words:
        rows = table.rows(word)[:MAX_MONITORED_CLIPS]
        if word == settings.target:
            continue
        if not len(rows):
            absent.append(word)
            continue
        followed[word] = table.take(rows)
    # Where there is no other class at all, nobody expects its curve.
    if absent and set(table.word) != {settings.target}:
        return followed, [f"no curve is drawn for {', '.join(absent)}: the corpus has 0 usable clips of them"]
    return followed, []


def _write_curves(history: Sequence["Epoch"], names: Sequence[str], folder: StageFolder) -> None:
    """Write the published log's columns (epoch, batch, test and the monitored words), and validation."""
    write_csv(
        folder.top / "history.csv",
        ["epoch", "batch", *names],
        (
            [epoch.number, f"{epoch.batch:.4f}", *(f"{epoch.monitored[name]:.4f}" for name in names)]
            for epoch in history
        ),
    )
    write_csv(
        folder.own / "validation.csv",
        ["epoch", "validation", "is_best"],
        ([epoch.number, f"{epoch.validation:.4f}", int(epoch.is_best)] for epoch in history),
    )
