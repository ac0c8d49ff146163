"""What is said of a sound that was scored?

Conventions: ``score`` is higher for stranger sounds; scores, terms and ``log_prob`` are in nats. Lines are
those of ``audio-anomaly score``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Explanation", "Score", "explanation_of", "score_of", "table_of"]


@dataclass(frozen=True, kw_only=True)
class Score:
    """How strange one sound is.

    Attributes:
        score: higher is stranger, nats.
        log_prob: of its features, nats.
        nats_above_usual: the score above that of the median calibration clip.
        p_value: the share of the target's clips, at most, that are as strange or stranger.
        is_anomaly: whether it is flagged at the run's false-alarm rate, ``evaluation.alpha``.
        tags: what is wrong with the recording.
        channel: from 1, the strangest of several where it decided; else ``None``.
    """

    score: float
    log_prob: float
    nats_above_usual: float
    p_value: float
    is_anomaly: bool
    tags: tuple[str, ...]
    channel: int | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a sound is strange, and where its score is from.

    Attributes:
        score: what is explained.
        reason: see the reference of codes; ``None`` where none can be told, and ``evidence`` says why.
        evidence: a sentence with numbers.
        nearest_path: the clip of the target that is nearest, below the corpus's folder, or ``None``.
        nearest_distance: how far that is, dB.
        terms: what the score is the sum of, nats, the largest first.
        faults: what is wrong with the recording, a sentence with numbers each.
    """

    score: Score
    reason: str | None
    evidence: str
    nearest_path: str | None
    nearest_distance: float | None
    terms: Mapping[str, float]
    faults: tuple[str, ...]


def score_of(line: Mapping[str, Any]) -> Score:
    """Return what a line says."""
    return Score(
        score=line["score"],
        log_prob=line["log_prob"],
        nats_above_usual=line["nats_above_usual"],
        p_value=line["p_value"],
        is_anomaly=line["flagged"],
        tags=tuple(line["tags"]),
        channel=line.get("channel"),
    )


def explanation_of(line: Mapping[str, Any]) -> Explanation:
    """Return what a line with its reason says."""
    return Explanation(
        score=score_of(line),
        reason=line["reason"],
        evidence=line["evidence"] or "",
        nearest_path=line["nearest_path"],
        nearest_distance=line["nearest_distance"],
        terms=dict(line["terms"]),
        faults=tuple(line["faults"]),
    )


def table_of(lines: Sequence[Mapping[str, Any]]) -> Any:
    """Return lines as a table of Arrow, one row each; a file that cannot be used has nulls and a tag.

    What only some lines have, such as ``path_bytes``, is a further column with nulls for the others.
    """
    import pyarrow as pa

    kinds = {
        "path": pa.string(),
        **dict.fromkeys(("log_prob", "score", "nats_above_usual", "p_value"), pa.float64()),
        "flagged": pa.bool_(),
        "channel": pa.int64(),
        "tags": pa.list_(pa.string()),
    }
    names = dict.fromkeys([*kinds, *(name for line in lines for name in line)])
    return pa.table({name: pa.array([line.get(name) for line in lines], kinds.get(name)) for name in names})
