"""How strange are the clips of one fold to a model that was fitted to neither them nor their speakers?

A first detector is fitted to all clips that the fold may learn from, wrong ones among them. It scores these
same clips, the strangest share of them is left out, and a second detector is fitted to the rest. What is
left out is decided within the fold: nothing of the held-out clips passes into either fit.
P-values are calibrated on all the fold's validation clips, those that the second fit goes without too: they
stand for the clips that bear the name, wrong ones included, as the held-out ones do.
The score is what the views say of the word. The contrast, by which a recording does not rise above its
noise as usual, is a fault of the recording: it is kept as a term beside the score, and is no part of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.audit.folds import MIN_TRAIN_CLIPS, MIN_VALIDATION_CLIPS, Fold
from pipeline.calibration import p_values
from pipeline.detection import TrainedModel, fit_with_progress, make_detector, make_recorded_duration
from pipeline.runs import EachChannel
from pipeline.settings import Settings

__all__ = ["OF_THE_RECORDING", "FoldScores", "audited_settings", "score_fold", "strangest"]

# The term of a score that speaks of the recording and not of the word.
OF_THE_RECORDING = "term_contrast"


@dataclass(frozen=True, kw_only=True)
class FoldScores:
    """What a fold's model says of the clips that it was not fitted to.

    Attributes:
        columns: ``log_prob``, ``score`` and ``term_*`` in nats, and ``p_value``, each float64 [n].
        n_calibration: validation clips behind the p-values.
        n_left_out: clips that the second fit went without.
        notes: what happened in training, in sentences.
    """

    columns: dict[str, np.ndarray]
    n_calibration: int
    n_left_out: int
    notes: tuple[str, ...] = ()


def audited_settings(settings: Settings) -> Settings:
    """Return the settings of the audit's models: of a template, only the views that judge the word."""
    changes: dict[str, Any] = {"duration_weight": 0.0}
    if settings.model.kind == "template":
        changes |= {"views": settings.audit.views or settings.model.views, "direction_weight": 0.0}
    return settings.model_copy(update={"model": settings.model.model_copy(update=changes)})


def score_fold(clips: np.ndarray, fold: Fold, settings: Settings, *, title: str = "audit") -> FoldScores:
    """Fit to what the fold may learn from, and score what it holds out.

    Args:
        clips: features of all of the target's clips [N, ...].
        fold: who is held out; its rows are places in ``clips``.
        settings: of the run.
        title: what the progress shows.

    Raises:
        PipelineError: training diverged.
    """
    settings, notes = audited_settings(settings), list[str]()
    train, validation = clips[fold.train], clips[fold.validation]
    model = _fitted(train, validation, settings, title, notes)
    n_left_out = 0
    if share := settings.audit.trim_share:
        from_train = strangest(_columns(model, train)["score"], share, MIN_TRAIN_CLIPS)
        from_validation = strangest(_columns(model, validation)["score"], share, MIN_VALIDATION_CLIPS)
        n_left_out = int(from_train.sum() + from_validation.sum())
        title = f"{title}, again without the {n_left_out} strangest"
        model = _fitted(train[~from_train], validation[~from_validation], settings, title, notes)
    calibration = _columns(model, validation)["score"]
    columns = _columns(model, clips[fold.held_out])
    columns["p_value"] = p_values(calibration, columns["score"])
    return FoldScores(
        columns=columns, n_calibration=len(validation), n_left_out=n_left_out, notes=tuple(notes)
    )


def strangest(scores: np.ndarray, share: float, least: int) -> np.ndarray:
    """Return which clips are the strangest ``share``, leaving at least ``least`` others: bool [N]."""
    n = min(int(share * len(scores)), max(len(scores) - least, 0))
    chosen = np.zeros(len(scores), bool)
    chosen[np.argsort(-scores, kind="stable")[:n]] = True
    return chosen


def _columns(model: TrainedModel, clips: np.ndarray) -> dict[str, np.ndarray]:
    """Return ``log_prob``, ``score`` and ``term_*``; the score is without what is of the recording."""
    # The false-alarm rate moves the flags alone, which are not looked at.
    columns = model.score(EachChannel.of_clips(clips), np.zeros(len(clips)), alpha=0.5)
    terms = {name: values for name, values in columns.items() if name.startswith("term_")}
    of_the_word = [values for name, values in terms.items() if name != OF_THE_RECORDING]
    score = np.sum(of_the_word, axis=0) if of_the_word else columns["score"]
    score = np.where(columns["non_finite"], columns["score"], score)
    return {"log_prob": columns["log_prob"], "score": score, **terms}


def _fitted(
    train: np.ndarray,
    validation: np.ndarray,
    settings: Settings,
    title: str,
    notes: list[str],
) -> TrainedModel:
    """Return a fitted detector that is not calibrated yet."""
    detector = make_detector(train.shape[1:], settings)
    fit_with_progress(
        detector,
        train,
        validation,
        settings,
        title=title,
        tell=lambda sentence: notes.append(f"{title}, {sentence}"),
    )
    return TrainedModel(
        detector=detector,
        duration=make_recorded_duration(settings),
        target=settings.target,
        features=settings.features,
        feature_shape=train.shape[1:],
        calibration=np.zeros(0),
    )
