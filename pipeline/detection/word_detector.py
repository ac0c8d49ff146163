"""How is the detector of spoken words made from settings?

Numbers that do not go together are refused here, in the words of the configuration.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.detection.checks import check_distortions
from pipeline.errors import ConfigurationError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from models.flows import FlowArchitecture
    from models.words import TemplateDetector, VectorDetector

__all__ = ["make_word_detector"]


def make_word_detector(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "TemplateDetector | VectorDetector":
    """Return an unfitted detector of words; TensorFlow must be imported already.

    Args:
        feature_shape: of one clip, (frames, bands), or with vectors the number of all of them.
        settings: of the run, with ``model.kind="template"``.
        architecture: of the flows.

    Raises:
        ConfigurationError: features of another kind, or numbers that do not go together.
    """
    if settings.features.kind == "aligned_vectors":
        return _with_vectors(feature_shape, settings, architecture)
    return _make_template_detector(feature_shape, settings, architecture)


def _with_vectors(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "VectorDetector":
    """Return the detector of words for the frames in front, and densities of the vectors behind them."""
    from models.words import VectorDetector

    features = settings.features
    frame_shape = (features.n_frames, features.n_mels)
    n_vectors = 1 + features.vector_copies
    return VectorDetector(
        _make_template_detector(frame_shape, settings, architecture),
        frame_shape=frame_shape,
        vector_size=(feature_shape[0] - features.n_frames * features.n_mels) // n_vectors,
        n_copies=features.vector_copies,
        weight=settings.model.vector_weight,
    )


def _make_template_detector(
    feature_shape: Sequence[int], settings: Settings, architecture: "FlowArchitecture"
) -> "TemplateDetector":
    from models.words import Template, TemplateDetector, View

    model = settings.model
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
    check_distortions(model.distortions)
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
