"""Which clips does a run list, in which order, and what is said of each?

Two lists: ``sweep``, the clips of all classes, where the run was swept, and ``scores``, those of the target,
strangest first. Conventions: ``suspicion`` is between 0 and 1, higher for clips that are more probably bad.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.files import read_sealed_json, read_table
from pipeline.runs import CONFIG_NAME, PROVENANCE_NAME, find_run, optional_number, optional_text, read_reasons
from pipeline.settings import read_settings
from pipeline.verdicts import Decision, JudgedClips, Verdict, decide, judged_clips_of

__all__ = ["LISTS", "ListedClip", "ListedRun", "is_address", "read_listed_run"]

SWEEP, SCORES = "sweep", "scores"
LISTS = (SWEEP, SCORES)
SUSPECTED = 0.5  # a label that is more probably wrong than right
_MANIFEST = ("path", "word", "speaker", "split", "sha256", "sample_rate", "n_samples")


@dataclass(frozen=True, kw_only=True)
class ListedClip:
    """One clip of a list.

    Attributes:
        row: of the run's manifest, from 0.
        path: in the corpus.
        word, speaker, split: as in the manifest.
        sha256: of the file.
        sound_sha256: of the samples; ``""`` for silence.
        sample_rate: Hz, of the file.
        n_samples: of one channel of the file.
        rank: place in the list, from 1.
        score: nats, higher for stranger clips; ``None`` where it is undefined.
        p_value: of the score; ``None`` where the class is too small.
        suspicion: that the label is wrong in a sweep, else 1 - p_value; 0 where there is none.
        is_suspected: probably wrong by the sweep, else flagged.
        probable_class: the class that it sounds like; its own where no other is named.
        reason: why it is listed, or ``""``.
        tags: what the run says of the recording.
        verdict: what reviewers settled, or ``None``.
        verdicts: what each of them says.
    """

    row: int
    path: str
    word: str
    speaker: str
    split: str
    sha256: str
    sound_sha256: str
    sample_rate: int
    n_samples: int
    rank: int
    score: float | None
    p_value: float | None
    suspicion: float
    is_suspected: bool
    probable_class: str
    reason: str
    tags: str
    verdict: Decision | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """The list of a run.

    Attributes:
        path: the run folder.
        kind: one of ``LISTS``.
        clips: in the order in which they are to be listened to.
        words: every class of the corpus, sorted.
        root: the corpus folder, be it on this machine or not.
    """

    path: Path
    kind: str
    clips: tuple[ListedClip, ...]
    words: tuple[str, ...]
    root: Path

    def place_of(self, clip: ListedClip, prefix: str = "") -> str:
        """Return where the file of a clip stands: in the corpus, or behind a prefix (path or address)."""
        if not prefix:
            return str(self.root / clip.path)
        return prefix + (quote(clip.path) if is_address(prefix) else clip.path)


def is_address(prefix: str) -> bool:
    """Say whether what stands before paths begins an address, in which names are percent-encoded."""
    return "://" in prefix


def read_listed_run(run_path: Path, kind: str = "", standing: tuple[Verdict, ...] = ()) -> ListedRun:
    """Read the list of a run.

    Args:
        run_path: the run folder.
        kind: one of ``LISTS``; ``""`` takes the sweep where there is one, else the scores.
        standing: verdicts that stand in the store.

    Raises:
        ConfigurationError: the list is none that there is.
        PipelineError: no such run, or it lacks the list.
        ArtefactError: a file is damaged.
    """
    run = find_run(run_path)
    there = {SWEEP: run.path / SWEEP / "sweep.parquet", SCORES: run.path / "scores.parquet"}
    if kind and kind not in LISTS:
        raise ConfigurationError(f"list {kind!r} is none of {', '.join(LISTS)}; name one of these")
    found = [name for name in ([kind] if kind else LISTS) if there[name].is_file()]
    if not found:
        raise PipelineError(
            f"{run_path} holds no {kind or 'list'}; the verbs sweep and evaluate make the lists "
            f"{' and '.join(LISTS)}"
        )
    run.check(SWEEP if found[0] == SWEEP else "evaluation")
    manifest = read_table(run.path / "manifest.parquet", _MANIFEST)
    judged = judged_clips_of(run.path, manifest)
    on_clips, _ = judged.verdicts_on(standing)
    rows = read_table(there[found[0]])
    listed = _swept(rows) if found[0] == SWEEP else _scored(run.path, rows)
    return ListedRun(
        path=run.path,
        kind=found[0],
        clips=_clips(listed, manifest, judged, on_clips),
        words=tuple(sorted(set(manifest["word"]))),
        root=Path(read_sealed_json(run.path / PROVENANCE_NAME)["corpus"]["root"]),
    )


def _swept(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    names = ("path", "score", "p_value", "probability_wrong", "probable_class", "reason", "tags", "rank")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(columns[n] for n in names), strict=True)]
    for row in rows:
        row["suspicion"] = row.pop("probability_wrong")
        row["is_suspected"] = row["suspicion"] >= SUSPECTED
    return sorted(rows, key=lambda row: row["rank"])


def _scored(run_path: Path, columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    target, reasons = read_settings(run_path / CONFIG_NAME).target, read_reasons(run_path)
    names = ("path", "word", "score", "p_value", "flagged", "tags")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(columns[n] for n in names), strict=True)]
    rows = [row for row in rows if row["word"] == target]
    rows.sort(
        key=lambda row: (
            optional_number(row["score"]) is None,
            -(optional_number(row["score"]) or 0.0),
            row["path"],
        )
    )
    for rank, row in enumerate(rows, start=1):
        p_value = optional_number(row["p_value"])
        row |= {
            "rank": rank,
            "suspicion": 0.0 if p_value is None else 1.0 - p_value,
            "is_suspected": bool(row.pop("flagged")),
            "probable_class": row.pop("word"),
            "reason": reasons[row["path"]].reason if row["path"] in reasons else "",
        }
    return rows


def _clips(
    listed: list[dict[str, Any]],
    manifest: Mapping[str, list[Any]],
    judged: JudgedClips,
    standing: list[Verdict],
) -> tuple[ListedClip, ...]:
    decisions = decide(standing)
    verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in standing:
        verdicts[verdict.clip].append(verdict)
    row_of = {path: row for row, path in enumerate(manifest["path"])}
    clips = []
    for entry in listed:
        row = row_of[entry["path"]]
        clips.append(
            ListedClip(
                row=row,
                path=entry["path"],
                word=manifest["word"][row],
                speaker=optional_text(manifest["speaker"][row]),
                split=optional_text(manifest["split"][row]),
                sha256=manifest["sha256"][row],
                sound_sha256=judged.sounds[row],
                sample_rate=manifest["sample_rate"][row],
                n_samples=manifest["n_samples"][row],
                rank=entry["rank"],
                score=optional_number(entry["score"]),
                p_value=optional_number(entry["p_value"]),
                suspicion=entry["suspicion"],
                is_suspected=entry["is_suspected"],
                probable_class=entry["probable_class"],
                reason=optional_text(entry["reason"]),
                tags=optional_text(entry["tags"]),
                verdict=decisions.get(judged.names[row]),
                verdicts=tuple(verdicts[judged.names[row]]),
            )
        )
    return tuple(clips)
