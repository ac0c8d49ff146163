"""What does an audit or a sweep of the run say of a clip, in figures of its own?

Both judge each clip by models that learned from neither it nor its speaker. The score of an audit is in
standard deviations above the typical clip; that of a sweep is how much likelier the likeliest other class is,
in nats.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files import read_table
from pipeline.html import number, signed, visible
from pipeline.runs import Reason

__all__ = ["AuditedClip", "audit_figures", "read_audit", "read_sweep"]

OTHER_CLASS = "sounds like another class"  # a reason of a sweep, which does not name the class
NEEDED = ("path", "rank", "word", "score", "p_value", "tags", "reason", "evidence", "nearest_path")
OF_A_SWEEP = (
    "path",
    "rank",
    "probable_class",
    "score",
    "p_value",
    "expected_precision",
    "reason",
    "tags",
)


@dataclass(frozen=True, kw_only=True)
class AuditedClip:
    """One clip of the list of an audit or of a sweep.

    Attributes:
        score: of the list.
        p_value: of the clip among the name's other clips; NaN where a class is too small.
        likely: the class that it sounds like; ``""`` where no other class was compared with.
        tags: of the recording.
        reason, evidence, nearest_path: as those of a run.
        told: the figures, in a sentence.
    """

    score: float
    p_value: float
    likely: str
    tags: str
    reason: str
    evidence: str
    nearest_path: str
    told: str

    @property
    def why(self) -> Reason:
        """Why the clip is listed, and by which figures."""
        return Reason(
            reason=self.reason,
            evidence=f"{self.told} {self.evidence}".rstrip(),
            nearest_path=self.nearest_path,
            nearest_distance=None,
        )


def audit_figures(clip: AuditedClip | None) -> dict[str, Any]:
    """Return what the page shows in place of the run's figures: no nats, which are the run's."""
    if clip is None:
        return {}
    return {
        "nats_above_usual": None,
        "score": round(clip.score, 2),
        "p_value": None if math.isnan(clip.p_value) else round(clip.p_value, 4),
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
    columns = _columns(path, NEEDED, "audit again")
    scores = columns.get("score_with_words", columns["score"])
    likely = columns.get("sounds_like", [""] * len(scores))
    order = sorted(range(len(scores)), key=lambda row: columns["rank"][row])
    return {
        columns["path"][row]: AuditedClip(
            score=scores[row],
            p_value=columns["p_value"][row],
            likely=likely[row],
            tags=columns["tags"][row],
            reason=columns["reason"][row]
            if likely[row] in ("", columns["word"][row])
            else f"sounds like {likely[row]}",
            evidence=columns["evidence"][row],
            nearest_path=columns["nearest_path"][row],
            told=f"In the audit {signed(scores[row], 1)} standard deviations from the typical clip of its "
            f"name, p-value {number(columns['p_value'][row], 4)}.",
        )
        for row in order
    }


def read_sweep(path: Path, reasons: Mapping[str, Reason]) -> dict[str, AuditedClip]:
    """Return each clip of a sweep by its path, in the order of the list; nothing where there is no sweep.

    Args:
        path: of ``sweep.parquet``.
        reasons: of the run, by path: they name the clip of the target to hear beside one.

    Raises:
        ArtefactError: the table lacks a column.
    """
    if not path.is_file():
        return {}
    columns = _columns(path, OF_A_SWEEP, "sweep again")
    rows = sorted(zip(*(columns[name] for name in OF_A_SWEEP), strict=True), key=lambda row: row[1])
    return {
        path: AuditedClip(
            score=score,
            p_value=math.nan if p_value is None else p_value,
            likely=likely,
            tags=tags,
            reason=f"sounds like {likely}" if reason == OTHER_CLASS else reason,
            evidence="",
            nearest_path=reasons[path].nearest_path if path in reasons else "",
            told=f"In the sweep {signed(score, 1)} nats likelier in another class than in its own; "
            f"of the list down to here {number(100 * precision, 0)} % are expected to be under a wrong name.",
        )
        for path, _, likely, score, p_value, precision, reason, tags in rows
    }


def _columns(path: Path, needed: tuple[str, ...], advice: str) -> dict[str, list[Any]]:
    columns = read_table(path)
    absent = [name for name in needed if name not in columns]
    if absent:
        raise ArtefactError(f"{path} lacks the column {absent[0]}; {advice}")
    return columns
