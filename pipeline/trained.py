"""How is a trained detector made from settings, and read back from a run?

The model artefact carries the configuration that it was trained with; reading it builds the same
architecture and refuses weights that do not fit. This is the one place where the stages meet
``models``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from pipeline.artefacts import read_arrays, read_json
from pipeline.calibration import p_values
from pipeline.errors import ArtefactError, ConfigurationError, nearest
from pipeline.model_settings import ModelSettings
from pipeline.pages import Section
from pipeline.settings import FeatureSettings, Settings
from pipeline.tensorflow_import import import_tensorflow
from pipeline.trained_frames import make_frame_detector

if TYPE_CHECKING:
    from models.detector import Detector, Scores
    from models.recorded import RecordedLength
    from models.training import FitOptions

__all__ = [
    "FITTED_NAME",
    "LOWEST_LOG_PROB",
    "TrainedModel",
    "fit_options",
    "make_detector",
    "make_recorded",
    "read_fitted_rows",
    "read_model",
]

FITTED_NAME = "fitted.npz"

LOWEST_LOG_PROB = -1e9


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A fitted detector, what it expects, and the scores that calibrate its p-values."""

    detector: "Detector"
    recorded: "RecordedLength"
    target: str
    features: FeatureSettings
    feature_shape: tuple[int, ...]
    calibration: np.ndarray

    def scores(self, features: np.ndarray, recorded_seconds: np.ndarray) -> "Scores":
        """Return the detector's terms and that of the recordings' lengths; see ``score``."""
        return self.recorded.added(self.detector.score(features), recorded_seconds)

    def score(
        self, features: np.ndarray, recorded_seconds: np.ndarray, alpha: float
    ) -> dict[str, np.ndarray]:
        """Score clips; a clip's figures depend on that clip alone.

        Args:
            features: [N, ...].
            recorded_seconds: see ``ClipMeasures`` [N].
            alpha: the false-alarm rate of the flags.

        Returns:
            ``log_prob`` (nats), ``score`` (higher is stranger), ``term_*`` (nats, their sum is the score),
            ``p_value``, ``flagged`` (at ``alpha``) and ``non_finite``, each [N]. A clip with a density that
            is not finite counts as stranger than any other: its figures are the lowest and highest used.
        """
        scores = self.scores(features, recorded_seconds)
        columns = {"log_prob": scores.log_prob, "score": scores.score}
        columns |= {f"term_{name}": term for name, term in scores.terms.items()}
        columns = {name: np.asarray(values, np.float64) for name, values in columns.items()}
        broken = ~np.all([np.isfinite(values) for values in columns.values()], axis=0)
        for name, values in columns.items():
            values[broken] = LOWEST_LOG_PROB if name == "log_prob" else -LOWEST_LOG_PROB
        p_value = p_values(self.calibration, columns["score"])
        return {**columns, "p_value": p_value, "flagged": p_value <= alpha, "non_finite": broken}


def fit_options(training: Section, seed: int) -> "FitOptions":
    """Return the numbers of a fit from a section of settings that has them."""
    import_tensorflow()
    from models.training import FitOptions

    own = {field.name for field in fields(FitOptions)} - {"seed"}
    return FitOptions(**training.model_dump(include=own), seed=seed)


