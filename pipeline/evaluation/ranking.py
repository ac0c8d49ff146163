"""How well are the clips of other classes told from the target's?

Every figure is over test clips, the target's as normal; see ``pipeline.evaluation.metrics`` for the sides.
Where no other class has a test clip there is nothing to rank: areas and their intervals are None, and counts
are 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.evaluation.metrics import (
    WordMetrics,
    auroc,
    auroc_interval,
    bootstrap_wins,
    fpr_at_tpr,
    won_share,
    word_metrics,
)
from pipeline.runs import FEW_CLIPS
from pipeline.terminal import Progress

__all__ = ["RankedClips", "rank_words", "term_figures"]


@dataclass(frozen=True, kw_only=True)
class RankedClips:
    """Scored clips, and which of them are ranked.

    Attributes:
        columns: ``TrainedModel.score``'s columns of each clip [N].
        speaker: who is drawn in a resample, of each [N].
        normal: the target's test clips, bool [N].
        others: the test clips of each other class that has some, bool [N].
    """

    columns: dict[str, np.ndarray]
    speaker: np.ndarray
    normal: np.ndarray
    others: dict[str, np.ndarray]

    def defined(self, name: str, chosen: np.ndarray) -> np.ndarray:
        """Return a column without clips of a density that is not finite, where any other is left."""
        finite = chosen & ~self.columns["non_finite"]
        return np.asarray(self.columns[name][finite if finite.any() else chosen])

    def mean(self, name: str, chosen: np.ndarray) -> float:
        """Return the mean of ``defined``."""
        return float(np.mean(self.defined(name, chosen)))


def rank_words(
    clips: RankedClips, *, n_resamples: int, seed: int, baselines: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return the figures of ``metrics.json`` that need another class, ``pooled_auroc`` and the like last.

    Args:
        clips: what is ranked.
        n_resamples: of speakers, for intervals.
        seed: of the resampling.
        baselines: gives ``baselines``; not asked where there is no other class.
    """
    if not clips.others:
        return _nothing_to_rank()
    score, normal, others = clips.columns["score"], clips.normal, clips.others
    with Progress("resample speakers", len(others), "words") as progress:
        wins = bootstrap_wins(
            score[normal],
            list(clips.speaker[normal]),
            {name: (score[chosen], list(clips.speaker[chosen])) for name, chosen in others.items()},
            n_resamples=n_resamples,
            seed=seed,
            advance=progress.advance,
        )
    resampled = {name: won_share(*of_word) for name, of_word in wins.items()}
    words = {
        name: word_metrics(score[normal], score[chosen], clips.defined("log_prob", chosen), resampled[name])
        for name, chosen in others.items()
    }
    target_score, target_log_prob = clips.mean("score", normal), clips.mean("log_prob", normal)
    worst = min(words, key=lambda name: (words[name].auroc, name))
    well_tested = [figures.auroc for figures in words.values() if figures.n >= FEW_CLIPS]
    pooled = score[np.any(list(others.values()), axis=0)]
    drawn = np.stack(list(resampled.values()))
    # A few clips of few speakers: in some resamplings no clip of any other word is drawn.
    drawn = drawn[:, np.isfinite(drawn).any(axis=0)]
    counted = {"n_normal": int(normal.sum()), "n_other": len(pooled)}
    macro, of_all = (
        float(np.mean([figures.auroc for figures in words.values()])),
        auroc(score[normal], pooled),
    )
    all_won = won_share(*np.sum(list(wins.values()), axis=0))
    return {
        "words": {name: _as_json(words[name]) for name in words},
        "macro_auroc": macro,
        "macro_auroc_ci95": list(auroc_interval(macro, np.nanmean(drawn, axis=0), **counted)),
        "worst_word": worst,
        "worst_auroc": words[worst].auroc,
        "words_outranking_target": sum(
            clips.mean("score", chosen) < target_score for chosen in others.values()
        ),
        "words_likelier_than_target": sum(
            figures.mean_log_prob > target_log_prob for figures in words.values()
        ),
        "baselines": {name: entry | _pooled(entry, words) for name, entry in baselines().items()},
        "pooled_auroc": of_all,
        "pooled_auroc_ci95": list(auroc_interval(of_all, all_won, **counted)),
        "macro_auroc_min10": float(np.mean(well_tested)) if well_tested else None,
        "pooled_fpr_at_95tpr": fpr_at_tpr(score[normal], pooled),
    }


def _pooled(entry: dict[str, Any], words: dict[str, WordMetrics]) -> dict[str, float]:
    """Return a baseline's AUROC over all clips: the mean over words, each counted by its clips."""
    areas = [entry["words"][name] for name in words]
    return {"pooled_auroc": float(np.average(areas, weights=[figures.n for figures in words.values()]))}


def _nothing_to_rank() -> dict[str, Any]:
    return {
        "words": {},
        "macro_auroc": None,
        "macro_auroc_ci95": None,
        "worst_word": None,
        "worst_auroc": None,
        "words_outranking_target": 0,
        "words_likelier_than_target": 0,
        "baselines": {},
        "pooled_auroc": None,
        "pooled_auroc_ci95": None,
        "macro_auroc_min10": None,
        "pooled_fpr_at_95tpr": None,
    }


def term_figures(clips: RankedClips) -> dict[str, dict[str, float | None]]:
    """Return what each term of the score ranks by itself, and its spread over the target's test clips."""
    figures: dict[str, dict[str, float | None]] = {}
    for name, values in clips.columns.items():
        if name.startswith("term_"):
            aurocs = [auroc(values[clips.normal], values[chosen]) for chosen in clips.others.values()]
            figures[name.removeprefix("term_")] = {
                "macro_auroc": float(np.mean(aurocs)) if aurocs else None,
                "worst_auroc": float(min(aurocs)) if aurocs else None,
                "spread": float(np.std(values[clips.normal])),
            }
    return figures


def _as_json(figures: WordMetrics) -> dict[str, Any]:
    return {
        "n": figures.n,
        "mean_log_prob": figures.mean_log_prob,
        "auroc": figures.auroc,
        "auroc_ci95": list(figures.auroc_ci95),
        "pauc_0.1": figures.partial_auroc,
        "fpr_at_95tpr": figures.fpr_at_95tpr,
    }
