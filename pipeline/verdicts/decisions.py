"""What do all reviewers together say of a clip?

Reviewers settle a clip where they say the same of it. Where all say that it is bad but not how, it is
``bad``; where some say that it is normal and others that it is not, it is ``disputed``, and nothing
follows from it until they agree, or until a third decides. Who is unsure says nothing of the clip.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.verdicts.verdict import NORMAL, UNSURE, WRONG_LABEL, Verdict

__all__ = ["BAD", "DISPUTED", "Decision", "as_labelled_in", "decide"]

BAD, DISPUTED = "bad", "disputed"


@dataclass(frozen=True)
class Decision:
    """What is settled about one clip.

    Attributes:
        kind: one of ``KINDS``, or ``bad``, or ``disputed``.
        word: what is heard, with ``wrong-label``.
    """

    kind: str
    word: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether reviewers agree that something is wrong with the clip."""
        return self.kind not in (NORMAL, DISPUTED)


def decide(standing: Iterable[Verdict]) -> dict[str, Decision]:
    """Return the decision about each clip, by ``Verdict.clip``.

    Args:
        standing: at most one verdict of each reviewer on each clip, and one that decides between others; of
            several deciding ones the latest counts.
    """
    said: defaultdict[str, set[Decision]] = defaultdict(set)
    decided: dict[str, Decision] = {}
    for verdict in sorted(standing, key=lambda row: row.made):
        if verdict.decides:
            decided[verdict.clip] = Decision(verdict.kind, verdict.word)
        elif verdict.kind != UNSURE:
            said[verdict.clip].add(Decision(verdict.kind, verdict.word))
    return {clip: _settled(opinions) for clip, opinions in said.items()} | decided


def as_labelled_in(decisions: Mapping[str, Decision], clip: str, word: str) -> Decision | None:
    """Return the decision about a clip that is filed under a word now, or ``None`` where there is none.

    A wrong label that has been put right since then is right: the clip is normal.
    """
    decision = decisions.get(clip)
    if decision is not None and decision.kind == WRONG_LABEL and decision.word == word:
        return Decision(NORMAL)
    return decision


def _settled(opinions: set[Decision]) -> Decision:
    if len(opinions) == 1:
        return next(iter(opinions))
    return Decision(BAD if all(opinion.is_bad for opinion in opinions) else DISPUTED)
