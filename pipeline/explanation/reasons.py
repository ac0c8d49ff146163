"""Why is this clip strange, in one sentence with numbers, and which clip should it be compared with?

Four reasons are weighed: a bad recording, another word, an odd speaker or channel, a part that is missing.
Each has a strength on one scale (see ``pipeline.explanation.evidence``): 1 is what 95 % of the target's
training clips stay below. The strongest is given where it reaches ``STANDS_OUT``; else that no reason
stands out. The nearest clip is the target's training clip, by another speaker, with the most similar sound;
where the features hold vectors of a pretrained network, these tell it, and the likely other word.
Reasons are hints for a listener: no score depends on them.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from pipeline.explanation.evidence import BAD_TAGS, CUT_TAGS, Evidence, gather
from pipeline.explanation.references import scale_of
from pipeline.frontend import vectors_of
from pipeline.quality import Finding, QualityRecord
from pipeline.runs import ClipTable, is_learned
from pipeline.settings import Settings

__all__ = [
    "BAD_RECORDING",
    "NO_REASON",
    "ODD_CHANNEL",
    "OTHER_WORD",
    "PART_MISSING",
    "STANDS_OUT",
    "explain",
]

BAD_RECORDING = "bad recording"
OTHER_WORD = "other word"
ODD_CHANNEL = "odd speaker or channel"
PART_MISSING = "part missing"
NO_REASON = "no reason stands out"
# Above all but one in twenty of the target's own clips; below it, a reason would be read into chance.
STANDS_OUT = 1.0

_KINDS = {
    BAD_RECORDING: ("tags", "flat"),
    OTHER_WORD: ("other", "content"),
    ODD_CHANNEL: ("colour",),
    PART_MISSING: ("part", "cut"),
}


def explain(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    record: QualityRecord,
    findings: Sequence[Sequence[Finding]],
    settings: Settings,
    asked: np.ndarray | None = None,
) -> dict[str, list[Any]]:
    """Return the reason of each clip, as columns.

    These are path, reason, evidence, nearest_path, nearest_distance, strength, and other_word, the other word
    whose clips are nearest.

    Args:
        table: the clips.
        rows: every usable clip [N], as the target's training clips set the scale.
        columns: ``TrainedModel.score``'s columns of each.
        record: what was measured of every clip of the table.
        findings: what is wrong with each row [N].
        settings: of the run.
        asked: those of ``rows`` that are to be explained; all where it is ``None``. Where some are, at most
            4,000 of the target's training clips set the scale.
    """
    own = (
        None
        if vectors_of(table.features[:1], settings.features) is None
        else partial(_vectors, table, settings)
    )
    ordinary = (table.word[rows] == settings.target) & is_learned(table.split[rows])
    places = None
    if asked is not None:
        scale = scale_of(table, rows, settings.target)
        places = np.union1d(np.searchsorted(rows, asked), scale)
        ordinary = np.isin(places, scale)
    evidence = gather(table, rows, columns["p_value"], record, findings, settings.target, own, places)
    if places is not None:
        rows, findings = rows[places], [findings[place] for place in places.tolist()]
        columns = {name: values[places] for name, values in columns.items()}
    strengths = np.stack(
        [np.max([evidence.strengths[kind] for kind in kinds], axis=0) for kinds in _KINDS.values()]
    )
    names = list(_KINDS)
    best = strengths.argmax(axis=0)
    telling = _Telling(evidence, record, rows, columns, findings, ordinary, settings.target)
    reasons = [
        names[kind] if strengths[kind, row] >= STANDS_OUT else NO_REASON for row, kind in enumerate(best)
    ]
    nearest = evidence.references[evidence.compared.reference]
    found = np.isfinite(evidence.compared.nearest)
    told: dict[str, list[Any]] = {
        "path": [str(path) for path in table.path[rows]],
        "reason": reasons,
        "evidence": [telling.sentence(row, reason) for row, reason in enumerate(reasons)],
        "nearest_path": [
            str(table.path[other]) if known else "" for other, known in zip(nearest, found, strict=True)
        ],
        "nearest_distance": [
            float(value) if known else None
            for value, known in zip(evidence.nearest_decibel, found, strict=True)
        ],
        "strength": [float(strengths[kind, row]) for row, kind in enumerate(best)],
        "other_word": [str(word) for word in evidence.other_word],
    }
    if asked is None:
        return told
    kept = np.flatnonzero(np.isin(rows, asked)).tolist()
    return {name: [values[place] for place in kept] for name, values in told.items()}


def _vectors(table: ClipTable, settings: Settings, rows: np.ndarray) -> np.ndarray:
    """Return the vectors of a pretrained network of rows, which the features hold."""
    return np.asarray(vectors_of(table.features[rows], settings.features), np.float32)


class _Telling:
    """Sentences about single clips, with what is usual for the target beside each number."""

    def __init__(
        self,
        evidence: Evidence,
        record: QualityRecord,
        rows: np.ndarray,
        columns: dict[str, np.ndarray],
        findings: Sequence[Sequence[Finding]],
        ordinary: np.ndarray,
        target: str,
    ) -> None:
        self.evidence = evidence
        self.findings = findings
        self.target = target
        self.loud = record.column("loud_seconds")[rows]
        self.contrast = record.column("contrast_decibel")[rows]
        self.terms = {name: values for name, values in columns.items() if name.startswith("term_")}
        self.usual = {
            name: float(np.median(values[ordinary])) if ordinary.any() else 0.0
            for name, values in {
                "loud": self.loud,
                "contrast": self.contrast,
                "distance": evidence.target.distance,
                "content": evidence.content_distance,
                "colour": evidence.colour_distance,
                **self.terms,
            }.items()
        }

    def sentence(self, row: int, reason: str) -> str:
        """Return the evidence for a reason."""
        tell = {
            BAD_RECORDING: self._bad_recording,
            OTHER_WORD: self._other_word,
            ODD_CHANNEL: self._odd_channel,
            PART_MISSING: self._part_missing,
            NO_REASON: self._nothing,
        }[reason]
        text = tell(row)
        return text[0].upper() + text[1:] + "."

    def _bad_recording(self, row: int) -> str:
        told = [finding.detail for finding in self.findings[row] if finding.tag in BAD_TAGS]
        strengths = self.evidence.strengths
        if not told or strengths["flat"][row] > strengths["tags"][row]:
            told.append(
                f"its loudest 30 ms are {self.contrast[row]:.0f} dB over its quietest tenth, "
                f"and {self.usual['contrast']:.0f} dB are usual for {self.target}"
            )
        return "; ".join(told)

    def _other_word(self, row: int) -> str:
        evidence, strengths = self.evidence, self.evidence.strengths
        if strengths["other"][row] >= strengths["content"][row] and evidence.other_word[row]:
            if evidence.by_vectors:
                return (
                    f"by the network's vectors its nearest clips of {evidence.other_word[row]} are "
                    f"{evidence.other_distance[row]:.2f} away, those of {self.target} "
                    f"{evidence.compared.distance[row]:.2f} (0 is the same sound, 1.41 an unrelated one)"
                )
            return (
                f"its nearest clips of {evidence.other_word[row]} are {evidence.other_distance[row]:.1f} dB "
                f"away, those of {self.target} {evidence.target.distance[row]:.1f} dB"
            )
        return (
            f"with voice and channel evened out, its nearest clips of {self.target} are "
            f"{evidence.content_distance[row]:.1f} dB away, and {self.usual['content']:.1f} dB are usual"
        )

    def _odd_channel(self, row: int) -> str:
        evidence = self.evidence
        upper = evidence.upper_decibel[row]
        more = "more" if upper > 0 else "less"
        told = (
            f"its band levels are {evidence.colour_distance[row]:.1f} deviations from those of "
            f"{self.target}, where {self.usual['colour']:.1f} are usual, with {abs(upper):.0f} dB {more} "
            "above 2 kHz"
        )
        if np.isfinite(evidence.speaker_p_value[row]):
            told += (
                f"; its speaker's {evidence.n_speaker[row]} other clips have a median p-value of "
                f"{evidence.speaker_p_value[row]:.2f}"
            )
        return told

    def _part_missing(self, row: int) -> str:
        told = [finding.detail for finding in self.findings[row] if finding.tag in CUT_TAGS]
        told.append(
            f"it is loud for {self.loud[row]:.2f} s, and {self.usual['loud']:.2f} s are usual for "
            f"{self.target}"
        )
        whole, part = self.evidence.target.distance[row], self.evidence.part_distance[row]
        if part < whole:
            told.append(f"it is {part:.1f} dB from halves of its clips, {whole:.1f} dB from whole ones")
        return "; ".join(told)

    def _nothing(self, row: int) -> str:
        above = {name: values[row] - self.usual[name] for name, values in self.terms.items()}
        name = max(above, key=lambda key: above[key], default="")
        told = (
            f"its nearest clips of {self.target} are {self.evidence.target.distance[row]:.1f} dB away, "
            f"{self.usual['distance']:.1f} dB are usual"
        )
        if name and np.isfinite(above[name]):
            label = name.removeprefix("term_")
            told += f"; of its score, {label} is {above[name]:+.1f} nats from the median of {self.target}"
        return told
