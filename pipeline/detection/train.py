"""The train stage: what do the target's clips look like, as a density?

Reads the feature store, fits the detector to the target's ``train`` clips, stops by one half of its
``validation`` clips, calibrates by the other (by both where nothing is fitted by steps), and writes
``model/`` (weights, calibration scores, the clips that were fitted to, validation curve, configuration) and
``history.csv``. Test clips and the monitored words are followed and decide nothing. Where the target is in
folds every clip gets its scores here, see ``pipeline.detection.cross_fitting``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.calibration import split_validation
from pipeline.detection.auxiliary import auxiliary_clips, monitored_clips
from pipeline.detection.channels import join_channels
from pipeline.detection.cross_fitting import CROSS_FITTED_NAME, cross_fit, write_cross_fitted_columns
from pipeline.detection.fitting import fit_with_progress
from pipeline.detection.least import check_target
from pipeline.detection.making import is_fitted_by_steps, make_detector, make_recorded_duration
from pipeline.detection.sampling import sampled_rows, sampling_notes
from pipeline.detection.trained import CALIBRATING, FITTED_NAME, TrainedModel
from pipeline.files import write_arrays, write_csv, write_json
from pipeline.quality import QualityRecord, read_quality
from pipeline.runs import ClipTable, StageFolder, is_fold, read_clip_table
from pipeline.settings import Settings
from pipeline.terminal import say, waiting
from pipeline.verdicts import FitEffect, fitted_clips

if TYPE_CHECKING:
    from models.detector import Detector
    from models.flows import Epoch
    from models.words import RecordedDuration

__all__ = ["train_model"]


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
        PipelineError: too little to learn from, or training diverged.
    """
    clips = read_clip_table(run_path)
    table, record = fitted_clips(clips, verdicts), read_quality(run_path)
    check_target(table, settings, record.column("duration_seconds"))
    notes = verdicts.notes() if verdicts is not None else []
    learned = np.flatnonzero(table.usable & (table.word == settings.target) & is_fold(table.split))
    if len(learned):
        learning = _cross_fitted(clips, learned, record, settings, folder)
    else:
        learning = _with_splits(table, record, settings, folder.kept)
    model, fitted = learning.model, learning.fitted
    write_arrays(folder.own / "weights.npz", {**model.detector.arrays(), **model.duration.arrays()})
    write_arrays(folder.own / "calibration.npz", {"score": model.calibration, **learning.calibrating})
    write_arrays(folder.own / FITTED_NAME, {"row": fitted})
    notes = [*learning.notes, *notes]
    write_json(
        folder.own / "model.json",
        {
            "target": settings.target,
            "seed": settings.seed,
            "protocol": settings.protocol,
            "feature_shape": list(table.features.shape[1:]),
            "features": settings.features.model_dump(mode="json"),
            "model": settings.model.model_dump(mode="json"),
            "n_train": len(fitted),
            "sampled_from": learning.n_available if learning.n_available > len(fitted) else None,
            "n_validation": learning.n_validation,
            "n_stopping": learning.n_stopping,
            "n_calibration": len(model.calibration),
            "calibration_is_shared": learning.is_shared,
            "cross_fitted": None if model.cross_fitted is None else model.cross_fitted.as_json(),
            "notes": notes,
        },
    )
    _write_curves(learning.history, learning.followed, folder)
    return notes


@dataclass(frozen=True, kw_only=True)
class _Learning:
    """A fitted and calibrated model, and how it came to be."""

    model: TrainedModel
    fitted: np.ndarray
    n_available: int
    calibrating: dict[str, np.ndarray]
    history: Sequence["Epoch"]
    followed: Sequence[str]
    notes: list[str]
    n_validation: int
    n_stopping: int
    is_shared: bool


