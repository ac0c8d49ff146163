"""How is a trained detector read back from a run, and how does it score clips?

The model artefact carries the configuration that it was trained with; reading it builds the same
architecture and refuses weights that do not fit.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from pipeline.calibration import (
    CrossFitted,
    exceeding_weight,
    p_values,
    refused_cross_fitted_flags,
    refused_flags,
)
from pipeline.detection.channels import join_channels
from pipeline.detection.making import make_detector, make_recorded_duration
from pipeline.errors import ArtefactError
from pipeline.files import read_arrays, read_json
from pipeline.runs import EachChannel
from pipeline.settings import FeatureSettings, ModelSettings, Settings, remake

if TYPE_CHECKING:
    from models.detector import Detector, Scores
    from models.words import RecordedDuration

__all__ = [
    "CALIBRATING",
    "FITTED_NAME",
    "LOWEST_LOG_PROB",
    "RunModel",
    "TrainedModel",
    "read_card",
    "read_cross_fitted",
    "read_fitted_rows",
    "read_model",
    "read_sampled_from",
]

FITTED_NAME = "fitted.npz"
CALIBRATING = "row"  # the array of the rows whose scores calibrate

LOWEST_LOG_PROB = -1e9


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A fitted detector, what it expects, and the scores that calibrate its p-values.

    Where a run is cross-fitted each of these scores has a weight, and ``cross_fitted`` counts whose they are.
    """

    detector: "Detector"
    duration: "RecordedDuration"
    target: str
    features: FeatureSettings
    feature_shape: tuple[int, ...]
    calibration: np.ndarray
    weight: np.ndarray | None = None
    cross_fitted: CrossFitted | None = None

    @property
    def n_calibrating(self) -> int:
        """How many draws of their own the calibration scores are: clips, or speakers where cross-fitted."""
        return len(self.calibration) if self.cross_fitted is None else self.cross_fitted.n_speakers

    def refused_flags(self, alpha: float) -> str:
        """Return why nothing can be flagged at a false-alarm rate, or ``""``."""
        refuse = refused_flags if self.cross_fitted is None else refused_cross_fitted_flags
        return refuse(self.n_calibrating, alpha)

    def p_values(self, scores: np.ndarray) -> np.ndarray:
        """Return the p-value of clips' scores [N]; no clip of them may have calibrated."""
        if self.weight is None:
            return p_values(self.calibration, scores)
        exceeding = exceeding_weight(self.calibration, self.weight, scores)
        return np.asarray(np.minimum((1.0 + exceeding) / (1.0 + self.n_calibrating), 1.0))

    def scores(self, features: np.ndarray, recorded_seconds: np.ndarray) -> "Scores":
        """Return the detector's terms and that of the recordings' lengths; see ``score``."""
        return self.duration.added(self.detector.score(features), recorded_seconds)

    def score(self, each: EachChannel, recorded_seconds: np.ndarray, alpha: float) -> dict[str, np.ndarray]:
        """Score clips; a clip's figures depend on that clip alone.

        Args:
            each: the rows of the clips, one or one a channel.
            recorded_seconds: of each clip, see ``ClipMeasures`` [N].
            alpha: the false-alarm rate of the flags.

        Returns:
            ``log_prob`` (nats), ``score`` (higher is stranger), ``term_*`` (nats, their sum is the score),
            ``p_value``, ``channel`` (see ``join_channels``), ``flagged`` (at ``alpha``) and ``non_finite``,
            each [N]. A clip with a density that is not finite counts as stranger than any other: its figures
            are the lowest and highest used.
        """
        scores = self.scores(each.features, recorded_seconds[each.clip])
        columns = {"log_prob": scores.log_prob, "score": scores.score}
        columns |= {f"term_{name}": term for name, term in scores.terms.items()}
        columns = {name: np.asarray(values, np.float64) for name, values in columns.items()}
        broken = ~np.all([np.isfinite(values) for values in columns.values()], axis=0)
        for name, values in columns.items():
            values[broken] = LOWEST_LOG_PROB if name == "log_prob" else -LOWEST_LOG_PROB
        columns = join_channels({**columns, "non_finite": broken}, each, self.features.channels)
        columns["non_finite"] = columns["non_finite"] > 0
        p_value = self.p_values(columns["score"])
        return {**columns, "p_value": p_value, "flagged": p_value <= alpha}


