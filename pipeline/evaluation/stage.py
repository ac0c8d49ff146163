"""The evaluate stage: how strange is every clip, and how well are other words told from the target?

Scores every usable clip with the trained detector, streaming over the feature store (or takes the scores of a
cross-fitted run, which were made where its models were), and writes
``scores.parquet``, ``scores.csv`` and ``metrics.json``; and into ``evaluation/`` what is wrong with each
recording (``quality.parquet``) and which reason fits a strange clip best (``reasons.parquet``). A score
depends on the clip alone.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.detection import (
    CROSS_FITTED_NAME,
    TrainedModel,
    read_cross_fitted_columns,
    read_fitted_rows,
    read_model,
)
from pipeline.errors import PipelineError
from pipeline.evaluation.decisions import decide
from pipeline.evaluation.run_figures import run_figures
from pipeline.explanation import attribution_maps, clips_to_explain, explain, explain_sounds
from pipeline.files import write_arrays, write_csv, write_json, write_table
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.quality import (
    TAG_SEPARATOR,
    Finding,
    QualityRecord,
    find_duplicates,
    find_faults,
    joined,
    read_quality,
    usual_duration,
)
from pipeline.runs import ClipTable, StageFolder, read_clip_table, read_notes
from pipeline.settings import Settings
from pipeline.terminal import Progress

__all__ = ["evaluate_model"]

BLOCK = 1024


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
        columns = _score(table, rows, record.column("recorded_seconds"), model, settings)
    else:
        columns = read_cross_fitted_columns(run_path / "model" / CROSS_FITTED_NAME, rows)
        columns["flagged"] = columns["p_value"] <= settings.evaluation.alpha
    decisions = decide(run_path, table, rows, columns, model, settings)
    columns["fdr_listed"] = decisions.fdr_listed
    findings = _findings(run_path, table, rows, record, settings)
    # Nats of two runs compare better from what is usual in each.
    columns["nats_above_usual"] = columns["score"] - np.median(model.calibration)
    _write_scores(table, rows, columns, findings, folder)
    write_table(folder.own / "quality.parquet", _quality_columns(table, rows, findings))
    explained = clips_to_explain(table, rows, columns["score"], settings)
    score = columns["score"][np.searchsorted(rows, explained)]
    table = _deciding(table, rows, columns["channel"])
    if model.features.kind in OF_ANY_LENGTH:
        reasons, maps = explain_sounds(
            table, explained, score, model, read_fitted_rows(run_path), corpus_root
        )
    else:
        reasons = explain(table, rows, columns, record, findings, settings)
        maps = attribution_maps(table, explained, score, model, corpus_root)
    reasons["evidence"] = _with_channels(table, reasons["path"], reasons["evidence"])
    write_table(folder.own / "reasons.parquet", reasons)
    if maps:
        write_arrays(folder.own / "attributions.npz", maps)
    metrics = run_figures(
        table,
        rows,
        columns,
        decisions,
        model,
        read_fitted_rows(run_path),
        settings,
        corpus_root=corpus_root,
    )
    metrics["corpus"], metrics["corpus_sha256"] = corpus["name"], corpus["sha256"]
    metrics["warnings"] = [*read_notes(run_path), *metrics["warnings"]]
    n_floored = int(columns["non_finite"].sum())
    if n_floored:
        metrics["warnings"].append(
            f"{n_floored} clips have a log-likelihood that is not finite; "
            "they count as stranger than any other"
        )
    write_json(folder.top / "metrics.json", metrics)
    return metrics


def _score(
    table: ClipTable,
    rows: np.ndarray,
    recorded_seconds: np.ndarray,
    model: TrainedModel,
    settings: Settings,
) -> dict[str, np.ndarray]:
    """Return the columns of ``TrainedModel.score`` for all rows, block by block."""
    blocks = []
    with Progress("score", len(rows), "clips") as progress:
        for start in range(0, len(rows), BLOCK):
            chosen = rows[start : start + BLOCK]
            block = model.score(table.each(chosen), recorded_seconds[chosen], settings.evaluation.alpha)
            blocks.append(block)
            progress.advance(len(chosen))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _deciding(table: ClipTable, rows: np.ndarray, channel: np.ndarray) -> ClipTable:
    """Return the table in which the channel that decided stands for its clip."""
    if table.channels is None:
        return table
    places, clip = table.channels.places(rows)
    decides = table.channels.channel[places] == channel[clip]
    return replace(
        table, deciding=dict(zip(rows[clip[decides]].tolist(), places[decides].tolist(), strict=True))
    )


def _with_channels(table: ClipTable, paths: list[str], evidence: list[str]) -> list[str]:
    """Return the evidence of clips, each with the channel that decided where there are several."""
    if table.channels is None:
        return evidence
    named = {
        str(table.path[row]): f"Its score is that of channel {table.channels.channel[place]} of "
        f"{table.channels.n_channels[place]}."
        for row, place in table.deciding.items()
    }
    return [
        " ".join(filter(None, [sentence, named.get(path, "")]))
        for path, sentence in zip(paths, evidence, strict=True)
    ]


def _findings(
    run_path: Path, table: ClipTable, rows: np.ndarray, record: QualityRecord, settings: Settings
) -> list[list[Finding]]:
    """Return what is wrong with each recording, in the order of ``rows``."""
    usual_seconds = usual_duration(run_path, settings.target)
    thresholds = settings.quality
    duplicates = find_duplicates(
        list(record.sound_sha256[rows]),
        record.sketches[rows],
        list(table.path[rows]),
        list(table.word[rows]),
        list(table.split[rows]),
        thresholds.near_duplicate_decibel,
    )
    return [
        [*find_faults(record.clip(row), usual_seconds, thresholds), *duplicates.get(number, ())]
        for number, row in enumerate(rows)
    ]


def _quality_columns(
    table: ClipTable, rows: np.ndarray, findings: list[list[Finding]]
) -> dict[str, list[Any]]:
    found = [(row, finding) for row, some in zip(rows, findings, strict=True) for finding in some]
    return {
        "path": [str(table.path[row]) for row, _ in found],
        "tag": [finding.tag for _, finding in found],
        "value": [float(finding.value) for _, finding in found],
        "threshold": [float(finding.threshold) for _, finding in found],
        "detail": [finding.detail for _, finding in found],
    }


def _write_scores(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    findings: list[list[Finding]],
    folder: StageFolder,
) -> None:
    terms = [name for name in columns if name.startswith("term_")]
    content: dict[str, list[Any]] = {
        name: list(getattr(table, name)[rows]) for name in ("path", "word", "speaker", "split")
    }
    for name in ("log_prob", "score", "p_value", "flagged"):
        content[name] = columns[name].tolist()
    broken = ["non_finite" if is_broken else "" for is_broken in columns["non_finite"]]
    content["tags"] = [
        TAG_SEPARATOR.join(filter(None, [own, joined(found)]))
        for own, found in zip(broken, findings, strict=True)
    ]
    content["fdr_listed"] = columns["fdr_listed"].tolist()
    named = ("channel",) if columns["channel"].any() else ()
    for name in (*terms, "nats_above_usual", *named):
        content[name] = columns[name].tolist()
    write_table(folder.top / "scores.parquet", content)
    write_csv(folder.top / "scores.csv", content, zip(*content.values(), strict=True))