def _with_splits(table: ClipTable, record: QualityRecord, settings: Settings, kept: Path) -> _Learning:
    """Fit to the train split, stop by one half of the validation split and calibrate by the other."""
    target = settings.target
    auxiliary = auxiliary_clips(table, settings)
    available = table.rows(target, "train")
    fitted = sampled_rows(table, available, settings.training.most_clips)
    held_out = table.rows(target, "validation")
    halves = split_validation(list(table.speaker[held_out]), stops=is_fitted_by_steps(settings.model))
    stopping, calibrating = held_out[halves.stopping], held_out[halves.calibrating]
    monitored, notes = monitored_clips(table, settings)
    notes += [halves.note] if halves.is_shared else []
    notes += sampling_notes(target, len(fitted), len(available))
    detector, duration = make_detector(table.features.shape[1:], settings), make_recorded_duration(settings)
    # Where no clip stops the training those that calibrate are followed, as are test clips.
    followed = table.each(stopping if len(stopping) else calibrating).features
    train = table.each(fitted).features
    history = _fit(detector, train, followed, settings, notes, monitored, auxiliary, kept)
    seconds = record.column("recorded_seconds")
    duration.fit(seconds[np.concatenate([fitted, stopping])])
    each = table.each(calibrating)
    with waiting("scoring the clips that calibrate"):
        of_rows = duration.added(detector.score(each.features), seconds[calibrating][each.clip]).score
    calibration = join_channels({"score": of_rows}, each, settings.features.channels)["score"]
    return _Learning(
        model=_model_of(detector, duration, table, settings, calibration),
        fitted=fitted,
        n_available=len(available),
        calibrating={CALIBRATING: calibrating} if table.has_sections else {},
        history=history,
        followed=list(monitored),
        notes=notes,
        n_validation=len(held_out),
        n_stopping=len(stopping),
        is_shared=halves.is_shared,
    )


def _cross_fitted(
    table: ClipTable, learned: np.ndarray, record: QualityRecord, settings: Settings, folder: StageFolder
) -> _Learning:
    """Judge every clip by models that were not fitted to its recording; then fit to all of them."""
    auxiliary_clips(table, settings)  # refuses what has no background model
    crossed = cross_fit(table, learned, record, settings)
    write_cross_fitted_columns(folder.own / CROSS_FITTED_NAME, crossed)
    fitted = sampled_rows(table, learned, settings.training.most_clips)
    notes = sampling_notes(settings.target, len(fitted), len(learned))
    clips = table.each(fitted).features
    detector, duration = make_detector(table.features.shape[1:], settings), make_recorded_duration(settings)
    history = _fit(detector, clips, clips, settings, notes, {})
    duration.fit(record.column("recorded_seconds")[fitted])
    # The curves of clips that nothing was fitted to are those of the folds: one value, for all epochs.
    mean = float(crossed.columns["log_prob"][np.isin(crossed.rows, learned)].mean())
    model = _model_of(detector, duration, table, settings, crossed.calibration)
    return _Learning(
        model=replace(model, weight=crossed.weight, cross_fitted=crossed.counts),
        fitted=fitted,
        n_available=len(learned),
        calibrating={"weight": crossed.weight},
        history=[replace(epoch, validation=mean, monitored={"test": mean}) for epoch in history],
        followed=["test"],
        notes=notes,
        n_validation=0,
        n_stopping=0,
        is_shared=False,
    )


def _fit(
    detector: "Detector",
    train: np.ndarray,
    validation: np.ndarray,
    settings: Settings,
    notes: list[str],
    monitored: Mapping[str, np.ndarray],
    auxiliary: np.ndarray | None = None,
    kept: Path | None = None,
) -> list["Epoch"]:
    """Fit while somebody waits, and add what happened to the notes."""

    def tell(sentence: str) -> None:
        notes.append(sentence)
        say(sentence)

    return fit_with_progress(
        detector,
        train,
        validation,
        settings,
        title=f"train {settings.target!r} on {len(train)} clips",
        tell=tell,
        monitored=monitored,
        auxiliary=auxiliary,
        names_epochs=True,
        kept=kept,
    )


def _model_of(
    detector: "Detector",
    duration: "RecordedDuration",
    table: ClipTable,
    settings: Settings,
    calibration: np.ndarray,
) -> TrainedModel:
    return TrainedModel(
        detector=detector,
        duration=duration,
        target=settings.target,
        features=settings.features,
        feature_shape=table.features.shape[1:],
        calibration=calibration,
    )


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
