"""The sweep stage: which clips of a whole corpus are probably under a wrong name?

Writes ``sweep/``: ``sweep.parquet`` and ``sweep.csv``, one row a clip, ``sweep.json`` and ``index.html``;
where speakers are known and have several clips, ``speakers.parquet`` and ``speakers.csv`` as well.
Each fold is an artefact of its own in ``sweep_folds/`` while the work lasts, so that a killed sweep goes on
with the folds that are left.
"""

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files import digest_of, read_arrays, write_arrays, write_csv, write_json, write_table
from pipeline.processes import mapping
from pipeline.quality import QualityRecord
from pipeline.runs import ClipTable, RunFolder
from pipeline.settings import Settings
from pipeline.sweep.classes import Classes, find_classes
from pipeline.sweep.figures import class_figures, confused_pairs
from pipeline.sweep.folds import fold_of_clips
from pipeline.sweep.judging import JudgedClips, judge_clips, score_fold
from pipeline.sweep.listing import listed_clips, tags_of, worth_judging
from pipeline.sweep.page import write_page
from pipeline.sweep.views import clip_views
from pipeline.sweep.voices import judge_voices, listed_voices, voice_figures, voice_vectors
from pipeline.terminal import telling_stage

__all__ = ["SWEEP", "sweep_corpus"]

SWEEP = "sweep"
FOLDS = "sweep_folds"
# Raised when the output changes for the same inputs, so that old artefacts are made again.
VERSION = 3


def sweep_corpus(
    run: RunFolder,
    table: ClipTable,
    settings: Settings,
    *,
    record: QualityRecord,
    features_digest: str,
    say: Callable[..., None],
    corpus_root: Path | None = None,
) -> Path:
    """Judge the labels of all usable clips, where that has not been done; the caller holds the run's lock.

    Args:
        run: where the artefacts stand.
        table: the clips.
        settings: of the run.
        record: what was measured of every clip of the table.
        features_digest: of the features in ``table``.
        say: told a sentence for each thing the user should know.
        corpus_root: where the sounds of the page are; ``None`` leaves them out.

    Returns:
        The folder with what was written.

    Raises:
        PipelineError: too few classes, clips or speakers.
        ArtefactError: what stands in the run is damaged.
    """
    rows = np.flatnonzero(table.usable)
    inputs = _inputs(table, rows, settings, features_digest)
    reason = run.why_stale(SWEEP, inputs)
    if not reason:
        skipped = f"{SWEEP}: skipped, nothing that it depends on has changed"
        say(skipped, event="stage_skip", stage=SWEEP)
        return run.path / SWEEP
    with telling_stage(SWEEP, reason, say):
        classes = find_classes(table.word[rows], settings.sweep.least_clips)
        if classes.small:
            say(
                f"{SWEEP}: {len(classes.small)} classes have fewer than {settings.sweep.least_clips} clips "
                "and are judged by the other classes' models"
            )
        fold = fold_of_clips(table.speaker[rows], settings.sweep.n_folds, settings.seed)
        parts = RunFolder(run.path / FOLDS)
        left = [k for k in range(settings.sweep.n_folds) if parts.why_stale(_name(k), inputs)]
        views = clip_views(table, rows, record, settings.features) if left else {}
        function = partial(_scores_of, views=views, classes=classes, fold=fold, ridge=settings.sweep.ridge)
        with mapping(function, left, n_workers=1) as scores:
            for k in range(settings.sweep.n_folds):
                title = f"{SWEEP}, fold {k + 1} of {settings.sweep.n_folds}"
                if k not in left:
                    say(f"{title}: skipped, it was done before")
                    continue
                with parts.stage(_name(k), inputs) as part:
                    write_arrays(part.own / "scores.npz", next(scores))
                say(f"{title}: done, {int((fold == k).sum())} clips judged")
        del views, function
        with run.stage(SWEEP, inputs) as folder:
            scored = [
                read_arrays(parts.path / _name(k) / "scores.npz") for k in range(settings.sweep.n_folds)
            ]
            judged = judge_clips(scored, fold, classes, table.speaker[rows])
            tags = tags_of(rows, classes, record, settings.quality)
            columns = listed_clips(table, rows, classes, judged, fold, tags)
            summary = _summary(table, rows, classes, judged, columns, settings)
            voices = judge_voices(voice_vectors(table, rows, record, settings.features), table.speaker[rows])
            spoken = None
            if voices is not None:
                spoken = listed_voices(table, rows, voices)
                summary["voices"] = voice_figures(table.speaker[rows], voices)
                write_table(folder.own / "speakers.parquet", spoken)
                write_csv(folder.own / "speakers.csv", spoken, zip(*spoken.values(), strict=True))
            write_table(folder.own / "sweep.parquet", columns)
            write_csv(folder.own / "sweep.csv", columns, zip(*columns.values(), strict=True))
            write_json(folder.own / "sweep.json", summary)
            write_page(folder.own / "index.html", columns, spoken, summary, settings, corpus_root)
        shutil.rmtree(parts.path)
    return run.path / SWEEP


def _inputs(table: ClipTable, rows: np.ndarray, settings: Settings, features_digest: str) -> dict[str, Any]:
    page = settings.model_dump(mode="json")
    clips = [list(getattr(table, name)[rows]) for name in ("path", "word", "speaker", "split")]
    return {
        "version": VERSION,
        "seed": page["seed"],
        "features": {"digest": features_digest},
        "clips": {"digest": digest_of(clips)},
        "quality": page["quality"],
        "sweep": {key: value for key, value in page["sweep"].items() if key != "n_listed"},
    }


def _scores_of(
    k: int, *, views: Mapping[str, np.ndarray], classes: Classes, fold: np.ndarray, ridge: float
) -> dict[str, np.ndarray]:
    return score_fold(views, classes, fold == k, ridge)


def _name(k: int) -> str:
    return f"fold_{k + 1}"


def _summary(
    table: ClipTable,
    rows: np.ndarray,
    classes: Classes,
    judged: JudgedClips,
    columns: dict[str, list[Any]],
    settings: Settings,
) -> dict[str, Any]:
    place, found, left = worth_judging(columns, settings.sweep.least_precision)
    figures = class_figures(table.word[rows], table.speaker[rows], classes, judged)
    learned = [page["auroc"] for page in figures if page["is_learned"]]
    return {
        "preset": settings.preset,
        "seed": settings.seed,
        "n_clips": len(rows),
        "n_speakers": len(set(table.speaker[rows])),
        "set_aside": int((~table.usable).sum()),
        "n_folds": settings.sweep.n_folds,
        "n_learned": len(classes.learned),
        "too_small": list(classes.small),
        "wrong_rate": judged.labels.wrong_rate,
        "mistaken_rate": judged.labels.mistaken_rate,
        "temperature": judged.labels.temperature,
        "expected_wrong": float(judged.wrong.sum()),
        "macro_auroc": float(np.mean(learned)),
        "least_precision": settings.sweep.least_precision,
        "judge_down_to": place,
        "expected_wrong_judged": found,
        "expected_wrong_left": left,
        "classes": figures,
        "confused_pairs": confused_pairs(classes, judged),
        "voices": None,
    }
