"""Which figures does a run end with?

Every figure of ``metrics.json`` is over the clips of the ``test`` split that could be scored; clips that
were set aside are counted and in no figure. A word without test clips is in no ranking and is named. The
target's own figures need no other word.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.detection import TrainedModel, auxiliary_split_of
from pipeline.embeddings import ORIGIN
from pipeline.evaluation.baselines import baseline_figures
from pipeline.evaluation.decisions import Decisions
from pipeline.evaluation.ranking import RankedClips, rank_words, term_figures
from pipeline.evaluation.typicality import typicality_figures
from pipeline.frontend import FrontEnd, scoring_settings
from pipeline.runs import ClipTable
from pipeline.settings import PRETRAINED_KINDS, FeatureSettings, Settings

__all__ = ["run_figures", "scored_table"]

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
    """
    target, evaluation = settings.target, settings.evaluation
    word, speaker = table.word[rows], table.speaker[rows]
    is_test = table.split[rows] == "test"
    normal = is_test & (word == target)
    auxiliary_split = auxiliary_split_of(set(table.word), settings)
    others = {name: is_test & (word == name) for name in auxiliary_split.held_out}
    absent = [name for name, chosen in others.items() if not chosen.any()]
    others = {name: chosen for name, chosen in others.items() if chosen.any()}
    warnings = [*_warnings(absent, table), *decisions.refusals]
    n_speakers = len(set(speaker[normal]))
    if others and n_speakers < MIN_SPEAKERS:
        # Drawing from one speaker gives the same clips each time, and an interval of no width.
        speaker = table.path[rows]
        warnings.append(
            f"the target's test clips come from {n_speakers} speakers, and intervals over speakers need "
            f"{MIN_SPEAKERS}: these resample clips, and are too narrow"
        )
    clips = RankedClips(columns=columns, speaker=speaker, normal=normal, others=others)
    ranked = rank_words(
        clips,
        n_resamples=evaluation.n_bootstrap,
        seed=settings.seed,
        baselines=lambda: baseline_figures(
            scored_table(table, settings.features),
            fitted,
            rows[normal],
            {name: rows[chosen] for name, chosen in others.items()},
            model.detector.baseline_features,
        ),
    )
    score, log_prob = columns["score"], columns["log_prob"]
    return {
        "target": target,
        "preset": settings.preset,
        "protocol": settings.protocol,
        **({"pretrained_features": ORIGIN} if settings.features.kind in PRETRAINED_KINDS else {}),
        "auxiliary_words": list(auxiliary_split.seen),
        "corpus": "",
        "corpus_sha256": "",
        "n_train": len(table.rows(target, "train")),
        "n_validation": len(table.rows(target, "validation")),
        "n_test_target": int(normal.sum()),
        "set_aside": int((~table.usable).sum()),
        "target_mean_log_prob": clips.mean("log_prob", normal),
        **ranked,
        "terms": term_figures(clips),
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


def scored_table(table: ClipTable, features: FeatureSettings) -> ClipTable:
    """Return the clips without those features that only a fit needs; they stand behind the others."""
    if table.features.ndim != 2 or not features.vector_copies:
        return table
    (n_scored,) = FrontEnd(scoring_settings(features)).shape
    return replace(table, features=table.features[:, :n_scored])


def _warnings(absent: list[str], table: ClipTable) -> list[str]:
    warnings = []
    if absent:
        counts = ", ".join(f"{name} ({int((table.word == name).sum())} clips)" for name in absent)
        warnings.append(
            f"{len(absent)} words have 0 test clips and are in no ranking: {counts}; "
            "move some of their speakers to the test split"
        )
    return warnings
