"""What do verdicts say about a run's ranking? The key ``review`` of ``metrics.json``.

Conventions: the list is the target's scored clips of every split under the labels of the corpus, the
strangest first, as the report shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.verdicts.agreement import agreements
from pipeline.verdicts.decisions import DISPUTED, as_labelled_in, decide
from pipeline.verdicts.fit_effect import FitEffect
from pipeline.verdicts.precision import precision_at
from pipeline.verdicts.verdict import Verdict

__all__ = ["LENGTHS", "ranked_target_clips", "review_figures"]

LENGTHS = (10, 20, 50, 100)  # clips that a person listens to in minutes, up to an hour


def ranked_target_clips(scores: Mapping[str, list[Any]], clips: Mapping[str, str], target: str) -> list[str]:
    """Return the target's scored clips as verdicts name them, the strangest first.

    Args:
        scores: columns of ``scores.parquet``.
        clips: what verdicts call each clip (``Verdict.clip``), by path.
        target: the word that is normal.
    """
    columns = zip(scores["path"], scores["word"], scores["score"], strict=True)
    found = [(score, clips.get(path, "")) for path, word, score in columns if word == target]
    return [clip for _, clip in sorted(found, key=lambda entry: -entry[0])]


def review_figures(
    ranked: Sequence[str], standing: Sequence[Verdict], target: str, effect: FitEffect
) -> dict[str, Any]:
    """Return the figures of a review.

    Args:
        ranked: the target's clips as verdicts name them, the strangest first.
        standing: verdicts on clips of this run, one of each reviewer on each clip.
        target: the word that is normal.
        effect: what the verdicts changed about the fit.
    """
    decisions = decide(standing)
    here = {
        clip: decision for clip in ranked if (decision := as_labelled_in(decisions, clip, target)) is not None
    }
    shorter = [k for k in LENGTHS if k < len(ranked)]
    lengths = shorter if len(shorter) == len(LENGTHS) else [*shorter, len(ranked)]
    return {
        "n_verdicts": len(standing),
        "n_verdicts_elsewhere": effect.n_elsewhere,
        "n_clips": len(decisions),
        "n_disputed": sum(decision.kind == DISPUTED for decision in decisions.values()),
        "reviewers": len({verdict.reviewer for verdict in standing}),
        "agreement": [{**asdict(pair), "reviewers": list(pair.reviewers)} for pair in agreements(standing)],
        "precision_at": [asdict(precision_at(ranked, here, k)) for k in lengths if k],
        "fit": {
            "n_left_out": effect.n_left,
            "n_joined": effect.n_joined,
            "n_disputed": effect.n_disputed,
        },
    }
