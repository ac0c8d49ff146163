"""What does an audit of the run say of a clip, in figures of its own?

An audit judges each clip by a model that learned from neither it nor its speaker. Its score is in standard
deviations above the typical clip, and not in nats as that of the run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files import read_table
from pipeline.html import number, signed, visible
from pipeline.runs import Reason

__all__ = ["AuditedClip", "audit_figures", "read_audit"]

NEEDED = ("path", "rank", "word", "score", "p_value", "tags", "reason", "evidence", "nearest_path")


@dataclass(frozen=True, kw_only=True)
class AuditedClip:
    """One clip of an audit's list.

    Attributes:
        score: that the list is in order of, standard deviations.
        p_value: of the model's score among the name's other clips.
        word: that the clip is filed under.
        likely: the class that it sounds like; ``""`` where no other class was compared with.
        tags: of the recording.
        reason, evidence, nearest_path: as those of a run.
    """

    score: float
    p_value: float
    word: str
    likely: str
    tags: str
    reason: str
    evidence: str
    nearest_path: str

    @property
    def why(self) -> Reason:
        """Why the audit lists the clip: what it sounds like first, where that is another class."""
        is_other = self.likely not in ("", self.word)
        told = f"In the audit {signed(self.score, 1)} standard deviations from the typical clip of its name"
        told += f", p-value {number(self.p_value, 4)}."
        return Reason(
            reason=f"sounds like {self.likely}" if is_other else self.reason,
            evidence=f"{told} {self.evidence}".rstrip(),
            nearest_path=self.nearest_path,
            nearest_distance=None,
        )


def audit_figures(clip: AuditedClip | None) -> dict[str, Any]:
    """Return what the page shows in place of the run's figures: no nats, which an audit does not count."""
    if clip is None:
        return {}
    return {
        "nats_above_usual": None,
        "score": round(clip.score, 2),
        "p_value": round(clip.p_value, 4),
        "tags": visible(clip.tags),
        "likely": visible(clip.likely),
    }


def read_audit(path: Path) -> dict[str, AuditedClip]:
    """Return each clip of an audit by its path, in the order of the list; nothing where there is no audit.

    Args:
        path: of ``audit.parquet``.

    Raises:
        ArtefactError: the table lacks a column.
    """
    if not path.is_file():
        return {}
    columns = read_table(path)
    absent = [name for name in NEEDED if name not in columns]
    if absent:
        raise ArtefactError(f"{path} lacks the column {absent[0]}; audit again")
    scores = columns.get("score_with_words", columns["score"])
    likely = columns.get("sounds_like", [""] * len(scores))
    order = sorted(range(len(scores)), key=lambda row: columns["rank"][row])
    return {
        columns["path"][row]: AuditedClip(
            score=scores[row],
            p_value=columns["p_value"][row],
            word=columns["word"][row],
            likely=likely[row],
            tags=columns["tags"][row],
            reason=columns["reason"][row],
            evidence=columns["evidence"][row],
            nearest_path=columns["nearest_path"][row],
        )
        for row in order
    }
