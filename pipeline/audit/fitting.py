"""How strange are the clips of one fold to a model that heard neither them nor their speakers?

A first detector is fitted to all clips that the fold may learn from, wrong ones among them. It scores these
same clips, the strangest share of them is left out, and a second detector is fitted to the rest. What is
left out is decided within the fold: nothing of the held-out clips passes into either fit.
P-values are calibrated on all the fold's validation clips, those that the second fit goes without too: they
stand for the clips that bear the name, wrong ones included, as the held-out ones do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audit.folds import MIN_TRAIN_CLIPS, MIN_VALIDATION_CLIPS, Fold
from pipeline.clip_table import ClipTable
from pipeline.errors import PipelineError
from pipeline.progress import Progress
from pipeline.settings import Settings
from pipeline.tensorflow_import import import_tensorflow
from pipeline.trained import TrainedModel, fit_options, make_detector

if TYPE_CHECKING:
    from models.training import Epoch

__all__ = ["FoldScores", "score_fold", "strangest"]


@dataclass(frozen=True, kw_only=True)
class FoldScores:
    """What a fold's model says of the clips that it never heard.

    Attributes:
        columns: ``log_prob``, ``score`` and ``term_*`` in nats, and ``p_value``, each float64 [n].
        n_calibration: validation clips behind the p-values.
        n_left_out: clips that the second fit went without.
    """

    columns: dict[str, np.ndarray]
    n_calibration: int
    n_left_out: int


def score_fold(
    table: ClipTable,
    rows: np.ndarray,
    fold: Fold,
    settings: Settings,
    *,
    title: str = "audit",
    say: Callable[[str], None] = lambda sentence: None,
) -> FoldScores:
    """Fit to what the fold may learn from, and score what it holds out.

    Args:
        table: the clips.
        rows: the target's rows of ``table``; the fold's rows are places in it.
        fold: who is held out.
        settings: of the run.
        title: what the progress shows.
        say: told what happened in training.

    Raises:
        PipelineError: training diverged.
    """
    train, validation = table.take(rows[fold.train]), table.take(rows[fold.validation])
    model = _fitted(train, validation, settings, title, say)
    n_left_out = 0
    if share := settings.audit.trim_share:
        from_train = strangest(_scores(model, train), share, MIN_TRAIN_CLIPS)
        from_validation = strangest(_scores(model, validation), share, MIN_VALIDATION_CLIPS)
        n_left_out = int(from_train.sum() + from_validation.sum())
        title = f"{title}, again without the {n_left_out} strangest"
        model = _fitted(train[~from_train], validation[~from_validation], settings, title, say)
    model = replace(model, calibration=_scores(model, validation))
    columns = model.score(table.take(rows[fold.held_out]), settings.evaluation.alpha)
    kept = [name for name in columns if name not in ("flagged", "non_finite")]
    return FoldScores(
        columns={name: columns[name] for name in kept},
        n_calibration=len(validation),
        n_left_out=n_left_out,
    )


def strangest(scores: np.ndarray, share: float, least: int) -> np.ndarray:
    """Return which clips are the strangest ``share``, leaving at least ``least`` others: bool [N]."""
    n = min(int(share * len(scores)), max(len(scores) - least, 0))
    chosen = np.zeros(len(scores), bool)
    chosen[np.argsort(-scores, kind="stable")[:n]] = True
    return chosen


def _scores(model: TrainedModel, clips: np.ndarray) -> np.ndarray:
    # The false-alarm rate moves the flags alone, which are not looked at.
    return model.score(clips, alpha=0.5)["score"]


def _fitted(
    train: np.ndarray,
    validation: np.ndarray,
    settings: Settings,
    title: str,
    say: Callable[[str], None],
) -> TrainedModel:
    """Return a fitted detector that is not calibrated yet."""
    import_tensorflow()
    from models.training import TrainingDiverged

    training = settings.training
    options = fit_options(settings.training, settings.seed)
    detector = make_detector(train.shape[1:], settings)
    with Progress(title, detector.n_flows * training.max_epochs, "epochs at most") as progress:

        def on_epoch(epoch: "Epoch") -> None:
            progress.advance(1, f"log-likelihood {epoch.validation:.1f} nats on validation")
            if epoch.message:
                say(f"{title}, epoch {epoch.number}: {epoch.message}")

        try:
            detector.fit(train, validation, options, monitored={}, on_epoch=on_epoch)
        except TrainingDiverged as error:
            raise PipelineError(str(error)) from error
    return TrainedModel(
        detector=detector,
        target=settings.target,
        features=settings.features,
        feature_shape=train.shape[1:],
        calibration=np.zeros(0),
    )
