"""What does the page ask, and what is it told?

Conventions: names are told as ``visible`` text, without a character that is invisible or changes the
direction of its neighbours; what is sent back are ids. In the list of disagreements a verdict of somebody
between others who disagree decides; elsewhere it is an opinion beside theirs.
"""

import datetime
from typing import Any

from pipeline.files import digest_of
from pipeline.html import visible
from pipeline.review.media import ClipMedia, MediaCache
from pipeline.review.queues import QUEUES, TO_DECIDE, offered_queues, queue_clips
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun
from pipeline.review.telling import Telling, as_problem, told_media
from pipeline.verdicts import (
    DECIDES,
    KINDS,
    UNSURE,
    WRONG_LABEL,
    Verdict,
    VerdictStore,
    reviewer_problem,
    time_text,
)

__all__ = ["Refused", "ReviewSession"]

MOST_AT_ONCE = 1_000  # clips: their ids fit into a request, and nobody means more of them at once


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
        reviewer: who judges, where that is known from the start; or ``""``.
    """

    def __init__(
        self, run: ReviewedRun, store: VerdictStore, *, has_report: bool = False, reviewer: str = ""
    ) -> None:
        self.run = run
        self.store = store
        self.media_cache = MediaCache(run)
        self._has_report = has_report
        self._reviewer = reviewer

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
            "reviewer": self._reviewer,
            "most_at_once": MOST_AT_ONCE,
            "store": visible(self.store.path),
        }

    def queue(self, name: str, reviewer: str, link: str = "") -> dict[str, Any]:
        """Return the clips of a queue, each with what the reviewer said of it.

        Args:
            name: of the queue.
            reviewer: who is told.
            link: of a clip that is asked for, which comes first where the queue does not hold it; or ``""``.

        Raises:
            Refused: there is no such queue, or nobody has that name.
        """
        _check_reviewer(reviewer)
        if name not in QUEUES:
            raise Refused("There is no such list.", 404)
        standing = self._standing()
        clips, n_in_all = queue_clips(QUEUES[name], self.run, standing, link)
        telling = Telling(self.run, standing, reviewer, name)
        return {
            "name": name,
            "n_in_all": n_in_all,
            "clips": [telling.clip(clip) for clip in clips],
            **telling.together(),
        }

    def clip(self, clip_id: str, queue: str = "") -> dict[str, Any]:
        """Return how a clip of a queue looks and why it cannot be heard, if it cannot.

        Raises:
            Refused: there is no such clip.
        """
        return told_media(self.run, self._clip(clip_id), self.media(clip_id), queue)

    def media(self, clip_id: str) -> ClipMedia:
        """Return the sound and the pictures of a clip.

        Raises:
            Refused: there is no such clip.
        """
        return self.media_cache.of(self._clip(clip_id))

    def judge(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep what is said of one clip or of several; when this returns, it has been committed.

        Args:
            asked: ``clip``, or ``clips``, a list; ``kind``, ``reviewer``, ``uid``, ``note``; ``queue``, the
                list that is before the reviewer; for a wrong label ``word``, the number of a word of the run,
                or ``other_word``, a text.

        Raises:
            Refused: a verdict is not well-formed, or no clip can be heard.
        """
        reviewer, kind = _check_reviewer(asked.get("reviewer")), asked.get("kind")
        clips = self._asked_clips(asked)
        if kind not in KINDS:
            raise Refused(f"A verdict is one of {', '.join(KINDS)}.")
        word = self._heard(asked) if kind == WRONG_LABEL else ""
        usable = [clip for clip in clips if clip.word != word]
        if not usable:
            raise Refused("The clip is filed under that word already.")
        problems = {clip.id: self.media_cache.problem_of(clip) for clip in usable}
        heard = [clip for clip in usable if not problems[clip.id]]
        if not heard:
            raise Refused(problems[usable[0].id], 409)
        decides = (
            self._deciding(heard, reviewer) if asked.get("queue") == TO_DECIDE and kind != UNSURE else set()
        )
        uid, made = _text(asked, "uid"), time_text(datetime.datetime.now(datetime.timezone.utc))
        verdicts = [
            Verdict(
                uid=uid if len(clips) == 1 and uid else digest_of([uid or made, clip.sha256])[:32],
                sha256=clip.sha256,
                sound_sha256=clip.sound_sha256,
                kind=kind,
                reviewer=reviewer,
                word=word,
                note=_text(asked, "note").strip(),
                decides=DECIDES if clip.name in decides else "",
                path=clip.path,
                label=clip.word,
                made=made,
            )
            for clip in heard
        ]
        try:
            self.store.add_at_once(verdicts)
        except ValueError as error:
            raise Refused(f"The verdict cannot be kept: {error}.") from error
        problem = as_problem(len(clips) - len(heard), len(clips))
        return self._outcome(heard, reviewer, _text(asked, "queue"), problem)

    def undo(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take back what a reviewer said last of clips of this run, be it of several at once.

        Raises:
            Refused: there is nothing.
        """
        reviewer = _check_reviewer(asked.get("reviewer"))
        name_of = self.run.judged.name_of
        taken = self.store.withdraw_last(reviewer, among=lambda verdict: name_of(verdict) is not None)
        if not taken:
            raise Refused("There is no verdict of yours to take back.", 409)
        paths = {name_of(verdict): verdict.path for verdict in taken}
        found: dict[str, ReviewClip] = {}
        for clip in self.run.clips.values():
            if clip.name in paths and (clip.name not in found or clip.path == paths[clip.name]):
                found[clip.name] = clip
        return self._outcome(list(found.values()), reviewer, _text(asked, "queue"))

    def _outcome(
        self, clips: list[ReviewClip], reviewer: str, queue: str, problem: str = ""
    ) -> dict[str, Any]:
        telling = Telling(self.run, self._standing(), reviewer, queue)
        told = [telling.clip(clip) for clip in clips]
        return {"clip": told[0], "clips": told, "problem": problem, **telling.together()}

    def _deciding(self, clips: list[ReviewClip], reviewer: str) -> set[str]:
        """Return the names of the clips on which others than the reviewer disagree."""
        telling = Telling(self.run, self._standing(), reviewer)
        return {clip.name for clip in clips if telling.clip(clip)["may_decide"]}

    def _asked_clips(self, asked: dict[str, Any]) -> list[ReviewClip]:
        ids = asked.get("clips", [asked.get("clip")])
        if not isinstance(ids, list) or not ids:
            raise Refused("Say which clips are judged.")
        if len(ids) > MOST_AT_ONCE:
            raise Refused(f"{len(ids):,} clips are too many: {MOST_AT_ONCE:,} are judged at once.", 413)
        clips = {clip.name: clip for clip in map(self._clip, ids)}
        return list(clips.values())

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
