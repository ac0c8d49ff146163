"""The evaluate stage: how strange is every clip, and how well are other words told from the target?

Scores every usable clip with the trained detector, streaming over the feature store (or takes the scores of a
cross-fitted run, which were made where its models were), and writes
``scores.parquet``, ``scores.csv`` and ``metrics.json``; the tables of DCASE's task 2 into ``dcase/`` where
the corpus has sections; and into ``evaluation/`` what is wrong with each recording (``quality.parquet``) and
which reason fits a strange clip best (``reasons.parquet``), of more than 20,000 clips for those that are
listed alone, and where clips lie in the detector's own space (``map.parquet``, ``map.json``). A score depends
on the clip alone.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.detection import (
    CROSS_FITTED_NAME,
    RunModel,
    TrainedModel,
    read_calibrating_rows,
    read_cross_fitted_columns,
    read_fitted_rows,
    read_model,
    read_sampled_from,
)
from pipeline.errors import PipelineError
from pipeline.evaluation.deciding import deciding, with_channels
from pipeline.evaluation.decisions import decide
from pipeline.evaluation.run_figures import run_figures
from pipeline.evaluation.scoring import kept_scores, score_rows, write_scores
from pipeline.evaluation.sections import TASK_FOLDER, judge_sections, write_task_tables
from pipeline.explanation import attribution_maps, clips_to_explain, explain, explain_sounds, map_clips
from pipeline.files import release_freed, write_arrays, write_json, write_table
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.quality import (
    Finding,
    QualityRecord,
    duplicate_pairs,
    find_duplicates,
    find_faults,
    read_quality,
    split_leaks,
    usual_duration,
)
from pipeline.runs import ClipTable, StageFolder, read_clip_table, read_notes
from pipeline.settings import Settings

__all__ = ["evaluate_model"]

# Clips that all get a reason; of more, those that are listed, for each costs a hundred thousand products.
MOST_WITH_REASONS = 20_000
LEAST_LISTED = 1_000


def evaluate_model(
    run_path: Path, settings: Settings, corpus: dict[str, str], folder: StageFolder, *, corpus_root: Path
) -> dict[str, Any]:
    """Score every clip and write scores and metrics.

    Args:
        run_path: a run whose features and model are done.
        settings: of the run.
        corpus: ``name`` and ``sha256`` of the corpus.
        folder: where the stage writes.
        corpus_root: where the clips are, for the maps of those that people listen to first.

    Returns:
        The content of ``metrics.json``.

    Raises:
        PipelineError: the model takes other features than the store has.
    """
    table = read_clip_table(run_path)
    model = read_model(run_path)
    if model.feature_shape != table.features.shape[1:]:
        raise PipelineError(
            f"the model takes features of shape {model.feature_shape}, "
            f"the store has {table.features.shape[1:]}; run `make train` again"
        )
    rows = np.flatnonzero(table.usable)
    record = read_quality(run_path)
    if model.cross_fitted is None:
        seconds = record.column("recorded_seconds")
        kept, key = kept_scores(run_path)
        columns = score_rows(
            table, rows, seconds, RunModel(run_path, model), settings.evaluation.alpha, kept, key
        )
    else:
        columns = read_cross_fitted_columns(run_path / "model" / CROSS_FITTED_NAME, rows)
        columns["flagged"] = columns["p_value"] <= settings.evaluation.alpha
    decisions = decide(run_path, table, rows, columns, model, settings)
    columns["fdr_listed"] = decisions.fdr_listed
    findings, leaks = _findings(run_path, table, rows, record, settings)
    # Nats of two runs compare better from what is usual in each.
    columns["nats_above_usual"] = columns["score"] - np.median(model.calibration)
    write_scores(table, rows, columns, findings, folder)
    write_table(folder.own / "quality.parquet", _quality_columns(table, rows, findings))
    release_freed()
    explained = clips_to_explain(table, rows, columns["score"], settings)
    score = columns["score"][np.searchsorted(rows, explained)]
    table = deciding(table, rows, columns["channel"])
    if model.features.kind in OF_ANY_LENGTH:
        reasons, maps = explain_sounds(
            table, explained, score, model, read_fitted_rows(run_path), corpus_root
        )
    else:
        listed = None if len(rows) <= MOST_WITH_REASONS else _listed(table, rows, columns["score"], settings)
        reasons = explain(table, rows, columns, record, findings, settings, listed)
        maps = attribution_maps(table, explained, score, model, corpus_root)
    reasons["evidence"] = with_channels(table, reasons["path"], reasons["evidence"])
    write_table(folder.own / "reasons.parquet", reasons)
    if maps:
        write_arrays(folder.own / "attributions.npz", maps)
    release_freed()
    _write_map(table, rows, columns["score"], model, settings, folder)
    release_freed()
    metrics = run_figures(
        table,
        rows,
        columns,
        decisions,
        model,
        read_fitted_rows(run_path),
        settings,
        corpus_root=corpus_root,
        sampled_from=read_sampled_from(run_path),
    )
    if table.has_sections:
        calibrating = read_calibrating_rows(run_path)
        sections = judge_sections(table, rows, columns, calibrating, settings)
        write_task_tables(folder.top / TASK_FOLDER, settings.target, sections.tables)
        metrics |= sections.figures
        metrics["warnings"] += sections.warnings
    metrics["corpus"], metrics["corpus_sha256"] = corpus["name"], corpus["sha256"]
    metrics["leaks"] = leaks
    metrics["warnings"] = [*leaks, *read_notes(run_path), *metrics["warnings"]]
    n_floored = int(columns["non_finite"].sum())
    if n_floored:
        metrics["warnings"].append(
            f"{n_floored} clips have a log-likelihood that is not finite; "
            "they count as stranger than any other"
        )
    write_json(folder.top / "metrics.json", metrics)
    return metrics


def _findings(
    run_path: Path, table: ClipTable, rows: np.ndarray, record: QualityRecord, settings: Settings
) -> tuple[list[tuple[Finding, ...]], list[str]]:
    """Return what is wrong with each recording, in the order of ``rows``, and what splits share."""
    usual_seconds = usual_duration(run_path, settings.target)
    thresholds = settings.quality
    sounds, split, word = record.sounds(rows), table.split[rows], table.word[rows]
    pairs = duplicate_pairs(sounds, record.sketches, thresholds.near_duplicate_decibel, rows)
    duplicates = find_duplicates(
        pairs, sounds, table.path.take(rows), word, split, thresholds.near_duplicate_decibel
    )
    # Most have none, and the empty tuple is one for all of them.
    findings = [
        (*find_faults(measures, usual_seconds, thresholds), *duplicates.get(number, ()))
        for number, measures in enumerate(record.clips(rows))
    ]
    leaks = split_leaks(pairs, sounds, split, table.speaker[rows], word == settings.target)
    return findings, leaks


def _listed(table: ClipTable, rows: np.ndarray, score: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the rows that a page or a table may list, with some room."""
    report = settings.report
    n = report.n_linked + max(report.n_strangest, report.n_target_like)
    return np.sort(clips_to_explain(table, rows, score, settings, max(n, LEAST_LISTED)))