def read_card(run_path: Path) -> tuple[Settings, tuple[int, ...]]:
    """Return what a run's model was trained with, and the shape of a clip's features.

    Raises:
        ArtefactError: the model is missing, damaged, or from another version of this program.
    """
    path = run_path / "model" / "model.json"
    card = read_json(path)
    try:
        settings = Settings(
            target=card["target"],
            seed=card["seed"],
            features=FeatureSettings.model_validate(card["features"]),
            model=ModelSettings.model_validate(card["model"]),
        )
        return settings, tuple(int(n) for n in card["feature_shape"])
    except (KeyError, TypeError, ValidationError) as error:
        raise ArtefactError(
            f"{path} does not describe a model of this version "
            f"({str(error).splitlines()[0]}); {remake(run_path)}"
        ) from error


def read_model(run_path: Path) -> TrainedModel:
    """Read the detector of a run.

    Raises:
        ArtefactError: the model is missing, damaged, or from another version of this program.
    """
    folder = run_path / "model"
    settings, shape = read_card(run_path)
    detector, duration = make_detector(shape, settings), make_recorded_duration(settings)
    arrays = read_arrays(folder / "weights.npz")
    try:
        detector.restore(arrays)
        duration.restore(arrays)
    except ValueError as error:
        raise ArtefactError(
            f"{folder / 'weights.npz'} does not fit its model: {error}; run `make train` again"
        ) from error
    calibration = read_arrays(folder / "calibration.npz")
    if "score" not in calibration or not len(calibration["score"]):
        raise ArtefactError(
            f"{folder / 'calibration.npz'} holds no calibration scores; run `make train` again"
        )
    return TrainedModel(
        detector=detector,
        duration=duration,
        target=settings.target,
        features=settings.features,
        feature_shape=shape,
        calibration=calibration["score"],
        weight=calibration.get("weight"),
        cross_fitted=read_cross_fitted(run_path),
    )


class RunModel:
    """The model of a run. It goes to other processes by the run's path, for what is compiled cannot be sent.

    Args:
        run_path: whose model it is.
        model: the same, where it was read already.
    """

    def __init__(self, run_path: Path, model: TrainedModel | None = None) -> None:
        self._run_path, self._model = run_path, model

    @property
    def model(self) -> TrainedModel:
        """The model itself; raises what ``read_model`` does."""
        if self._model is None:
            self._model = read_model(self._run_path)
        return self._model

    def score(self, each: EachChannel, recorded_seconds: np.ndarray, alpha: float) -> dict[str, np.ndarray]:
        """Score clips; see ``TrainedModel.score``."""
        return self.model.score(each, recorded_seconds, alpha)

    def __getstate__(self) -> dict[str, object]:
        """Return what goes to another process."""
        return {"_run_path": self._run_path, "_model": None}


def read_cross_fitted(run_path: Path) -> CrossFitted | None:
    """Return what calibrates a run that is cross-fitted, or None for one with splits.

    Raises:
        ArtefactError: the model is missing, damaged, or from another version of this program.
    """
    path = run_path / "model" / "model.json"
    counts = read_json(path).get("cross_fitted")
    try:
        return None if counts is None else CrossFitted(**counts)
    except TypeError as error:
        raise ArtefactError(
            f"{path} counts no folds of this version ({error}); {remake(run_path)}"
        ) from error


def read_calibrating_rows(run_path: Path) -> np.ndarray | None:
    """Return the rows of the manifest whose scores calibrate; None where the run's corpus has no sections."""
    return read_arrays(run_path / "model" / "calibration.npz").get(CALIBRATING)


def read_fitted_rows(run_path: Path) -> np.ndarray:
    """Return the rows of the manifest that a run's detector was fitted to.

    Raises:
        ArtefactError: they are missing or damaged.
    """
    path = run_path / "model" / FITTED_NAME
    arrays = read_arrays(path)
    if "row" not in arrays or not len(arrays["row"]):
        raise ArtefactError(f"{path} names none of the clips that were fitted to; run `make train` again")
    return arrays["row"]


def read_sampled_from(run_path: Path) -> int | None:
    """Return how many training clips the target has, where a sample of them was fitted to, or None.

    Raises:
        ArtefactError: the model is missing or damaged.
    """
    path = run_path / "model" / "model.json"
    found = read_json(path).get("sampled_from")
    if found is not None and (not isinstance(found, int) or found < 1):
        raise ArtefactError(
            f"{path} was sampled from {found!r} clips, which is no number; {remake(run_path)}"
        )
    return found
