"""Which numbers does the density model depend on?

One section of the page of settings, see ``pipeline.settings.page``. A number that one kind of model alone
knows is led by that kind's name.
"""

from typing import Literal

from pydantic import Field, PositiveInt

from pipeline.settings.section import Section

__all__ = ["ModelSettings"]

ViewName = Literal["levels", "timbre", "contour", "cepstra", "unwarped"]


class ModelSettings(Section):
    """The density model."""

    kind: str = Field(
        "flow",
        description="flow: one MAF over the features; template: warped clips, target and background flow; "
        "frames: the same two flows over the frames of clips of any length; "
        "sounds: neighbours in several views of whole recordings",
    )
    family: Literal["maf", "iaf", "real_nvp", "spline_maf", "affine"] = Field(
        "maf", description="see models/flows/architecture.py; maf gives a density in one pass a layer"
    )
    n_layers: int = Field(5, ge=1, description="layers of the family; affine has one")
    hidden_units: tuple[PositiveInt, ...] = Field(
        (256, 256), min_length=1, description="units of each hidden layer"
    )
    activation: Literal["tanh", "relu"] = Field(
        "tanh", description="tanh is bounded, as the likelihood must be"
    )
    permutation: Literal["none", "reversed", "random", "lu"] = Field(
        "reversed", description="of the features between layers; lu is a learned linear map"
    )
    order: Literal["given", "reversed", "random"] = Field(
        "given", description="of the features within a layer"
    )
    normalization: Literal["none", "activation", "batch"] = Field(
        "none", description="after each layer; batch as published, with statistics frozen for scoring"
    )
    base: Literal["normal", "mixture"] = Field(
        "normal", description="density of the noise; mixture is learned, and for kind='flow' only"
    )
    n_base_components: int = Field(10, ge=1, description="Gaussians of a mixture base")
    n_bins: int = Field(8, ge=2, le=64, description="spline_maf: bins a feature")
    tail_bound: float = Field(
        5.0, gt=0, description="spline_maf: deviations beyond which a feature is not transformed"
    )
    log_scale_bound: float = Field(
        3.0, ge=0, description="|log scale| stays below it, smoothly; 0 leaves it free"
    )
    scoring_products: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="flow: of its dense layers when clips are scored; bfloat16 is faster and coarser",
    )
    n_template_frames: int = Field(16, ge=4, description="template: its frames; about 30 ms of a word each")
    n_cepstra: int = Field(20, ge=2, description="template: cepstra that the warp compares")
    warp_penalty: float = Field(0.3, ge=0, description="template: cost of a step off the diagonal")
    warp_diagonal_weight: float = Field(
        1.5, ge=1, description="template: 1 favours straight paths, 2 is neutral"
    )
    warp_rounds: int = Field(4, ge=1, description="template: times that clips are warped and averaged again")
    views: tuple[ViewName, ...] = Field(
        ("levels", "timbre", "contour", "cepstra", "unwarped"),
        min_length=1,
        description="template: ways to look at a clip, see models/words/views.py; one ratio of flows each",
    )
    smoothing_frames: int = Field(
        8, ge=1, description="template: moving mean of levels; finer detail is the voice, not the word"
    )
    smoothing_bands: int = Field(
        3, ge=1, description="template: moving mean over mel bands, against differing voices"
    )
    n_components: int = Field(32, ge=1, description="template: principal components under the flow")
    noise_scale: float = Field(
        2.0,
        ge=0,
        description="template: blur in deviations of a feature; without it small directions decide",
    )
    background_family: Literal["maf", "iaf", "real_nvp", "spline_maf", "affine"] = Field(
        "affine",
        description="template: flow of the background; the broader it is, the less falls out of it",
    )
    n_copies: int = Field(8, ge=1, description="template: augmented copies a clip, and distorted ones")
    gain_decibel: float = Field(
        3.0, ge=0, description="template: spread of the copies' smooth gain over bands"
    )
    tract_range: float = Field(
        0.1, ge=0, lt=0.5, description="template: vocal tracts longer or shorter by this share"
    )
    edge_range: float = Field(
        0.1, ge=0, lt=0.5, description="template: copies begin and end sooner or later by up to this share"
    )
    distortions: tuple[str, ...] = Field(
        ("reverse", "rotate", "shuffle", "crop", "formants", "vowel", "patch", "field", "flatten"),
        min_length=1,
        description="template: what stands in for other words, see models/augmentation/distortions.py",
    )
    direction_weight: float = Field(
        1.0, ge=0, description="template: of the nats by which a clip fits too well backwards; 0: not asked"
    )
    vector_weight: float = Field(
        1.0,
        gt=0,
        description="template with aligned_vectors: spread of the vectors' terms over that of all views, on "
        "validation clips",
    )
    duration_weight: float = Field(
        0.0,
        ge=0,
        description="of the surprisal, in nats, at a recording shorter than nearly all of the target's; "
        "0: not asked",
    )
    density_share: float = Field(
        0.3,
        ge=0,
        description="frames: spread of the density term over that of the ratio, on validation clips",
    )
    context: Literal["position", "convolution", "attention"] = Field(
        "position",
        description="frames: what a frame is conditioned on beside its position; the last two hear the past",
    )
    n_positions: int = Field(
        16, ge=1, description="frames: cosines of the relative position; sounds are no shorter than 1/16"
    )
    context_channels: int = Field(64, ge=4, description="frames: numbers that are made of the past")
    context_layers: int = Field(3, ge=1, description="frames: convolutions, or blocks of attention")
    context_taps: int = Field(
        3, ge=1, description="frames: taps of a convolution; three layers hear 15 frames, 0.3 s, back"
    )
    context_heads: int = Field(4, ge=1, description="frames: of an attention; they share the channels")
    tempo_range: float = Field(
        0.1, ge=0, lt=0.5, description="frames: copies are spoken slower or faster by up to this share"
    )
    with_background: bool = Field(
        True, description="frames: false leaves the ratio out, and the score is minus the log-likelihood"
    )
    n_folds: int = Field(
        5,
        ge=2,
        description="sounds: shares of the training clips, each left out once to measure what is ordinary",
    )