def make_detector(feature_shape: Sequence[int], settings: Settings) -> "Detector":
    """Return an unfitted detector for features of this shape."""
    import_tensorflow()
    from models.architecture import FlowArchitecture
    from models.detector import FlowDetector
    from models.distortions import DISTORTIONS
    from models.template import Template
    from models.template_detector import TemplateDetector
    from models.views import View

    model = settings.model
    try:
        architecture = FlowArchitecture(
            **model.model_dump(include={field.name for field in fields(FlowArchitecture)})
        )
    except ValueError as error:
        raise ConfigurationError(f"the model's numbers do not go together: {error}") from error
    if model.kind == "flow":
        return FlowDetector(
            feature_shape,
            architecture=architecture,
            seed=settings.seed,
            is_coarse=model.scoring_products == "bfloat16",
        )
    if model.kind == "frames":
        return make_frame_detector(feature_shape, settings, architecture)
    if model.base != "normal" or model.normalization == "batch":
        raise ConfigurationError(
            f"model.base={model.base!r} with model.normalization={model.normalization!r} is for "
            "model.kind='flow'; with 'template' set model.base='normal' and model.normalization='none'"
        )
    if len(feature_shape) != 2:
        raise ConfigurationError(
            f"model.kind='template' needs features of frames and bands, and {settings.features.kind!r} has "
            f"{len(feature_shape)} axis; set features.kind='aligned', or model.kind='flow'"
        )
    if model.n_cepstra > feature_shape[1]:
        raise ConfigurationError(
            f"model.n_cepstra={model.n_cepstra} needs as many mel bands, got {feature_shape[1]}; "
            "lower it or raise features.n_mels"
        )
    unknown = next((kind for kind in model.distortions if kind not in DISTORTIONS), None)
    if unknown is not None:
        raise ConfigurationError(
            f"model.distortions names {unknown!r}, which is unknown{nearest(unknown, DISTORTIONS)}; "
            f"use some of {', '.join(DISTORTIONS)}"
        )
    views = [
        View(
            name=name,
            smoothing_frames=model.smoothing_frames,
            smoothing_bands=model.smoothing_bands,
            n_cepstra=model.n_cepstra,
        )
        for name in model.views
    ]
    narrowest = min(view.event_size(model.n_template_frames, feature_shape[1]) for view in views)
    if model.n_components >= narrowest:
        raise ConfigurationError(
            f"model.n_components={model.n_components} must be below the {narrowest} features of the "
            "narrowest view; lower it"
        )
    return TemplateDetector(
        feature_shape,
        views=views,
        make_template=lambda: Template(
            n_frames=model.n_template_frames,
            n_cepstra=model.n_cepstra,
            penalty=model.warp_penalty,
            diagonal_weight=model.warp_diagonal_weight,
            n_rounds=model.warp_rounds,
        ),
        n_components=model.n_components,
        noise_scale=model.noise_scale,
        architecture=architecture,
        background_architecture=replace(architecture, family=model.background_family),
        distortions=model.distortions,
        n_copies=model.n_copies,
        gain_decibel=model.gain_decibel,
        tract_range=model.tract_range,
        edge_range=model.edge_range,
        direction_weight=model.direction_weight,
        seed=settings.seed,
    )


def make_recorded(settings: Settings) -> "RecordedLength":
    """Return what has not learned yet how long the target's recordings are."""
    import_tensorflow()
    from models.recorded import RecordedLength

    return RecordedLength(settings.model.recorded_weight)


def read_model(run_path: Path) -> TrainedModel:
    """Read the detector of a run.

    Raises:
        ArtefactError: the model is missing, damaged, or from another version of this program.
    """
    folder = run_path / "model"
    card = read_json(folder / "model.json")
    try:
        settings = Settings(
            target=card["target"],
            seed=card["seed"],
            features=FeatureSettings.model_validate(card["features"]),
            model=ModelSettings.model_validate(card["model"]),
        )
        shape = tuple(int(n) for n in card["feature_shape"])
    except (KeyError, TypeError, ValidationError) as error:
        raise ArtefactError(
            f"{folder / 'model.json'} does not describe a model of this version "
            f"({str(error).splitlines()[0]}); run `make train` again"
        ) from error
    detector, recorded = make_detector(shape, settings), make_recorded(settings)
    arrays = read_arrays(folder / "weights.npz")
    try:
        detector.restore(arrays)
        recorded.restore(arrays)
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
        recorded=recorded,
        target=settings.target,
        features=settings.features,
        feature_shape=shape,
        calibration=calibration["score"],
    )


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
