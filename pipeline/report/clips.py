"""Which clips should a person listen to first?

The strangest clips of the target (of every split, which is shown: a strange training clip is as
telling as a test clip) and the clips of other words that the model takes most for the target.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.report.media import Media, embed_clip
from pipeline.report.run_folder import Run
from pipeline.settings import Settings

__all__ = ["ClipCard", "Term", "most_target_like", "strangest_of_target"]


@dataclass(frozen=True)
class Term:
    """One part of a score.

    Attributes:
        name: of the part.
        excess: nats above what is usual for the target.
        start: left end of its bar, percent of the width; the middle is the usual value.
        length: of its bar, percent of the width.
    """

    name: str
    excess: float
    start: float
    length: float


@dataclass(frozen=True, kw_only=True)
class ClipCard:
    """One clip with everything its card shows."""

    rank: int
    path: str
    word: str
    speaker: str
    split: str
    tags: str
    score: float
    log_prob: float
    p_value: float
    flagged: bool
    terms: tuple[Term, ...]
    media: Media


def strangest_of_target(run: Run, root: Path | None, settings: Settings) -> list[ClipCard]:
    """Return cards of the target's clips with the highest scores, the strangest first."""
    chosen = np.flatnonzero((run.scores.word == run.target) & ~np.isnan(run.scores.score))
    order = chosen[np.argsort(-run.scores.score[chosen], kind="stable")]
    return _cards(run, order[: settings.report.n_strangest], root, settings)


def most_target_like(run: Run, root: Path | None, settings: Settings) -> list[ClipCard]:
    """Return cards of the other words' clips with the lowest scores, the most target-like first."""
    chosen = np.flatnonzero((run.scores.word != run.target) & ~np.isnan(run.scores.score))
    order = chosen[np.argsort(run.scores.score[chosen], kind="stable")]
    return _cards(run, order[: settings.report.n_target_like], root, settings)


def _cards(run: Run, rows: np.ndarray, root: Path | None, settings: Settings) -> list[ClipCard]:
    scores = run.scores
    usual = {term: _usual(run, values) for term, values in scores.terms.items()}
    excesses = {term: values - usual[term] for term, values in scores.terms.items()}
    widest = _widest([values[rows][~_is_floored(run)[rows]] for values in excesses.values()])
    return [
        ClipCard(
            rank=rank,
            path=str(scores.path[row]),
            word=str(scores.word[row]),
            speaker=str(scores.speaker[row] or ""),
            split=str(scores.split[row]),
            tags=str(scores.tags[row]),
            score=float(scores.score[row]),
            log_prob=float(scores.log_prob[row]),
            p_value=float(scores.p_value[row]),
            flagged=bool(scores.flagged[row]),
            terms=tuple(_term(term, float(values[row]), widest) for term, values in excesses.items()),
            media=embed_clip(
                root,
                str(scores.path[row]),
                sha256=run.digests.get(str(scores.path[row])) or "",
                sample_rate=settings.features.sample_rate,
                duration_seconds=settings.features.duration_seconds,
            ),
        )
        for rank, row in enumerate(rows.tolist(), start=1)
    ]


def _is_floored(run: Run) -> np.ndarray:
    return np.array(["non_finite" in tags for tags in run.scores.tags.tolist()], dtype=bool)


def _widest(excesses: list[np.ndarray]) -> float:
    """Return the excess that fills half a bar: nearly the largest, so that one far clip hides no other."""
    sizes = np.abs(np.concatenate(excesses)) if excesses else np.zeros(0)
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, 0.95)) if sizes.size else 0.0


def _usual(run: Run, values: np.ndarray) -> float:
    """Return the mean of a term over the target's test clips; means of terms sum to the mean score.

    Clips whose likelihood is not finite hold a placeholder, which would outweigh all others.
    """
    of_target = values[(run.scores.word == run.target) & (run.scores.split == "test") & ~_is_floored(run)]
    defined = of_target[np.isfinite(of_target)]
    return float(defined.mean()) if defined.size else 0.0


def _term(name: str, excess: float, widest: float) -> Term:
    share = 50 * min(abs(excess) / widest, 1.0) if widest and np.isfinite(excess) else 0.0
    return Term(name.replace("_", " "), excess, 50.0 if excess >= 0 else 50.0 - share, share)