def _write_map(
    table: ClipTable,
    rows: np.ndarray,
    score: np.ndarray,
    model: TrainedModel,
    settings: Settings,
    folder: StageFolder,
) -> None:
    """Write where clips lie in two dimensions of the detector's own space."""
    listed = clips_to_explain(table, rows, score, settings, settings.report.n_linked)
    found = map_clips(table, rows, listed, model.detector.baseline_features, seed=settings.seed)
    if found is None:
        return
    x, y = found.places.T.tolist()
    write_table(folder.own / "map.parquet", {"path": list(table.path[found.rows]), "x": x, "y": y})
    write_json(
        folder.own / "map.json",
        {
            "n_clips": len(rows),
            "n_mapped": len(found.rows),
            "n_fitted": found.n_fitted,
            "variance_shares": list(found.shares),
        },
    )


def _quality_columns(
    table: ClipTable, rows: np.ndarray, findings: list[tuple[Finding, ...]]
) -> dict[str, list[Any]]:
    found = [(row, finding) for row, some in zip(rows, findings, strict=True) for finding in some]
    return {
        "path": [str(table.path[row]) for row, _ in found],
        "tag": [finding.tag for _, finding in found],
        "value": [float(finding.value) for _, finding in found],
        "threshold": [float(finding.threshold) for _, finding in found],
        "detail": [finding.detail for _, finding in found],
    }
