"""Which repairs lead from the published experiment to this detector, and how is each run?

A rung is a preset, what it changes of it, and what of the scores it reads; beside it stands the sentence
that says what it repairs. The order is that of the printed table. A rung whose preset or key this version
does not have is left out, and that is said. Three readings differ from the run's own score:

    live       log-likelihoods with the statistics of the batch of 100 in which a clip is scored
    log_prob   minus the main flow's log-likelihood alone
    term_X     one term of the score alone
"""

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.settings.page import Settings
from pipeline.settings.presets import PRESETS
from pipeline.settings.section import known_keys

__all__ = ["AUXILIARY", "PRETRAINED", "RUNGS", "Rung", "available", "missing_of"]

AUXILIARY = "auxiliary"
PRETRAINED = "one-class, pretrained"
WARPED = 'model.views=["levels","timbre","contour","cepstra"]'
RATIO_ALONE = ("model.direction_weight=0.0", "model.duration_weight=0.0")
ONE_VIEW = ('model.views=["levels"]', *RATIO_ALONE)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One row of the ladder.

    Attributes:
        name: what the command line and the table call it.
        repairs: a sentence: what it repairs.
        preset: where its settings start from.
        overrides: ``section.key=value`` each.
        reads: what of the scores ranks the clips: ``score``, ``log_prob``, ``term_...`` or ``live``.
        protocol: ``one-class``, ``one-class, pretrained`` or ``auxiliary``.
    """

    name: str
    repairs: str
    preset: str
    overrides: tuple[str, ...] = ()
    reads: str = "score"
    protocol: str = "one-class"


RUNGS = (
    Rung(
        name="published",
        repairs="nothing: 257 magnitudes of 32 ms of room noise, 10 MAFs, live batch normalisation",
        preset="legacy",
        reads="live",
    ),
    Rung(
        name="frozen",
        repairs="statistics of batch normalisation are frozen over the training clips: "
        "a clip's score depends on that clip alone",
        preset="legacy",
    ),
    Rung(
        name="full-window",
        repairs="the transform covers the whole second, in 257 bands, magnitudes still linear",
        preset="legacy",
        overrides=("features.kind=fft", "features.magnitude=linear"),
    ),
    Rung(
        name="log",
        repairs="the same bands in decibel",
        preset="legacy",
        overrides=("features.kind=fft",),
    ),
    Rung(
        name="stopped",
        repairs="bounded log-scales, no batch normalisation, validation clips stop the training",
        preset="fft",
    ),
    Rung(
        name="short-time",
        repairs="log-mel frames of 25 ms: when a sound comes, not only that it comes",
        preset="logmel",
    ),
    Rung(
        name="aligned",
        repairs="the loud part alone, stretched to 48 frames, smoothed, level removed",
        preset="aligned",
    ),
    Rung(
        name="warped",
        repairs="every clip is warped to the target's template; a MAF on 32 principal components, "
        "a Gaussian on the rest",
        preset="default",
        overrides=(*ONE_VIEW, "model.noise_scale=0.0"),
        reads="log_prob",
    ),
    Rung(
        name="blurred",
        repairs="features are blurred while the flow is fitted: directions in which the training clips "
        "hardly vary no longer decide",
        preset="default",
        overrides=ONE_VIEW,
        reads="log_prob",
    ),
    Rung(
        name="ratio",
        repairs="log-likelihood ratio to a density of distorted copies: what both share, voice and room, "
        "cancels",
        preset="default",
        overrides=ONE_VIEW,
        reads="term_levels",
    ),
    Rung(
        name="contrast",
        repairs="the contrast beside the ratio: what does not rise above its noise is no word",
        preset="default",
        overrides=ONE_VIEW,
    ),
    Rung(
        name="views",
        repairs="a ratio for each of four views of the warped clip: what fools one seldom fools all",
        preset="default",
        overrides=(WARPED, *RATIO_ALONE),
    ),
    Rung(
        name="direction",
        repairs="what fits hardly better as it is than played backwards is stranger for it",
        preset="default",
        overrides=(WARPED, *RATIO_ALONE[1:]),
    ),
    Rung(
        name="duration",
        repairs="so is a recording shorter than nearly all of the target's",
        preset="default",
        overrides=(WARPED,),
    ),
    Rung(
        name="default",
        repairs="a fifth view, of the clip at its own pace: what the warp takes away counts, too",
        preset="default",
    ),
    *(
        Rung(
            name=preset,
            repairs=f"frames in place of clips, each given its place{past}",
            preset=preset,
        )
        for preset, past in (
            ("frames-position", " alone"),
            ("frames-convolution", " and the frames before it, by causal convolution"),
            ("frames-attention", " and the frames before it, by causal attention"),
        )
    ),
    Rung(
        name="pretrained",
        repairs="one more view, of vectors of a network that was trained on speech of others",
        preset="pretrained",
        protocol=PRETRAINED,
    ),
    Rung(
        name="other-words",
        repairs="the background also hears half of the other words; the words of the other half test it, "
        "and the halves change sides",
        preset="default",
        overrides=("training.protocol=auxiliary",),
        protocol=AUXILIARY,
    ),
)


def available(names: Collection[str]) -> tuple[tuple[Rung, ...], dict[str, str]]:
    """Return the rungs of ``names`` that can be run, in the ladder's order, and why the others cannot.

    Raises:
        ValueError: a name that no rung has.
    """
    known = [rung.name for rung in RUNGS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"rung {unknown[0]!r} is unknown; use some of {', '.join(known)}")
    chosen = [rung for rung in RUNGS if rung.name in names]
    missing = {rung.name: reason for rung in chosen if (reason := missing_of(rung))}
    return tuple(rung for rung in chosen if rung.name not in missing), missing


def missing_of(rung: Rung) -> str:
    """Return what this version lacks for a rung, or ``""``."""
    if rung.preset not in PRESETS:
        return f"this version has no preset {rung.preset!r}"
    keys = known_keys(Settings)
    absent = [key for override in rung.overrides if (key := override.partition("=")[0]) not in keys]
    return f"this version has no setting {absent[0]!r}" if absent else ""
