"""Which of the target's clips are badly recorded or cut, rather than another word?

Tags (``pipeline.quality``), reasons (``pipeline.explanation``) and the contrast term are read together. A
clip with a fault that sounds like the target is *damaged*: it is listed apart, for its label is right. A clip
with a fault that sounds like another word stays where its rank puts it. Where there is no other word to
compare with, a fault decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.audit.fitting import OF_THE_RECORDING
from pipeline.audit.other_words import Similarity
from pipeline.explanation import BAD_RECORDING, BAD_TAGS, CUT_TAGS, PART_MISSING, explain
from pipeline.quality import Finding, QualityRecord, duplicate_pairs, find_duplicates, find_faults, joined
from pipeline.runs import ClipTable
from pipeline.settings import Settings

__all__ = ["Faults", "find_recording_faults"]


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is told about the recording of each clip [N].

    Attributes:
        tags: names, in one text.
        reason, evidence, nearest_path: of ``pipeline.explanation.reasons``.
        is_damaged: a fault, and it sounds like the target.
    """

    tags: list[str]
    reason: list[str]
    evidence: list[str]
    nearest_path: list[str]
    is_damaged: np.ndarray


def find_recording_faults(
    table: ClipTable,
    rows: np.ndarray,
    columns: Mapping[str, np.ndarray],
    record: QualityRecord,
    likeness: Similarity | None,
    settings: Settings,
) -> Faults:
    """Return what is told about the recordings of the target's clips.

    Args:
        table: the clips, by the names that they bear.
        rows: the target's [N].
        columns: ``p_value`` and ``term_*`` of each [N].
        record: what was measured of every clip of the table.
        likeness: what each sounds like, where there are other words.
        settings: of the run.
    """
    target = settings.target
    everything = np.flatnonzero(table.usable) if likeness is not None else rows
    findings = _findings(table, everything, rows, record, settings)
    place = np.searchsorted(everything, rows)
    # Every clip that bears the name sets the scale here: an audit knows no splits.
    undivided = replace(table, split=np.full(len(table.split), "train", dtype=object))
    known = {name: values for name, values in columns.items() if name.startswith("term_")}
    padded = {
        name: _padded(values, place, len(everything))
        for name, values in {**known, "p_value": columns["p_value"]}.items()
    }
    told = explain(undivided, everything, padded, record, findings, settings)
    reason: dict[str, list[Any]] = {
        name: [told[name][i] for i in place] for name in ("reason", "evidence", "nearest_path")
    }
    own = [findings[i] for i in place]
    is_faulty = np.array([_has_fault(found) for found in own])
    is_faulty |= np.isin(reason["reason"], [BAD_RECORDING, PART_MISSING])
    is_faulty |= columns.get(OF_THE_RECORDING, np.zeros(len(rows))) > 0
    is_like_target = np.ones(len(rows), bool) if likeness is None else likeness.sounds_like == target
    return Faults(tags=[joined(found) for found in own], is_damaged=is_faulty & is_like_target, **reason)


def _findings(
    table: ClipTable, rows: np.ndarray, own: np.ndarray, record: QualityRecord, settings: Settings
) -> list[list[Finding]]:
    """Return what is wrong with each recording, in the order of ``rows``."""
    usual_seconds = float(np.median(record.column("duration_seconds")[own]))
    sounds, near = record.sounds(rows), settings.quality.near_duplicate_decibel
    duplicates = find_duplicates(
        duplicate_pairs(sounds, record.sketches[rows], near),
        sounds,
        table.path.take(rows),
        table.word[rows],
        table.split[rows],
        near,
    )
    return [
        [*find_faults(measures, usual_seconds, settings.quality), *duplicates.get(number, ())]
        for number, measures in enumerate(record.clips(rows))
    ]


def _has_fault(findings: Sequence[Finding]) -> bool:
    return any(finding.tag in BAD_TAGS or finding.tag in CUT_TAGS for finding in findings)


def _padded(values: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
    """Return values at their places among ``n``, and NaN for clips that no model of the audit judged."""
    padded = np.full(n, np.nan)
    padded[place] = values
    return padded
