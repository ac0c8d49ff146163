"""How does every clip get a score from models that were not fitted to its recording?

A model a fold is fitted to all other folds. A clip of the target has the score of its own fold's model; a
clip of another class, which no model knows, has the mean over all of them, for a model that was fitted to
fewer clips finds everything a little stranger than the model of all clips does. Where it is of a speaker
of whom the target has clips, it is judged as these are, by the one fold that holds the speaker out.
P-values are those of ``pipeline.calibration.cross_conformal``. An exact copy of a held-out clip is not
fitted to either.

Conventions: rows are rows of the clip table; the columns are those of ``TrainedModel.score``. The models live
here alone and one at a time; the run keeps the model of all clips.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.calibration import CrossFitted, exceeding_weight, rank_p_values, speaker_weights
from pipeline.detection.channels import most_frequent
from pipeline.detection.making import fit_options, make_detector, make_recorded_duration
from pipeline.detection.sampling import sampled_rows
from pipeline.detection.trained import TrainedModel
from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import read_arrays, write_arrays
from pipeline.quality import SILENT, QualityRecord
from pipeline.runs import ClipTable, is_fold
from pipeline.settings import Settings
from pipeline.terminal import Progress

__all__ = [
    "CROSS_FITTED_NAME",
    "CrossFit",
    "cross_fit",
    "read_cross_fitted_columns",
    "write_cross_fitted_columns",
]

CROSS_FITTED_NAME = "cross_fitted.npz"
# Neighbours need a neighbour besides the one that is left out: see models.sounds.
MIN_FITTED_CLIPS = 3
BLOCK = 1024


@dataclass(frozen=True, kw_only=True)
class CrossFit:
    """The scores of a cross-fitted run, and what calibrates them.

    Attributes:
        rows: every usable clip [N].
        columns: ``log_prob``, ``score``, ``term_*``, ``p_value`` and ``non_finite`` of each [N].
        calibration: scores of the clips that calibrate [n].
        weight: of each of these [n].
        counts: of clips, recordings, speakers and folds.
    """

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    calibration: np.ndarray
    weight: np.ndarray
    counts: CrossFitted


def cross_fit(table: ClipTable, learned: np.ndarray, record: QualityRecord, settings: Settings) -> CrossFit:
    """Fit a model a fold and score every clip. Costs a fit a fold; memory is that of one model.

    Args:
        table: the clips, by the names that they bear, the target's in folds.
        learned: rows of the target that may be fitted to and calibrate, whatever their fold.
        record: what was measured of every clip of the table.
        settings: of the run.

    Raises:
        PipelineError: a fold leaves too few clips to fit to.
    """
    rows = np.flatnonzero(table.usable)
    fold_of = _folds_of(table, rows, settings.target)
    folds = sorted(set(fold_of) - {""})
    bound, others = rows[fold_of != ""], rows[fold_of == ""]
    weight = speaker_weights(table.speaker[learned])
    exceeding = np.zeros(len(others))
    columns: dict[str, np.ndarray] = {}  # of every row of the table
    channels, deciding = np.zeros(len(table.path), np.intp), []
    with Progress(f"cross-fit {settings.target!r}", len(folds), "folds") as progress:
        for fold in folds:
            held_out = rows[fold_of == fold]
            model = _fitted(table, _without(learned, held_out, table, record), record, settings)
            of_both = _scored(model, table, np.concatenate([held_out, others]), record)
            decided = of_both.pop("channel").astype(np.intp)
            n, calibrates = len(held_out), np.isin(held_out, learned)
            exceeding += exceeding_weight(
                of_both["score"][:n][calibrates], weight[np.isin(learned, held_out)], of_both["score"][n:]
            )
            for name, values in of_both.items():
                of_rows = columns.setdefault(name, np.zeros(len(table.path)))
                of_rows[held_out] = values[:n]
                of_rows[others] += values[n:] / len(folds)
            channels[held_out] = decided[:n]
            deciding.append(decided[n:])
            progress.advance()
    channels[others] = most_frequent(np.array(deciding))
    calibration, speakers = columns["score"][learned], table.speaker[learned]
    counts = CrossFitted(
        n_clips=len(learned),
        n_recordings=len(set(table.recording[learned])),
        n_speakers=len(set(speakers)),
        n_folds=len(folds),
    )
    p_value = columns["p_value"] = np.ones(len(table.path))
    p_value[bound] = rank_p_values(
        calibration, weight, speakers, columns["score"][bound], table.speaker[bound]
    )
    # Rounded as in exceeding_weight, for the folds' sums were rounded one by one.
    p_value[others] = np.minimum((1.0 + np.round(exceeding, 7)) / (1.0 + counts.n_speakers), 1.0)
    columns["non_finite"] = columns["non_finite"] > 0
    columns["channel"] = channels
    return CrossFit(
        rows=rows,
        columns={name: values[rows] for name, values in columns.items()},
        calibration=calibration,
        weight=weight,
        counts=counts,
    )


def _folds_of(table: ClipTable, rows: np.ndarray, target: str) -> np.ndarray:
    """Return the fold that alone may judge each row, ``""`` where every fold may: object [N].

    A clip of another class may be of a speaker, and so of a recording, of whom the target has clips too.
    """
    own = (table.word[rows] == target) & is_fold(table.split[rows])
    of_speaker = dict(zip(table.speaker[rows[own]], table.split[rows[own]], strict=True))
    return np.array([of_speaker.get(speaker, "") for speaker in table.speaker[rows]], object)


def write_cross_fitted_columns(path: Path, crossed: CrossFit) -> None:
    """Write the rows and columns of a cross-fitted run's scores."""
    write_arrays(path, {"row": crossed.rows, **crossed.columns})


