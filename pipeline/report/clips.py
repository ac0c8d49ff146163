"""Which clips should a person listen to first?

The strangest test clips of the target (nothing was fitted to them, so a high score means something) and
the clips of other words, of every split, that the model takes most for the target. The first of each
list get a card with sound and pictures; those that follow are linked. Of whole recordings, whose other
classes are mostly faults, the other classes' strangest test clips stand in a list of their own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from pipeline.frontend import OF_ANY_LENGTH
from pipeline.html import (
    MOST_PLAYED_SECONDS,
    HeardReason,
    Media,
    data_uri,
    describe_densest,
    file_address,
    heard_reasons,
    heat_map_limit,
    heat_map_png,
    picture_axes,
    picture_marks,
)
from pipeline.report.clip_media import PageMedia
from pipeline.report.explanations import Explanations, HeatMap, QualityTag
from pipeline.report.terms import Term, TermScale
from pipeline.runs import Reason, Run, is_judged
from pipeline.settings import Settings
from pipeline.terminal import Progress

__all__ = ["ClipCard", "ClipList", "HeatPicture", "LinkedClip", "Nearest", "list_clips"]

STRANGEST_OTHERS = "strangest-others"


@dataclass(frozen=True)
class HeatPicture:
    """A heat map as a picture, and what it adds up to in nats."""

    picture: str
    densest: str
    placed: float
    not_placed: float
    axes: Markup | str = ""


@dataclass(frozen=True)
class Nearest:
    """The clip of the target that a card compares with; ``sound`` is the id of where it stands.

    ``lag_seconds`` is how much later the same happens there.
    """

    path: str
    distance: float | None
    sound: str
    lag_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class LinkedClip:
    """One clip with what a row of a table shows; ``review`` is where its review begins, from this page."""

    rank: int
    path: str
    word: str
    speaker: str
    split: str
    score: float
    nats_above_usual: float
    p_value: float
    flagged: bool
    listed: bool
    tags: tuple[QualityTag, ...]
    reason: str
    address: str
    review: str


@dataclass(frozen=True, kw_only=True)
class ClipCard(LinkedClip):
    """One clip with everything that its card shows."""

    evidence: str
    terms: tuple[Term, ...]
    sound: str
    media: Media
    heat: HeatPicture | None
    nearest: Nearest | None
    marks: Markup | str = ""
    heard: tuple[HeardReason, ...] = ()


@dataclass(frozen=True)
class ClipList:
    """One list: its cards, the linked clips after them, and how many clips follow those."""

    cards: list[ClipCard]
    linked: list[LinkedClip]
    n_more: int


def list_clips(
    run: Run, explanations: Explanations, root: Path | None, settings: Settings
) -> tuple[dict[str, ClipList], PageMedia, float]:
    """Return both lists, the sounds that stand beside their clips, and the scale of the heat maps in nats.

    Args:
        run: the run.
        explanations: what is known of single clips.
        root: the corpus folder; ``None`` makes cards without sounds.
        settings: of the run.
    """
    scores, report = run.scores, settings.report
    is_target, defined = scores.word == run.target, ~np.isnan(scores.score)
    strangest = np.flatnonzero(is_target & is_judged(scores.split) & defined)
    # Words that the background model was fitted to say nothing about what passes for the target.
    was_seen = np.isin(scores.word, run.metrics.get("auxiliary_words", []))
    target_like = np.flatnonzero(~is_target & ~was_seen & defined)
    orders = {
        "strangest": strangest[np.argsort(-scores.score[strangest], kind="stable")],
        "target-like": target_like[np.argsort(scores.score[target_like], kind="stable")],
    }
    sizes = {"strangest": report.n_strangest, "target-like": report.n_target_like}
    if settings.features.kind in OF_ANY_LENGTH:
        faulty = target_like[scores.split[target_like] == "test"]
        orders[STRANGEST_OTHERS] = faulty[np.argsort(-scores.score[faulty], kind="stable")]
        sizes[STRANGEST_OTHERS] = report.n_strangest
    listed = np.concatenate([orders[name][: sizes[name]] for name in orders])
    # A clip that stands in two lists has its sound in the first one's card.
    paths = [str(scores.path[row]) for row in listed]
    media = PageMedia(run, root, settings, paths)
    maps = [explanations.heat_maps[path].attributions for path in paths if path in explanations.heat_maps]
    limit = heat_map_limit(maps)
    terms = {name: TermScale(run, order[: sizes[name]]) for name, order in orders.items()}
    lists = {}
    with Progress("draw clips", len(listed), "clips") as progress:
        for name, order in orders.items():
            n, n_linked = sizes[name], report.n_linked
            rows = order[: n + n_linked].tolist()
            linked = [_linked(run, explanations, root, rank, row) for rank, row in enumerate(rows, start=1)]
            cards = []
            for clip, row in zip(linked[:n], rows[:n], strict=True):
                cards.append(_card(clip, row, terms[name], explanations, media, limit, settings))
                progress.advance()
            lists[name] = ClipList(cards, linked[n:], len(order) - len(rows))
    return lists, media, limit


def _linked(run: Run, explanations: Explanations, root: Path | None, rank: int, row: int) -> LinkedClip:
    scores, path = run.scores, str(run.scores.path[row])
    reason = explanations.reasons.get(path)
    return LinkedClip(
        rank=rank,
        path=path,
        word=str(scores.word[row]),
        speaker=str(scores.speaker[row] or ""),
        split=str(scores.split[row]),
        score=float(scores.score[row]),
        nats_above_usual=float(scores.nats_above_usual[row]),
        p_value=float(scores.p_value[row]),
        flagged=bool(scores.flagged[row]),
        listed=scores.fdr_listed is not None and bool(scores.fdr_listed[row]),
        tags=_tags(str(scores.tags[row]), path, explanations.quality),
        reason=reason.reason if reason else "",
        address=file_address(root, path),
        review=_review(run, path, str(scores.word[row])),
    )


def _review(run: Run, path: str, word: str) -> str:
    """Return the address of the clip in the review that serves this page, by the digest of its file."""
    digest = run.digests.get(path) or ""
    return f"../#{'strangest' if word == run.target else 'look-alikes'}/{digest[:16]}" if digest else ""


def _card(
    clip: LinkedClip,
    row: int,
    terms: TermScale,
    explanations: Explanations,
    media: PageMedia,
    limit: float,
    settings: Settings,
) -> ClipCard:
    reason = explanations.reasons.get(clip.path)
    nearest = None
    if reason is not None and reason.nearest_path and reason.nearest_path != clip.path:
        sound = media.place(reason.nearest_path)
        nearest = Nearest(reason.nearest_path, reason.nearest_distance, sound, reason.nearest_lag_seconds)
    heat = explanations.heat_maps.get(clip.path)
    return ClipCard(
        **vars(clip),
        evidence=reason.evidence if reason else "",
        terms=terms.of(row),
        sound=media.place(clip.path),
        media=media.media(clip.path),
        heat=None
        if heat is None
        else HeatPicture(
            data_uri("image/png", heat_map_png(heat.attributions, limit)),
            describe_densest(
                heat.attributions, heat.seconds or settings.features.duration_seconds, heat.edges_hertz
            ),
            float(heat.attributions.sum(dtype=np.float64)),
            heat.remainder,
            _axes(heat),
        ),
        nearest=nearest,
        **_marked(heat, reason),
    )


def _marked(heat: HeatMap | None, reason: Reason | None) -> dict[str, Any]:
    """Return what is marked on a recording, where it is known over which seconds and hertz it lies."""
    if heat is None or reason is None or heat.seconds is None or heat.edges_hertz is None:
        return {}
    edges = float(heat.edges_hertz[0]), float(heat.edges_hertz[-1])
    return {
        "marks": picture_marks(reason.marks, heat.seconds, *edges),
        "heard": tuple(heard_reasons(reason.marks, heat.seconds, MOST_PLAYED_SECONDS)),
    }


def _axes(heat: HeatMap) -> Markup:
    if heat.seconds is None or heat.edges_hertz is None:
        return Markup("")
    return picture_axes(heat.seconds, float(heat.edges_hertz[0]), float(heat.edges_hertz[-1]))


def _tags(stated: str, path: str, quality: Mapping[str, tuple[QualityTag, ...]]) -> tuple[QualityTag, ...]:
    """Return what the quality checks found, and whatever else ``scores.parquet`` calls the clip."""
    found = quality.get(path, ())
    known = {tag.tag for tag in found}
    names = dict.fromkeys(tag for tag in re.split(r"[,;|]\s*", stated) if tag.strip())
    return (*found, *(QualityTag(tag) for tag in names if tag not in known))
