"""In which order should a person listen?

Each queue answers a question of its own. Clips of the same sound stand in a queue once: a verdict on
one is a verdict on all. The strangest clips stand first, except where clips are sought that pass for
the target, and those first that wait for somebody to decide.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.review.reviewed_run import ReviewClip, ReviewedRun
from pipeline.verdicts import UNSURE, Verdict, decide, disagreements

__all__ = ["QUEUES", "TO_DECIDE", "Queue", "offered_queues", "queue_clips"]

TO_DECIDE = "disagreements"
LONGEST = 10_000  # what a page holds, searches and sorts without waiting


@dataclass(frozen=True)
class Queue:
    """A list of clips to listen to.

    Attributes:
        name: in addresses.
        title: of the list; ``{target}`` stands for the word that is normal.
        empty: why there may be nothing in it.
        find: returns the clips.
    """

    name: str
    title: str
    empty: str
    find: Callable[[ReviewedRun, Iterable[Verdict]], list[ReviewClip]]


def _strangest(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    return run.ranked([clip for clip in run.clips.values() if clip.word == run.target], strangest_first=True)


def _look_alikes(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    return run.ranked([clip for clip in run.clips.values() if clip.word != run.target], strangest_first=False)


def _flagged(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    return [clip for clip in _strangest(run, standing) if clip.flagged]


def _audited(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    return _at(run, run.audited)


def _swept(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    return _at(run, run.swept)


def _at(run: ReviewedRun, paths: Iterable[str]) -> list[ReviewClip]:
    return [run.clips[run.id_of_path[path]] for path in paths if path in run.id_of_path]


def _disputed(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    split = disagreements(standing)
    clips = run.ranked([clip for clip in run.clips.values() if clip.name in split], strangest_first=True)
    return sorted(clips, key=lambda clip: split[clip.name])


def _doubtful(run: ReviewedRun, standing: Iterable[Verdict]) -> list[ReviewClip]:
    standing = list(standing)
    doubted = {verdict.clip for verdict in standing if verdict.kind == UNSURE} - decide(standing).keys()
    return run.ranked([clip for clip in run.clips.values() if clip.name in doubted], strangest_first=True)


QUEUES = {
    queue.name: queue
    for queue in (
        Queue("strangest", "Strangest of {target}", "The run has no scored clip of its target.", _strangest),
        Queue(
            "look-alikes",
            "Most like {target}",
            "The run has no scored clip of another word.",
            _look_alikes,
        ),
        Queue("flagged", "Flagged", "No clip of the target is flagged.", _flagged),
        Queue(
            "audit",
            "Audit",
            "The run has not been audited; the verb audit does it.",
            _audited,
        ),
        Queue("sweep", "Sweep of all classes", "No class of the run was swept.", _swept),
        Queue("unsure", "Unsure", "No clip of which somebody is unsure waits for another.", _doubtful),
        Queue(TO_DECIDE, "Disagreements", "No two reviewers disagree on a clip.", _disputed),
    )
}


def offered_queues(run: ReviewedRun) -> list[Queue]:
    """Return the queues that a run can fill: one of a single class has no look-alikes, few were swept."""
    has_others = any(clip.word != run.target for clip in run.clips.values())
    absent = {find for find, is_there in ((_look_alikes, has_others), (_swept, run.swept)) if not is_there}
    return [queue for queue in QUEUES.values() if queue.find not in absent]


def queue_clips(
    queue: Queue, run: ReviewedRun, standing: Iterable[Verdict], link: str = ""
) -> tuple[list[ReviewClip], int]:
    """Return the first clips of a queue, each recording once, and how many there are in all.

    Args:
        queue: which.
        run: what is reviewed.
        standing: verdicts on its clips.
        link: of a clip that was asked for; it comes first where the queue does not hold it.
    """
    distinct = {clip.name: clip for clip in reversed(queue.find(run, standing))}
    clips = list(reversed(distinct.values()))
    first = clips[:LONGEST]
    if link and not any(clip.link == link for clip in first):
        first = [clip for clip in run.clips.values() if clip.link == link][:1] + first
    return first, len(clips)
