"""What is a reviewer told of clips, and of what others said of them?

Conventions: names are told as ``visible`` text. What others said of a clip is told after one has judged it,
or the agreement of the two would mean nothing; how many did is told before. Where disagreements are settled
all is told.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.html import visible
from pipeline.review.audited import audit_figures
from pipeline.review.groups import tags_of
from pipeline.review.media import ClipMedia
from pipeline.review.queues import TO_DECIDE
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun
from pipeline.runs import Reason
from pipeline.verdicts import UNSURE, Verdict, agreements, disagreements

__all__ = ["Telling", "as_problem", "told_media"]


class Telling:
    """What stands about the clips of a run, as one reviewer may know it.

    Args:
        run: what is reviewed.
        standing: verdicts on its clips.
        reviewer: who is told.
        queue: the list that is before the reviewer; that of disagreements tells all, and that of an audit the
            audit's own figures.
    """

    def __init__(self, run: ReviewedRun, standing: Sequence[Verdict], reviewer: str, queue: str = "") -> None:
        self._run = run
        self._reviewer = reviewer
        self._queue = queue
        self._standing = standing
        self._said: defaultdict[str, list[Verdict]] = defaultdict(list)
        for verdict in standing:
            self._said[verdict.clip].append(verdict)

    def clip(self, clip: ReviewClip) -> dict[str, Any]:
        """Return what a list shows of a clip."""
        of_clip = [verdict for verdict in self._said.get(clip.name, []) if not verdict.decides]
        decided = [verdict for verdict in self._said.get(clip.name, []) if verdict.decides]
        own = next((verdict for verdict in of_clip if verdict.reviewer == self._reviewer), None)
        others = [verdict for verdict in of_clip if verdict.reviewer != self._reviewer]
        is_told = own is not None or self._queue == TO_DECIDE
        audited = self._run.audit(clip, self._queue)
        opinions = {(verdict.kind, verdict.word) for verdict in others if verdict.kind != UNSURE}
        last = max(decided, key=lambda verdict: verdict.made, default=None)
        return {
            "id": clip.id,
            "link": clip.link,
            "word": visible(clip.word),
            "path": visible(clip.path),
            "speaker": visible(clip.speaker),
            "split": visible(clip.split),
            **clip.figures,
            "flagged": clip.flagged,
            "tags": visible(clip.tags),
            "tag_names": [visible(tag) for tag in tags_of(audited.tags if audited else clip.tags)],
            "reason": visible(why.reason) if (why := _reason(self._run, clip, self._queue)) else "",
            "likely": visible(clip.likely),
            **audit_figures(audited),
            "group": clip.group,
            "place": self._run.places.get(clip.path),
            "verdict": None if own is None else _opinion(own),
            "others": [_opinion(verdict) for verdict in others] if is_told else [],
            "n_others": len(others),
            "decided": _opinion(last) if last is not None and is_told else None,
            "may_decide": len(opinions) > 1,
        }

    def together(self) -> dict[str, Any]:
        """Return how reviewers agree, and how many clips wait for somebody to decide."""
        return {
            "agreement": [asdict(pair) for pair in agreements(self._standing)],
            "n_disputed": sum(not decided for decided in disagreements(self._standing).values()),
        }


def told_media(run: ReviewedRun, clip: ReviewClip, media: ClipMedia, queue: str) -> dict[str, Any]:
    """Return how a clip looks, why it cannot be heard, if it cannot, and why it is listed."""
    return {
        "id": clip.id,
        "path": visible(clip.path),
        "speaker": visible(clip.speaker),
        "problem": media.problem,
        "peaks": media.peaks() if not media.problem else (),
        "level": round(media.level_decibel, 1),
        "has_heat_map": bool(media.heat_map),
        "heat_limit": float(f"{media.heat_limit:.2g}"),
        "marks": media.marks,
        "map_marks": run.map_marks,
        "duration": media.seconds,
        "region": run.regions.get(clip.path),
        "notes": [visible(note) for note in media.notes],
        "why": _why(run, clip, queue),
    }


def as_problem(n_left_out: int, n_asked: int) -> str:
    """Return what is said where some of several clips were not judged, or ``""``."""
    if not n_left_out:
        return ""
    return (
        f"{n_left_out} of {n_asked} were left out: they cannot be heard, or are filed under that word already"
    )


def _reason(run: ReviewedRun, clip: ReviewClip, queue: str) -> Reason | None:
    """Return why a clip is on a list: the audit's reason on the audit's, the run's on others."""
    audited = run.audit(clip, queue)
    return audited.why if audited else run.reasons.get(clip.path)


def _why(run: ReviewedRun, clip: ReviewClip, queue: str) -> dict[str, Any] | None:
    """Return the reason for having a clip on a list, and the target clip to hear beside it."""
    if (why := _reason(run, clip, queue)) is None:
        return None
    nearest = run.id_of_path.get(why.nearest_path)
    return {
        "reason": visible(why.reason),
        "evidence": visible(why.evidence),
        "nearest": None if nearest == clip.id else nearest,
        "nearest_path": visible(why.nearest_path),
    }


def _opinion(verdict: Verdict) -> dict[str, str]:
    return {
        "reviewer": verdict.reviewer,
        "kind": verdict.kind,
        "word": visible(verdict.word),
        "note": visible(verdict.note),
    }
