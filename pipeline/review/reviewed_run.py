"""What does a reviewer need to know of a run?

A clip's id is its row in the run's list of scored clips, as text: it is looked up, never parsed, and
no path is ever taken from a request. ``score`` is higher for stranger clips.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import PipelineError
from pipeline.files import read_table
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.review.audited import AuditedClip, read_audit, read_sweep
from pipeline.review.groups import Place, duplicate_groups, read_places
from pipeline.review.lists import read_listed
from pipeline.review.scales import Mark, map_marks, read_attributions
from pipeline.runs import CONFIG_NAME, Reason, check_one_making, find_run, read_reasons, read_run
from pipeline.settings import read_settings
from pipeline.verdicts import JudgedClips, judged_clips_of

__all__ = ["ReviewClip", "ReviewedRun", "attribution_map", "read_reviewed_run"]


@dataclass(frozen=True, kw_only=True)
class ReviewClip:
    """One scored clip.

    Attributes:
        id: its place in the run's list.
        path, word, speaker, split, sha256: as in the manifest.
        sound_sha256: of its samples; ``""`` for silence.
        score: nats.
        nats_above_usual: of the score; NaN where the run does not say.
        p_value: of the score.
        flagged: whether the run flags it.
        tags: what the run says of the recording.
        likely: the word that the run takes it for, if that is not its own, or ``""``.
        group: of near duplicates; 0 for none.
    """

    id: str
    path: str
    word: str
    speaker: str
    split: str
    sha256: str
    sound_sha256: str
    score: float
    nats_above_usual: float
    p_value: float
    flagged: bool
    tags: str
    likely: str = ""
    group: int = 0

    @property
    def link(self) -> str:
        """What the clip is called in addresses: the same in each run of the same file."""
        return self.sha256[:16]

    @property
    def name(self) -> str:
        """What verdicts call the clip, see ``pipeline.verdicts.clips``."""
        return self.sound_sha256 or self.sha256

    @property
    def figures(self) -> dict[str, float | None]:
        """The numbers that the page shows, rounded; None where one is not defined."""
        digits = {"nats_above_usual": 2, "score": 2, "p_value": 4}
        values = {name: getattr(self, name) for name in digits}
        return {name: None if math.isnan(of) else round(of, digits[name]) for name, of in values.items()}


@dataclass(frozen=True, kw_only=True)
class ReviewedRun:
    """A run as the review shows it.

    Attributes:
        path: the run folder.
        target: the word that is normal.
        clips: every clip that has a score and a digest, by id.
        words: every word of the corpus, sorted.
        root: the corpus folder, or ``None`` where it does not stand on this machine.
        problem: a sentence where clips cannot be heard, or ``""``.
        sample_rate: Hz of the window that the model sees.
        duration_seconds: of this window.
        recording_rate: Hz of recordings that the model hears from end to end; 0 where it sees windows.
        audited: what the run's audit says, by path, worst first; empty where there was none.
        swept: likewise of the run's sweep, over all classes.
        reasons: why clips are on the run's list, by path.
        map_marks: where frequencies stand at the side of the maps of where scores are from.
        regions: seconds of a recording that the audit is about, by path.
        places: of clips on the map of the run, by path.
    """

    path: Path
    target: str
    clips: dict[str, ReviewClip]
    words: tuple[str, ...]
    root: Path | None
    problem: str
    sample_rate: int
    duration_seconds: float
    recording_rate: int = 0
    audited: dict[str, AuditedClip] = field(default_factory=dict)
    swept: dict[str, AuditedClip] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    map_marks: tuple[Mark, ...] = ()
    regions: dict[str, tuple[float, float]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    _attributions: dict[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def id_of_path(self) -> dict[str, str]:
        """The id of each clip, by path."""
        return {clip.path: clip.id for clip in self.clips.values()}

    @cached_property
    def judged(self) -> JudgedClips:
        """The clips, as verdicts tell them apart."""
        clips = self.clips.values()
        return JudgedClips(
            files=[clip.sha256 for clip in clips], sounds=[clip.sound_sha256 for clip in clips]
        )

    def audit(self, clip: ReviewClip, queue: str) -> AuditedClip | None:
        """Return what the audit, or the sweep, says of a clip of its list; nothing on other lists."""
        return {"audit": self.audited, "sweep": self.swept}.get(queue, {}).get(clip.path)

    def ranked(self, clips: Sequence[ReviewClip], *, strangest_first: bool) -> list[ReviewClip]:
        """Return clips by their score; those whose score is undefined come last."""
        sign = -1.0 if strangest_first else 1.0
        return sorted(clips, key=lambda clip: (math.isnan(clip.score), sign * clip.score))


def read_reviewed_run(run_path: Path) -> ReviewedRun:
    """Read a run folder.

    Raises:
        PipelineError: the run has no scores yet.
        ArtefactError: a file is damaged, or lacks a part.
    """
    folder = find_run(run_path)
    if not (run_path / "scores.parquet").is_file():
        raise PipelineError(f"{run_path} has no scores to review; run `make evaluate` first")
    folder.check("evaluation")
    check_one_making(folder, ["evaluation"])
    settings = read_settings(run_path / CONFIG_NAME)
    run = read_run(run_path, settings.target)
    scores = run.scores
    columns = (scores.path, scores.word, scores.speaker, scores.split, scores.score)
    more = (scores.nats_above_usual, scores.p_value, scores.flagged, scores.tags)
    rows = zip(*(column.tolist() for column in (*columns, *more)), strict=True)
    manifest = read_table(run_path / "manifest.parquet")
    sounds = dict(zip(manifest["path"], judged_clips_of(run_path, manifest).sounds, strict=True))
    row_of = {path: row for row, path in enumerate(manifest["path"])}
    groups = duplicate_groups(
        run_path,
        [row_of[path] for path in scores.path.tolist()],
        scores.tags.tolist(),
        settings.quality.near_duplicate_decibel,
    )
    reasons, audit, sweep = read_reasons(run_path), run_path / "audit", run_path / "sweep"
    audited, swept = read_audit(audit / "audit.parquet"), read_sweep(sweep / "sweep.parquet", reasons)
    heard = {path: reason.other_word for path, reason in reasons.items()}
    heard |= {path: clip.likely for path, clip in audited.items() if clip.likely}
    heard |= {path: clip.likely for path, clip in swept.items() if clip.likely}
    clips = {}
    for number, (path, word, speaker, split, score, above, p_value, flagged, tags) in enumerate(rows):
        if digest := run.digests.get(path):
            clips[str(number)] = ReviewClip(
                id=str(number),
                path=path,
                word=word,
                speaker=speaker or "",
                split=split,
                sha256=digest,
                sound_sha256=sounds[path],
                score=score,
                nats_above_usual=above,
                p_value=p_value,
                flagged=flagged,
                tags=tags,
                likely=_likely(
                    word, heard.get(path, ""), settings.target, passes=not flagged and path not in swept
                ),
                group=groups[number],
            )
    if not clips:
        raise PipelineError(f"none of the {len(scores.path)} clips of {run_path} has a digest to judge it by")
    root, problem = _corpus_root(run.provenance)
    return ReviewedRun(
        path=run_path,
        target=settings.target,
        clips=clips,
        words=tuple(sorted({clip.word for clip in clips.values()} | {settings.target})),
        root=root,
        problem=problem,
        sample_rate=settings.features.sample_rate,
        duration_seconds=settings.features.duration_seconds,
        recording_rate=settings.features.recording_rate if settings.features.kind in OF_ANY_LENGTH else 0,
        audited=audited,
        swept=swept,
        reasons=reasons,
        map_marks=map_marks(run_path, settings.features),
        regions=read_listed(audit / "audit.parquet").regions,
        places=read_places(run_path / "evaluation" / "map.parquet"),
        _attributions=read_attributions(run_path),
    )


def attribution_map(run: ReviewedRun, clip_id: str) -> np.ndarray | None:
    """Return where the score of a clip comes from, nats ``(n_steps, n_bands)``, or ``None``."""
    clip = run.clips.get(clip_id)
    return None if clip is None else run._attributions.get(clip.path)


def _corpus_root(provenance: Any) -> tuple[Path | None, str]:
    try:
        name = str(provenance["corpus"]["root"])
    except (KeyError, TypeError):
        return None, "The run does not say where its corpus stands, so clips can be neither heard nor judged."
    if Path(name).is_dir():
        return Path(name), ""
    return None, (
        "The corpus of this run is not on this machine where it was when the run was made, "
        "so clips can be neither heard nor judged."
    )


def _likely(word: str, heard: str, target: str, *, passes: bool) -> str:
    """Return the word that a clip is taken for, if that is not its own, or ``""``.

    Args:
        word: that it is filed under.
        heard: the word that an audit, a sweep or the nearest clips name.
        target: of the run.
        passes: whether the run takes a clip of any word for the target.
    """
    if word != target and passes:
        heard = target
    return "" if heard == word else heard
