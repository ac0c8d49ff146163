"""What does the page ask, and what is it told?

Conventions: names are told as ``visible`` text, without a character that is invisible or changes the
direction of its neighbours; what is sent back are ids. A reviewer is told what others said of a clip
only after judging it, or the agreement of the two would mean nothing; the queue of disagreements is
there to settle them, and tells all.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pipeline.html import visible
from pipeline.review.audited import audit_figures
from pipeline.review.media import ClipMedia, MediaCache
from pipeline.review.queues import QUEUES, offered_queues, queue_clips
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun
from pipeline.verdicts import KINDS, WRONG_LABEL, Verdict, VerdictStore, agreements, reviewer_problem

__all__ = ["Refused", "ReviewSession"]

TELLS_ALL = "disagreements"


class Refused(ValueError):
    """What the page asks cannot be done; the message is a sentence for the reviewer.

    Attributes:
        status: of the HTTP answer.
    """

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class ReviewSession:
    """One run, its clips, and the verdicts on them.

    Args:
        run: what is reviewed.
        store: where verdicts are kept.
        has_report: whether there is a report to link to.
    """

    def __init__(self, run: ReviewedRun, store: VerdictStore, *, has_report: bool = False) -> None:
        self.run = run
        self.store = store
        self.media_cache = MediaCache(run)
        self._has_report = has_report

    def card(self) -> dict[str, Any]:
        """Return what the page needs to know once."""
        reviewers = {verdict.reviewer for verdict in self.store.standing()}
        return {
            "target": visible(self.run.target),
            "run": visible(self.run.path.resolve().name),
            "words": [visible(word) for word in self.run.words],
            "queues": [
                {
                    "name": queue.name,
                    "title": queue.title.format(target=f"\u201c{visible(self.run.target)}\u201d"),
                    "empty": queue.empty,
                }
                for queue in offered_queues(self.run)
            ],
            "problem": self.run.problem,
            "has_report": self._has_report,
            "reviewers": sorted(reviewers),
            "store": visible(self.store.path),
        }

    def queue(self, name: str, reviewer: str) -> dict[str, Any]:
        """Return the clips of a queue, each with what the reviewer said of it.

        Raises:
            Refused: there is no such queue, or nobody has that name.
        """
        _check_reviewer(reviewer)
        if name not in QUEUES:
            raise Refused("There is no such list.", 404)
        standing = self._standing()
        clips, n_in_all = queue_clips(QUEUES[name], self.run, standing)
        said = _by_clip(standing)
        return {
            "name": name,
            "n_in_all": n_in_all,
            "clips": [self._told(clip, said, reviewer, name) for clip in clips],
            "agreement": self._agreement(standing),
        }

    def clip(self, clip_id: str, queue: str = "") -> dict[str, Any]:
        """Return how a clip of a queue looks and why it cannot be heard, if it cannot.

        Raises:
            Refused: there is no such clip.
        """
        media = self.media(clip_id)
        clip = self.run.clips[clip_id]
        return {
            "id": clip.id,
            "path": visible(clip.path),
            "speaker": visible(clip.speaker),
            "problem": media.problem,
            "peaks": media.peaks,
            "level": round(media.level_decibel, 1),
            "has_heat_map": bool(media.heat_map),
            "duration": media.seconds,
            "notes": [visible(note) for note in media.notes],
            "why": self._why(clip, queue),
        }

    def media(self, clip_id: str) -> ClipMedia:
        """Return the sound and the pictures of a clip.

        Raises:
            Refused: there is no such clip.
        """
        return self.media_cache.of(self._clip(clip_id))

    def judge(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep a verdict; when this returns, it has been committed.

        Args:
            asked: ``clip``, ``kind``, ``reviewer``, ``uid``; for a wrong label ``word``, the number of a
                word of the run, or ``other_word``, a text.

        Raises:
            Refused: the verdict is not well-formed, or the clip cannot be heard.
        """
        reviewer = _check_reviewer(asked.get("reviewer"))
        kind, clip = asked.get("kind"), self._clip(asked.get("clip"))
        if kind not in KINDS:
            raise Refused(f"A verdict is one of {', '.join(KINDS)}.")
        word = self._heard(asked) if kind == WRONG_LABEL else ""
        if word == clip.word:
            raise Refused("The clip is filed under that word already.")
        if problem := self.media_cache.of(clip).problem:
            raise Refused(problem, 409)
        try:
            self.store.add(
                sha256=clip.sha256,
                sound_sha256=clip.sound_sha256,
                kind=kind,
                reviewer=reviewer,
                word=word,
                path=clip.path,
                label=clip.word,
                uid=_text(asked, "uid"),
            )
        except ValueError as error:
            raise Refused(f"The verdict cannot be kept: {error}.") from error
        return self._outcome(clip, reviewer)

    def undo(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take back the verdict that a reviewer gave last on a clip of this run.

        Raises:
            Refused: there is none.
        """
        reviewer = _check_reviewer(asked.get("reviewer"))
        name_of = self.run.judged.name_of
        taken_back = self.store.withdraw_last(reviewer, among=lambda verdict: name_of(verdict) is not None)
        if not taken_back:
            raise Refused("There is no verdict of yours to take back.", 409)
        taken = taken_back[0]
        clips = [clip for clip in self.run.clips.values() if clip.name == name_of(taken)]
        same = [clip for clip in clips if clip.path == taken.path]
        return self._outcome((same or clips)[0], reviewer)

    def _why(self, clip: ReviewClip, queue: str) -> dict[str, Any] | None:
        """Return the reason for having the clip on a list, and the target clip to hear beside it."""
        audited = self.run.audit(clip, queue)
        if (why := audited.why if audited else self.run.reasons.get(clip.path)) is None:
            return None
        nearest = self.run.id_of_path.get(why.nearest_path)
        return {
            "reason": visible(why.reason),
            "evidence": visible(why.evidence),
            "nearest": None if nearest == clip.id else nearest,
            "nearest_path": visible(why.nearest_path),
        }

    def _outcome(self, clip: ReviewClip, reviewer: str) -> dict[str, Any]:
        standing = self._standing()
        told = self._told(clip, _by_clip(standing), reviewer)
        return {"clip": told, "agreement": self._agreement(standing)}

    def _standing(self) -> list[Verdict]:
        return self.run.judged.verdicts_on(self.store.standing())[0]

    def _clip(self, clip_id: Any) -> ReviewClip:
        clip = self.run.clips.get(clip_id) if isinstance(clip_id, str) else None
        if clip is None:
            raise Refused("There is no such clip.", 404)
        return clip

    def _heard(self, asked: dict[str, Any]) -> str:
        number = asked.get("word")
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(self.run.words):
            return self.run.words[number]
        word = _text(asked, "other_word").strip()
        if not word or not word.isprintable():
            raise Refused("Say which word is heard.")
        return word

    def _told(
        self, clip: ReviewClip, said: dict[str, list[Verdict]], reviewer: str, queue: str = ""
    ) -> dict[str, Any]:
        of_clip = said.get(clip.name, [])
        own = next((verdict for verdict in of_clip if verdict.reviewer == reviewer), None)
        others = [verdict for verdict in of_clip if verdict.reviewer != reviewer]
        return {
            "id": clip.id,
            "word": visible(clip.word),
            "split": visible(clip.split),
            **clip.figures,
            "flagged": clip.flagged,
            "tags": visible(clip.tags),
            "verdict": None if own is None else _opinion(own),
            "others": [_opinion(verdict) for verdict in others] if own or queue == TELLS_ALL else [],
            **audit_figures(self.run.audit(clip, queue)),
        }

    def _agreement(self, standing: Iterable[Verdict]) -> list[dict[str, Any]]:
        return [asdict(pair) for pair in agreements(standing)]


def _by_clip(standing: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for verdict in standing:
        found.setdefault(verdict.clip, []).append(verdict)
    return found


def _opinion(verdict: Verdict) -> dict[str, str]:
    return {"reviewer": verdict.reviewer, "kind": verdict.kind, "word": visible(verdict.word)}


def _check_reviewer(name: Any) -> str:
    problem = reviewer_problem(name) if isinstance(name, str) else "no reviewer is named"
    if problem:
        raise Refused(f"The name cannot be used: {problem}.")
    return str(name)


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise Refused(f"{name} is no text.")
    return value
