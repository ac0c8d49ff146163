"""Which figures does a run end with?

Every figure of ``metrics.json`` is over the clips of the ``test`` split that could be scored; clips that
were set aside are counted and in no figure. A word without test clips is in no ranking and is named.
"""

from typing import Any

import numpy as np

from pipeline.detection import TrainedModel, auxiliary_split_of
from pipeline.errors import PipelineError
from pipeline.evaluation.baselines import baseline_figures
from pipeline.evaluation.decisions import Decisions
from pipeline.evaluation.metrics import WordMetrics, auroc, bootstrap_auroc, interval, word_metrics
from pipeline.evaluation.typicality import typicality_figures
from pipeline.runs import ClipTable
from pipeline.settings import Settings
from pipeline.terminal import Progress

__all__ = ["run_figures"]

MIN_SPEAKERS = 5


def run_figures(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    decisions: Decisions,
    model: TrainedModel,
    fitted: np.ndarray,
    settings: Settings,
) -> dict[str, Any]:
    """Return the content of ``metrics.json``, but for the corpus's name and digest.

    Args:
        table: the clips.
        rows: those that were scored [N].
        columns: ``TrainedModel.score``'s columns of each.
        decisions: about each.
        model: the trained detector.
        fitted: rows that it was fitted to.
        settings: of the run.

    Raises:
        PipelineError: no word but the target has a test clip.
    """
    target, evaluation = settings.target, settings.evaluation
    word, speaker = table.word[rows], table.speaker[rows]
    is_test = table.split[rows] == "test"
    normal = is_test & (word == target)
    auxiliary_split = auxiliary_split_of(set(table.word), settings)
    others = {name: is_test & (word == name) for name in auxiliary_split.held_out}
    absent = [name for name, chosen in others.items() if not chosen.any()]
    others = {name: chosen for name, chosen in others.items() if chosen.any()}
    if not others:
        raise PipelineError(
            f"0 of {len(absent)} other words have a test clip, and at least 1 is needed; give other splits"
        )
    score, log_prob = columns["score"], columns["log_prob"]
    warnings = [*_warnings(absent, table), *decisions.refusals]
    n_speakers = len(set(speaker[normal]))
    if n_speakers < MIN_SPEAKERS:
        # Drawing from one speaker gives the same clips each time, and an interval of no width.
        speaker = table.path[rows]
        warnings.append(
            f"the target's test clips come from {n_speakers} speakers, and intervals over speakers need "
            f"{MIN_SPEAKERS}: these resample clips, and are too narrow"
        )
    with Progress("resample speakers", len(others), "words") as progress:
        resampled = bootstrap_auroc(
            score[normal],
            list(speaker[normal]),
            {name: (score[chosen], list(speaker[chosen])) for name, chosen in others.items()},
            n_resamples=evaluation.n_bootstrap,
            seed=settings.seed,
            advance=progress.advance,
        )
    finite = ~columns["non_finite"]
    words = {
        name: word_metrics(score[normal], score[chosen], log_prob[_kept(chosen, finite)], resampled[name])
        for name, chosen in others.items()
    }
    baselines = baseline_figures(
        table,
        fitted,
        rows[normal],
        {name: rows[chosen] for name, chosen in others.items()},
        model.detector.baseline_features,
    )
    mean_log_prob = float(np.mean(log_prob[_kept(normal, finite)]))
    mean_scores = {name: float(np.mean(score[_kept(chosen, finite)])) for name, chosen in others.items()}
    worst = min(words, key=lambda name: (words[name].auroc, name))
    macro = np.nanmean(np.stack(list(resampled.values())), axis=0)
    return {
        "target": target,
        "preset": settings.preset,
        "protocol": settings.training.protocol,
        "auxiliary_words": list(auxiliary_split.seen),
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
        "baselines": baselines,
        "terms": _term_figures(columns, normal, others),
        "typicality": typicality_figures(
            model,
            score[normal],
            log_prob[normal],
            log_prob[(word == target) & (table.split[rows] == "validation")],
            settings.seed,
        ),
        "calibration": decisions.figures,
        "feature_kind": settings.features.kind,
        "n_features": int(np.prod(model.feature_shape)),
        "words_without_test_clips": absent,
        "warnings": warnings,
    }


def _term_figures(
    columns: dict[str, np.ndarray], normal: np.ndarray, others: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Return what each term of the score ranks by itself, and its spread over the target's test clips."""
    figures = {}
    for name, values in columns.items():
        if name.startswith("term_"):
            aurocs = [auroc(values[normal], values[chosen]) for chosen in others.values()]
            figures[name.removeprefix("term_")] = {
                "macro_auroc": float(np.mean(aurocs)),
                "worst_auroc": float(min(aurocs)),
                "spread": float(np.std(values[normal])),
            }
    return figures


def _kept(chosen: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """Leave clips with a density that is not finite out of a mean, where any other is left."""
    return chosen & finite if (chosen & finite).any() else chosen


def _warnings(absent: list[str], table: ClipTable) -> list[str]:
    warnings = []
    if absent:
        counts = ", ".join(f"{name} ({int((table.word == name).sum())} clips)" for name in absent)
        warnings.append(
            f"{len(absent)} words have 0 test clips and are in no ranking: {counts}; "
            "move some of their speakers to the test split"
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
