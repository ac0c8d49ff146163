"""Which figures does a run end with?

Every figure of ``metrics.json`` is over the clips of the ``test`` split that could be scored; clips that
were set aside are counted and in no figure. A word without test clips is in no ranking and is named. The
target's own figures need no other word. Where a run is cross-fitted the target's clips are in folds, and each
is a test clip with the score of a model that was not fitted to its recording: ``n_test_target`` counts them,
``n_train`` the clips that the kept model is fitted to, which are the same ones, and ``n_validation`` is 0.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.detection import TrainedModel, auxiliary_split_of, sampling_notes
from pipeline.embeddings import ORIGIN
from pipeline.evaluation.baselines import FitAndScore, baseline_figures, most_for_baselines
from pipeline.evaluation.decisions import Decisions
from pipeline.evaluation.ranking import RankedClips, rank_words, term_figures
from pipeline.evaluation.sound_baselines import SoundBaselines
from pipeline.evaluation.typicality import typicality_figures
from pipeline.frontend import OF_ANY_LENGTH, FrontEnd, scoring_settings
from pipeline.runs import UNLABELLED, ClipTable, is_judged
from pipeline.settings import PRETRAINED_KINDS, FeatureSettings, Settings

__all__ = ["run_figures", "scored_table"]

MIN_SPEAKERS = 5
CROSS_FITTED = ", cross-fitted"  # beside the name of the protocol


def run_figures(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    decisions: Decisions,
    model: TrainedModel,
    fitted: np.ndarray,
    settings: Settings,
    *,
    corpus_root: Path,
    sampled_from: int | None = None,
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
        corpus_root: where the recordings are, for baselines that hear them again.
        sampled_from: training clips of the target, where ``fitted`` are a sample of them.
    """
    target, evaluation, crossed = settings.target, settings.evaluation, model.cross_fitted
    word, speaker = table.word[rows], table.speaker[rows]
    is_test = is_judged(table.split[rows])
    normal = is_test & (word == target)
    auxiliary_split = auxiliary_split_of(set(table.word), settings)
    others = {name: is_test & (word == name) for name in auxiliary_split.held_out}
    # Clips of which nobody says whether they are normal are in no ranking, and miss none.
    unlabelled = set(table.word[table.split == UNLABELLED])
    absent = [name for name, chosen in others.items() if not chosen.any() and name not in unlabelled]
    others = {name: chosen for name, chosen in others.items() if chosen.any()}
    warnings = [*_warnings(absent, table), *decisions.refusals]
    scored = scored_table(table, settings.features)
    warnings += sampling_notes(target, len(fitted), sampled_from or len(fitted))
    bound = most_for_baselines(scored.features[0].size)
    if others and len(fitted) > bound:
        warnings.append(
            f"the simpler detectors beside this one are fitted to {bound:,} of its {len(fitted):,} clips, a "
            "sample spread over speakers: their cost grows with the square of their clips"
        )
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
            scored,
            fitted,
            rows[normal],
            {name: rows[chosen] for name, chosen in others.items()},
            model.detector.baseline_features,
            further=_sound_baselines(table, corpus_root, settings),
            is_cross_fitted=crossed is not None,
        ),
    )
    score, log_prob = columns["score"], columns["log_prob"]
    # Clips that the kept model was neither fitted to nor tested on: those of the folds, where there are some.
    reference = normal if crossed else (word == target) & (table.split[rows] == "validation")
    return {
        "target": target,
        "preset": settings.preset,
        "protocol": settings.protocol + (CROSS_FITTED if crossed else ""),
        **({"pretrained_features": ORIGIN} if settings.features.kind in PRETRAINED_KINDS else {}),
        "cross_fitting": None
        if crossed is None
        else {**crossed.as_json(), "flag_rate_bound": crossed.flag_rate_bound(evaluation.alpha)},
        "auxiliary_words": list(auxiliary_split.seen),
        "corpus": "",
        "corpus_sha256": "",
        "n_train": len(fitted) if crossed or sampled_from else len(table.rows(target, "train")),
        **({"sampled_from": sampled_from} if sampled_from else {}),
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
            log_prob[reference],
            settings.seed,
        ),
        "calibration": decisions.figures,
        "feature_kind": settings.features.kind,
        "noun": "class" if settings.features.kind in OF_ANY_LENGTH else "word",
        "n_features": int(np.prod(model.feature_shape)),
        "words_without_test_clips": absent,
        "warnings": warnings,
    }


def _sound_baselines(table: ClipTable, corpus_root: Path, settings: Settings) -> FitAndScore | None:
    """Return what fits the baselines of machine listening and scores by them, for a detector of sounds."""
    if settings.features.kind != "statistics" or not settings.evaluation.sound_baselines:
        return None
    return lambda fitted, rows: SoundBaselines(table, fitted, corpus_root, settings).scores(rows)


def scored_table(table: ClipTable, features: FeatureSettings) -> ClipTable:
    """Return the clips without those features that only a fit needs; they stand behind the others."""
    if table.features.ndim != 2 or not (features.vector_copies or features.noise_sha256):
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