def read_cross_fitted_columns(path: Path, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Read the columns of a cross-fitted run's scores.

    Args:
        path: of the file.
        rows: whose scores are wanted, in order.

    Raises:
        ArtefactError: it is damaged, or about other clips.
    """
    columns = read_arrays(path)
    found = columns.pop("row", np.zeros(0, np.intp))
    if not np.array_equal(found, rows):
        raise ArtefactError(
            f"{path} has the scores of {len(found)} clips, not of the {len(rows)} usable ones; run `make "
            "train` again"
        )
    return columns


def _without(
    learned: np.ndarray, held_out: np.ndarray, table: ClipTable, record: QualityRecord
) -> np.ndarray:
    """Return the rows that a fold may be fitted to: no clip that it holds out, and no exact copy of one."""
    sounds = record.sounds(np.concatenate([held_out, learned]))
    of_held_out, of_learned = np.split(sounds, [len(held_out)])
    is_copy = np.isin(of_learned, of_held_out[of_held_out != SILENT])
    fitted = learned[~np.isin(learned, held_out) & ~is_copy]
    if len(fitted) < MIN_FITTED_CLIPS:
        raise PipelineError(
            f"the fold of {table.path[held_out[0]]} has {len(fitted)} other clips to fit to, and at least "
            f"{MIN_FITTED_CLIPS} are needed ({int(is_copy.sum())} are the held-out clips and copies of "
            "them); add recordings, or raise training.cross_fit_folds"
        )
    return fitted


def _fitted(table: ClipTable, rows: np.ndarray, record: QualityRecord, settings: Settings) -> TrainedModel:
    """Return a model of these rows; no clip decides when to stop, for nothing of it is fitted by steps."""
    rows = sampled_rows(table, rows, settings.training.most_clips)
    each = table.each(rows)
    clips = each.features
    detector, duration = make_detector(clips.shape[1:], settings), make_recorded_duration(settings)
    options = fit_options(settings.training, settings.seed)
    detector.fit(clips, clips, options, monitored={}, on_epoch=lambda epoch: None)
    duration.fit(record.column("recorded_seconds")[rows])
    return TrainedModel(
        detector=detector,
        duration=duration,
        target=settings.target,
        features=settings.features,
        feature_shape=clips.shape[1:],
        calibration=np.zeros(0),
    )


def _scored(
    model: TrainedModel, table: ClipTable, rows: np.ndarray, record: QualityRecord
) -> dict[str, np.ndarray]:
    """Return the model's columns of rows but for what calibration decides, as float64."""
    blocks, seconds = [], record.column("recorded_seconds")
    for start in range(0, len(rows), BLOCK):
        chosen = rows[start : start + BLOCK]
        # The false-alarm rate moves the flags alone, which are not kept.
        blocks.append(model.score(table.each(chosen), seconds[chosen], alpha=0.5))
    kept = [name for name in blocks[0] if name not in ("p_value", "flagged")]
    return {name: np.concatenate([block[name] for block in blocks]).astype(np.float64) for name in kept}
