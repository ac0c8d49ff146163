"""The evaluate stage: how strange is every clip, and how well are other words told from the target?

Scores every usable clip with the trained detector, streaming over the feature store, and writes
``scores.parquet``, ``scores.csv`` and ``metrics.json``. A score depends on the clip alone. The
Gaussian baseline is fitted to the same features of the same training clips.
"""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.artefacts import write_json, write_table, write_text
from pipeline.calibration import n_calibration_needed
from pipeline.clip_table import ClipTable, read_clip_table
from pipeline.errors import PipelineError
from pipeline.metrics import WordMetrics, auroc, bootstrap_auroc, interval, word_metrics
from pipeline.progress import Progress
from pipeline.run import StageFolder
from pipeline.settings import Settings
from pipeline.trained import TrainedModel, read_model

__all__ = ["evaluate_model"]

BLOCK = 1024
MIN_SPEAKERS = 5


def evaluate_model(
    run_path: Path, settings: Settings, corpus: dict[str, str], folder: StageFolder
) -> dict[str, Any]:
    """Score every clip and write scores and metrics.

    Args:
        run_path: a run whose features and model are done.
        settings: of the run.
        corpus: ``name`` and ``sha256`` of the corpus.
        folder: where the stage writes.

    Returns:
        The content of ``metrics.json``.

    Raises:
        PipelineError: no word but the target has a test clip.
    """
    table = read_clip_table(run_path)
    model = read_model(run_path)
    if model.feature_shape != table.features.shape[1:]:
        raise PipelineError(
            f"the model takes features of shape {model.feature_shape}, "
            f"the store has {table.features.shape[1:]}; run `make train` again"
        )
    rows = np.flatnonzero(table.usable)
    columns = _score(table, rows, model, settings)
    baseline = _gaussian_scores(table, rows, settings)
    _write_scores(table, rows, columns, folder)
    metrics = _metrics(table, rows, columns, baseline, model, settings)
    metrics["corpus"], metrics["corpus_sha256"] = corpus["name"], corpus["sha256"]
    n_floored = int(columns["non_finite"].sum())
    if n_floored:
        metrics["warnings"].append(
            f"{n_floored} clips have a log-likelihood that is not finite; "
            "they count as stranger than any other"
        )
    write_json(folder.top / "metrics.json", metrics)
    return metrics


