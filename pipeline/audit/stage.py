"""The audit stage: which clips that bear the target's name are probably something else?

Every clip of the target, whatever its split, is scored by a model fitted to neither it nor its speaker.
Beside the score stand what the clip sounds like among the corpus's words, and what is wrong with its
recording. Writes ``audit/``: ``audit.parquet`` and ``audit.csv``, one row a clip, and ``audit.json``.
Each fold is an artefact of its own in ``audit_folds/`` while the work lasts, so that a killed audit goes on
with the folds that are left.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audit.fitting import FoldScores, score_fold
from pipeline.audit.folds import OF_FEW_RECORDINGS, Fold, folds_by_speaker
from pipeline.audit.listing import DAMAGED, listed_clips
from pipeline.audit.page import write_page
from pipeline.audit.places import with_places
from pipeline.audit.ranking import place_and_spread
from pipeline.errors import ConfigurationError
from pipeline.files import digest_of, read_arrays, read_json, write_arrays, write_csv, write_json, write_table
from pipeline.processes import mapping
from pipeline.quality import QualityRecord
from pipeline.runs import ClipTable, RunFolder, is_fold
from pipeline.settings import Settings
from pipeline.terminal import telling_stage

__all__ = ["AUDIT", "audit_target"]

AUDIT = "audit"
FOLDS = "audit_folds"
# Raised when the output changes for the same inputs, so that old artefacts are made again.
VERSION = 4
# Numbers that change nothing here: words that are followed while training, and what other words are for.
_WITHOUT_EFFECT = {"monitored_words", "protocol", "auxiliary_half", "most_clips"}
_WAS_KILLED = (
    "the process that fitted a fold was killed, most often because memory ran out; end other programs and "
    "run again: the folds that are done are kept"
)


def audit_target(
    run: RunFolder,
    table: ClipTable,
    settings: Settings,
    *,
    record: QualityRecord,
    features_digest: str,
    say: Callable[..., None],
    verdicts: Mapping[str, Any] | None = None,
    corpus_root: Path | None = None,
    command: str = "",
) -> Path:
    """Audit the target's clips, where that has not been done; the caller holds the run's lock.

    Args:
        run: where the artefacts stand.
        table: the clips; those of ``settings.target`` are audited.
        settings: of the run.
        record: what was measured of every clip of the table.
        features_digest: of the features in ``table``.
        say: told a sentence for each thing the user should know.
        verdicts: what the audit depends on where people's verdicts have changed ``table``.
        corpus_root: where the sounds of the page are, and recordings are heard again for the place of what is
            strange in them; ``None`` leaves both out.
        command: by which the clips are judged, for the page.

    Returns:
        The folder with what was written.

    Raises:
        ConfigurationError: a protocol that learns from other words.
        PipelineError: too few speakers or clips, or training diverged.
        ArtefactError: what stands in the run is damaged.
    """
    protocol = settings.training.protocol
    if protocol != "one-class":
        raise ConfigurationError(
            f"an audit learns from the target's clips alone, and training.protocol={protocol!r} from other "
            "words too; set training.protocol='one-class'"
        )
    rows = table.rows(settings.target)
    inputs = {**_inputs(table, rows, settings, features_digest), **(verdicts or {})}
    reason = run.why_stale(AUDIT, inputs)
    if not reason:
        skipped = f"{AUDIT}: skipped, nothing that it depends on has changed"
        say(skipped, event="stage_skip", stage=AUDIT)
        return run.path / AUDIT
    with telling_stage(AUDIT, reason, say):
        audit = settings.audit
        folds = folds_by_speaker(
            table.speaker[rows],
            n_folds=audit.n_folds,
            validation_share=audit.validation_share,
            seed=settings.seed,
            least=OF_FEW_RECORDINGS if is_fold(table.split[rows]).any() else None,
        )
        parts = RunFolder(run.path / FOLDS)
        left = [
            (_title(k, settings), fold) for k, fold in enumerate(folds) if parts.why_stale(_name(k), inputs)
        ]
        function = partial(
            _scores_of, clips=table.take(rows) if left else table.features[:0], settings=settings
        )
        with mapping(function, left, own_process=_WAS_KILLED) as scores:
            cards = [_do_fold(parts, k, fold, settings, inputs, say, scores) for k, fold in enumerate(folds)]
        with run.stage(AUDIT, inputs) as folder:
            scored = [read_arrays(parts.path / _name(k) / "scores.npz") for k in range(len(folds))]
            columns = listed_clips(scored, folds, table, rows, record, settings)
            columns = with_places(columns, folds, table, rows, settings, corpus_root)
            write_table(folder.own / "audit.parquet", columns)
            write_csv(folder.own / "audit.csv", columns, zip(*columns.values(), strict=True))
            summary = _summary(table, rows, settings, cards, columns)
            write_json(folder.own / "audit.json", summary)
            write_page(folder.own / "index.html", columns, summary, settings, corpus_root, command)
        shutil.rmtree(parts.path)
    return run.path / AUDIT


def _inputs(table: ClipTable, rows: np.ndarray, settings: Settings, features_digest: str) -> dict[str, Any]:
    page = settings.model_dump(mode="json")
    # Other words' clips too: what a clip sounds like depends on them.
    compared = np.flatnonzero(table.usable) if settings.audit.other_words else rows
    clips = [list(getattr(table, name)[compared]) for name in ("path", "word", "speaker", "split")]
    return {
        "version": VERSION,
        "target": page["target"],
        "seed": page["seed"],
        "features": {"digest": features_digest},
        "clips": {"digest": digest_of(clips)},
        "model": page["model"],
        "training": {key: value for key, value in page["training"].items() if key not in _WITHOUT_EFFECT},
        "quality": page["quality"],
        "audit": {key: value for key, value in page["audit"].items() if key != "n_listed"},
    }


def _do_fold(
    parts: RunFolder,
    k: int,
    fold: Fold,
    settings: Settings,
    inputs: dict[str, Any],
    say: Callable[..., None],
    left: Iterator[FoldScores],
) -> dict[str, Any]:
    """Take the next scores for a fold that has none yet, and return what is to be said of it."""
    title = _title(k, settings)
    if not parts.why_stale(_name(k), inputs):
        say(f"{title}: skipped, it was done before")
    else:
        with parts.stage(_name(k), inputs) as folder:
            scores = next(left)
            place, spread = place_and_spread(scores.columns["score"])
            write_arrays(folder.own / "scores.npz", scores.columns)
            write_json(
                folder.own / "fold.json",
                {
                    "n_held_out": len(fold.held_out),
                    "n_train": len(fold.train),
                    "n_validation": len(fold.validation),
                    "n_left_out": scores.n_left_out,
                    "median_score_nats": place,
                    "spread_score_nats": spread,
                    "p_value_floor": 1.0 / (scores.n_calibration + 1.0),
                    "notes": list(scores.notes),
                },
            )
        for note in scores.notes:
            say(note)
    card: dict[str, Any] = read_json(parts.path / _name(k) / "fold.json")
    return card


def _scores_of(job: tuple[str, Fold], *, clips: np.ndarray, settings: Settings) -> FoldScores:
    title, fold = job
    return score_fold(clips, fold, settings, title=title)


def _title(k: int, settings: Settings) -> str:
    return f"audit, fold {k + 1} of {settings.audit.n_folds}"


def _name(k: int) -> str:
    return f"fold_{k + 1}"


def _summary(
    table: ClipTable,
    rows: np.ndarray,
    settings: Settings,
    cards: list[dict[str, Any]],
    columns: dict[str, list[Any]],
) -> dict[str, Any]:
    is_target = table.word == settings.target
    return {
        "target": settings.target,
        "preset": settings.preset,
        "seed": settings.seed,
        "ranked_by": "auxiliary" if "score_with_words" in columns else "one-class",
        "n_damaged": columns["list"].count(DAMAGED),
        "n_clips": len(rows),
        "n_speakers": len(set(table.speaker[rows])),
        "set_aside": int((is_target & (table.status == "set_aside")).sum()),
        "n_folds": len(cards),
        "trim_share": settings.audit.trim_share,
        "p_value_floor": 1.0 / len(set(table.speaker[rows]))
        if is_fold(table.split[rows]).any()
        else min(card["p_value_floor"] for card in cards),
        "folds": cards,
    }
