"""How is a detector made from settings that has learned nothing yet?

This is the one place where the stages meet ``models``; numbers that do not go together are refused here, in
the words of the configuration.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from pipeline.detection.untrained_frames import make_frame_detector
from pipeline.errors import ConfigurationError, nearest
from pipeline.processes import import_tensorflow
from pipeline.settings import Section, Settings

if TYPE_CHECKING:
    from models.detector import Detector
    from models.flows import FitOptions
    from models.words import RecordedLength

__all__ = ["fit_options", "make_detector", "make_recorded"]


def fit_options(training: Section, seed: int) -> "FitOptions":
    """Return the numbers of a fit from a section of settings that has them."""
    import_tensorflow()
    from models.flows import FitOptions

    own = {field.name for field in fields(FitOptions)} - {"seed"}
    return FitOptions(**training.model_dump(include=own), seed=seed)


def make_detector(feature_shape: Sequence[int], settings: Settings) -> "Detector":
    """Return an unfitted detector for features of this shape."""
    import_tensorflow()
    from models.augmentation import DISTORTIONS
    from models.clips import FlowDetector
    from models.flows import FlowArchitecture
    from models.words import Template, TemplateDetector, View

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
    from models.words import RecordedLength

    return RecordedLength(settings.model.recorded_weight)