def _score(
    table: ClipTable, rows: np.ndarray, model: TrainedModel, settings: Settings
) -> dict[str, np.ndarray]:
    """Return the columns of ``TrainedModel.score`` for all rows, block by block."""
    blocks = []
    with Progress("score", len(rows), "clips") as progress:
        for start in range(0, len(rows), BLOCK):
            block = table.take(rows[start : start + BLOCK])
            blocks.append(model.score(block, settings.evaluation.alpha))
            progress.advance(len(block))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _gaussian_scores(table: ClipTable, rows: np.ndarray, settings: Settings) -> np.ndarray:
    """Return minus the log-likelihood of each row under a Gaussian fitted to the target's training clips."""
    from models.gaussian import ShrunkGaussian

    train = table.take(table.rows(settings.target, "train"))
    gaussian = ShrunkGaussian(train.reshape(len(train), -1))
    size = max(1, BLOCK * 1024 // train[0].size)
    blocks = [
        -gaussian.log_prob(table.take(rows[start : start + size]).reshape(-1, train[0].size))
        for start in range(0, len(rows), size)
    ]
    return np.concatenate(blocks)


def _write_scores(
    table: ClipTable, rows: np.ndarray, columns: dict[str, np.ndarray], folder: StageFolder
) -> None:
    terms = [name for name in columns if name.startswith("term_")]
    content: dict[str, list[Any]] = {
        name: list(getattr(table, name)[rows]) for name in ("path", "word", "speaker", "split")
    }
    for name in ("log_prob", "score", "p_value", "flagged"):
        content[name] = columns[name].tolist()
    content["tags"] = ["non_finite" if broken else "" for broken in columns["non_finite"]]
    for name in terms:
        content[name] = columns[name].tolist()
    write_table(folder.top / "scores.parquet", content)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(content)
    writer.writerows(zip(*content.values(), strict=True))
    write_text(folder.top / "scores.csv", text.getvalue())


def _metrics(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    baseline: np.ndarray,
    model: TrainedModel,
    settings: Settings,
) -> dict[str, Any]:
    target, evaluation = settings.target, settings.evaluation
    word, speaker = table.word[rows], table.speaker[rows]
    is_test = table.split[rows] == "test"
    normal = is_test & (word == target)
    others = {name: is_test & (word == name) for name in sorted(set(table.word)) if name != target}
    absent = [name for name, chosen in others.items() if not chosen.any()]
    others = {name: chosen for name, chosen in others.items() if chosen.any()}
    if not others:
        raise PipelineError(
            f"0 of {len(absent)} other words have a test clip, and at least 1 is needed; give other splits"
        )
    score, log_prob = columns["score"], columns["log_prob"]
    warnings = _warnings(absent, table, model, settings)
    n_speakers = len(set(speaker[normal]))
    if n_speakers < MIN_SPEAKERS:
        # Drawing from one speaker gives the same clips each time, and an interval of no width.
        speaker = table.path[rows]
        warnings.append(
            f"the target's test clips come from {n_speakers} speakers, and intervals over speakers need "
            f"{MIN_SPEAKERS}: these resample clips, and are too narrow"
        )
    resampled = bootstrap_auroc(
        score[normal],
        list(speaker[normal]),
        {name: (score[chosen], list(speaker[chosen])) for name, chosen in others.items()},
        n_resamples=evaluation.n_bootstrap,
        seed=settings.seed,
    )
    finite = ~columns["non_finite"]
    words = {
        name: word_metrics(score[normal], score[chosen], log_prob[_kept(chosen, finite)], resampled[name])
        for name, chosen in others.items()
    }
    gaussian = {name: auroc(baseline[normal], baseline[chosen]) for name, chosen in others.items()}
    mean_log_prob = float(np.mean(log_prob[_kept(normal, finite)]))
    mean_scores = {name: float(np.mean(score[_kept(chosen, finite)])) for name, chosen in others.items()}
    worst = min(words, key=lambda name: (words[name].auroc, name))
    macro = np.nanmean(np.stack(list(resampled.values())), axis=0)
    return {
        "target": target,
        "preset": settings.preset,
        "protocol": "one-class",
        "corpus": "",
        "corpus_sha256": "",
        "n_train": len(table.rows(target, "train")),
        "n_validation": len(table.rows(target, "validation")),
        "n_test_target": int(normal.sum()),
        "set_aside": int((~table.usable).sum()),
        "target_mean_log_prob": mean_log_prob,
        "words": {name: _as_json(words[name]) for name in words},
        "macro_auroc": float(np.mean([figures.auroc for figures in words.values()])),
        "macro_auroc_ci95": list(interval(macro)),
        "worst_word": worst,
        "worst_auroc": words[worst].auroc,
        "words_outranking_target": sum(
            mean < float(np.mean(score[_kept(normal, finite)])) for mean in mean_scores.values()
        ),
        "words_likelier_than_target": sum(
            figures.mean_log_prob > mean_log_prob for figures in words.values()
        ),
        "baselines": {
            "gaussian": {
                "macro_auroc": float(np.mean(list(gaussian.values()))),
                "worst_auroc": min(gaussian.values()),
                "words": gaussian,
            }
        },
        "calibration": {
            "alpha": evaluation.alpha,
            "false_alarm_rate_test": float(np.mean(columns["flagged"][normal])),
            "n_calibration": len(model.calibration),
        },
        "feature_kind": settings.features.kind,
        "n_features": int(np.prod(model.feature_shape)),
        "words_without_test_clips": absent,
        "warnings": warnings,
    }


def _kept(chosen: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """Leave clips with a density that is not finite out of a mean, where any other is left."""
    return chosen & finite if (chosen & finite).any() else chosen


def _warnings(absent: list[str], table: ClipTable, model: TrainedModel, settings: Settings) -> list[str]:
    warnings = []
    if absent:
        counts = ", ".join(f"{name} ({int((table.word == name).sum())} clips)" for name in absent)
        warnings.append(
            f"{len(absent)} words have 0 test clips and are in no ranking: {counts}; "
            "move some of their speakers to the test split"
        )
    needed = n_calibration_needed(settings.evaluation.alpha)
    if len(model.calibration) < needed:
        warnings.append(
            f"alpha={settings.evaluation.alpha:g} needs at least {needed} calibration clips, got "
            f"{len(model.calibration)}: nothing can be flagged; "
            "raise evaluation.alpha or enlarge the validation split"
        )
    return warnings


def _as_json(figures: WordMetrics) -> dict[str, Any]:
    return {
        "n": figures.n,
        "mean_log_prob": figures.mean_log_prob,
        "auroc": figures.auroc,
        "auroc_ci95": list(figures.auroc_ci95),
        "pauc_0.1": figures.partial_auroc,
        "fpr_at_95tpr": figures.fpr_at_95tpr,
    }
