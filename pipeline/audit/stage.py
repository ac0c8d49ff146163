"""The audit stage: which clips that bear the target's name are probably something else?

Every clip of the target, whatever its split, is scored by a model that heard neither it nor its speaker.
Writes ``audit/``: ``audit.parquet`` and ``audit.csv``, one row a clip, strangest first, and ``audit.json``.
Each fold is an artefact of its own in ``audit_folds/`` while the work lasts, so that a killed audit goes on
with the folds that are left.
"""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.artefacts import (
    digest_of,
    read_arrays,
    read_json,
    write_arrays,
    write_json,
    write_table,
    write_text,
)
from pipeline.audit.fitting import score_fold
from pipeline.audit.folds import Fold, folds_by_speaker
from pipeline.audit.ranking import place_and_spread, rank_strangest_first, standardise
from pipeline.clip_table import ClipTable
from pipeline.errors import ConfigurationError
from pipeline.run import RunFolder
from pipeline.settings import Settings

__all__ = ["AUDIT", "audit_target"]

AUDIT = "audit"
FOLDS = "audit_folds"
# Raised when the output changes for the same inputs, so that old artefacts are made again.
VERSION = 1
# Numbers that change nothing here: words that are followed while training, and what other words are for.
_WITHOUT_EFFECT = {"monitored_words", "protocol", "auxiliary_half"}
# A row is a clip; ``score`` in robust standard deviations, ``score_nats`` and ``term_*`` in nats.
LEADING_COLUMNS = ("path", "word", "speaker", "split", "fold", "score", "p_value", "rank", "score_nats")


def audit_target(
    run: RunFolder,
    table: ClipTable,
    settings: Settings,
    *,
    features_digest: str,
    say: Callable[[str], None],
) -> Path:
    """Audit the target's clips, where that has not been done; the caller holds the run's lock.

    Args:
        run: where the artefacts stand.
        table: the clips; those of ``settings.target`` are audited.
        settings: of the run.
        features_digest: of the features in ``table``.
        say: told a sentence for each thing the user should know.

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
    inputs = _inputs(table, rows, settings, features_digest)
    reason = run.why_stale(AUDIT, inputs)
    if not reason:
        say(f"{AUDIT}: skipped, nothing that it depends on has changed")
        return run.path / AUDIT
    say(f"{AUDIT}: running, {reason}")
    audit = settings.audit
    folds = folds_by_speaker(
        table.speaker[rows],
        n_folds=audit.n_folds,
        validation_share=audit.validation_share,
        seed=settings.seed,
    )
    parts = RunFolder(run.path / FOLDS)
    cards = [_do_fold(parts, k, table, rows, fold, settings, inputs, say) for k, fold in enumerate(folds)]
    with run.stage(AUDIT, inputs) as folder:
        columns = _columns(parts, table, rows, folds)
        write_table(folder.own / "audit.parquet", columns)
        write_text(folder.own / "audit.csv", _csv(columns))
        write_json(folder.own / "audit.json", _summary(table, rows, settings, cards))
    shutil.rmtree(parts.path)
    return run.path / AUDIT


def _inputs(table: ClipTable, rows: np.ndarray, settings: Settings, features_digest: str) -> dict[str, Any]:
    page = settings.model_dump(mode="json")
    clips = [list(getattr(table, name)[rows]) for name in ("path", "word", "speaker", "split")]
    return {
        "version": VERSION,
        "target": page["target"],
        "seed": page["seed"],
        "features": {"digest": features_digest},
        "clips": {"digest": digest_of(clips)},
        "model": page["model"],
        "training": {key: value for key, value in page["training"].items() if key not in _WITHOUT_EFFECT},
        "audit": {key: value for key, value in page["audit"].items() if key != "n_listed"},
    }


def _do_fold(
    parts: RunFolder,
    k: int,
    table: ClipTable,
    rows: np.ndarray,
    fold: Fold,
    settings: Settings,
    inputs: dict[str, Any],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Score a fold's clips where they are not yet, and return what is to be said of it."""
    title = f"audit, fold {k + 1} of {settings.audit.n_folds}"
    if not parts.why_stale(_name(k), inputs):
        say(f"{title}: skipped, it was done before")
    else:
        notes: list[str] = []
        with parts.stage(_name(k), inputs) as folder:
            scores = score_fold(table, rows, fold, settings, title=title, say=notes.append)
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
                    "notes": notes,
                },
            )
        for note in notes:
            say(note)
    card: dict[str, Any] = read_json(parts.path / _name(k) / "fold.json")
    return card


def _name(k: int) -> str:
    return f"fold_{k + 1}"


def _columns(parts: RunFolder, table: ClipTable, rows: np.ndarray, folds: list[Fold]) -> dict[str, list[Any]]:
    """Return the columns of the output, strangest clip first."""
    scored = [read_arrays(parts.path / _name(k) / "scores.npz") for k in range(len(folds))]
    held_out = np.concatenate([fold.held_out for fold in folds])
    own = {name: np.concatenate([columns[name] for columns in scored]) for name in scored[0]}
    own["fold"] = np.concatenate([np.full(len(fold.held_out), k + 1) for k, fold in enumerate(folds)])
    own["score_nats"] = own["score"]
    own["score"] = standardise(own["score_nats"], own["fold"])
    for name in ("path", "word", "speaker", "split"):
        own[name] = getattr(table, name)[rows[held_out]]
    own["rank"] = rank_strangest_first(own["score"], own["p_value"], list(own["path"]))
    order = np.argsort(own["rank"])
    names = [*LEADING_COLUMNS, *(name for name in own if name.startswith("term_"))]
    return {name: own[name][order].tolist() for name in names}


def _csv(columns: dict[str, list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _summary(
    table: ClipTable, rows: np.ndarray, settings: Settings, cards: list[dict[str, Any]]
) -> dict[str, Any]:
    is_target = table.word == settings.target
    return {
        "target": settings.target,
        "preset": settings.preset,
        "seed": settings.seed,
        "n_clips": len(rows),
        "n_speakers": len(set(table.speaker[rows])),
        "set_aside": int((is_target & ~table.usable).sum()),
        "n_folds": len(cards),
        "trim_share": settings.audit.trim_share,
        "p_value_floor": min(card["p_value_floor"] for card in cards),
        "folds": cards,
    }
