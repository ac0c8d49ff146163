"""What do a Gaussian, nearest neighbours and a one-class SVM make of the same clips?

Each is fitted to the detector's own training clips alone and gives every test clip a score, higher for
stranger. They see the features of the store and, where the detector makes other vectors of these before
its main flow sees them (it warps clips, say), those vectors too, under names that end in ``_inputs``:
only the latter tell what the flow itself adds. Their two numbers are fixed, so that the figures of any
two runs compare. Cost is bounded at any number of features: the Gaussian needs one N x N decomposition,
the other two share one product of test and training vectors, and both go through blocks of clips.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from pipeline.detection import sampled_rows
from pipeline.evaluation.cross_fitted_baselines import cross_fitted_scores
from pipeline.evaluation.metrics import auroc
from pipeline.runs import ClipTable
from pipeline.terminal import Progress

__all__ = ["FitAndScore", "baseline_figures", "baseline_scores", "most_for_baselines"]

# The neighbour count of PyOD and of Goyal et al. 2020: one mislabelled training clip decides nothing.
N_NEIGHBOURS = 5
# At most a tenth of the training clips may lie outside; PyOD's contamination.
SVM_NU = 0.1
# Numbers of a block of features: 8 MB in float64, and as much for each of its products.
BLOCK_NUMBERS = 1 << 20
# Clips that baselines are fitted to: a kernel of 72 MB, and in float64 half a gigabyte of 25,186 features.
MOST_CLIPS, MOST_NUMBERS = 3_000, 1 << 26
# Float32 arithmetic on the same numbers may differ in the last digits.
SAME_TOLERANCE = 1e-6

Vectors = Callable[[np.ndarray], np.ndarray]
FitAndScore = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]


def baseline_figures(
    table: ClipTable,
    fitted: np.ndarray,
    normal: np.ndarray,
    others: Mapping[str, np.ndarray],
    inputs: Vectors,
    *,
    further: FitAndScore | None = None,
    is_cross_fitted: bool = False,
) -> dict[str, Any]:
    """Return ``metrics.json``'s ``baselines``.

    Args:
        table: the clips.
        fitted: rows that the detector was fitted to, and the baselines are.
        normal: rows of the target's test clips.
        others: rows of each other word's test clips.
        inputs: the detector's ``baseline_features``: clips [N, ...] to vectors [N, D].
        further: fits more baselines to rows and scores rows, as ``baseline_scores`` does.
        is_cross_fitted: whether the target's clips are in folds, and judged without their own.

    Returns:
        For ``gaussian``, ``knn`` and ``ocsvm``, the ``further`` ones, and where the detector's inputs are
        other vectors than the flattened features also for these names with ``_inputs``: ``macro_auroc``,
        ``worst_auroc``, the AUROC of each word under ``words``, and ``outranking``: words whose mean score
        is below the target's.
    """
    rows = np.concatenate([normal, *others.values()])
    most = most_for_baselines(table.features[0].size)

    def scored(fit_and_score: FitAndScore) -> dict[str, np.ndarray]:
        def bounded(fitted: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
            return fit_and_score(sampled_rows(table, fitted, most), rows)

        if is_cross_fitted:
            return cross_fitted_scores(table.split, fitted, rows, bounded)
        return bounded(fitted, rows)

    scores = scored(partial(baseline_scores, table, vectors=_flattened))
    if _differ(table.take(fitted[:1]), inputs):
        of_inputs = scored(partial(baseline_scores, table, vectors=inputs, title="baselines on inputs"))
        scores |= {f"{name}_inputs": values for name, values in of_inputs.items()}
    if further is not None:
        scores |= scored(further)
    ends = np.cumsum([len(normal), *(len(chosen) for chosen in others.values())])[:-1]
    figures = {}
    for name, values in scores.items():
        own, *rest = np.split(values, ends)
        words = {word: auroc(own, other) for word, other in zip(others, rest, strict=True)}
        figures[name] = {
            "macro_auroc": float(np.mean(list(words.values()))),
            "worst_auroc": min(words.values()),
            "words": words,
            "outranking": [
                word for word, other in zip(others, rest, strict=True) if other.mean() < own.mean()
            ],
        }
    return figures


def most_for_baselines(n_features: int) -> int:
    """Return how many clips of so many features baselines are fitted to at most."""
    return max(min(MOST_CLIPS, MOST_NUMBERS // n_features), 2)


def baseline_scores(
    table: ClipTable, train: np.ndarray, rows: np.ndarray, *, vectors: Vectors, title: str = "baselines"
) -> dict[str, np.ndarray]:
    """Return each baseline's scores of ``rows``, float64, higher for stranger.

    Args:
        table: the clips.
        train: rows to fit to.
        rows: rows to score.
        vectors: what the baselines see of clips [N, ...], as [N, D].
        title: what the progress shows.
    """
    from models.baselines import RadialSupport, ShrunkGaussian, TrainingClips, neighbour_score

    size = max(1, BLOCK_NUMBERS // table.features[0].size)
    blocks: dict[str, list[np.ndarray]] = {"gaussian": [], "knn": [], "ocsvm": []}
    with Progress(title, len(train) + len(rows), "clips") as progress:
        fitted_to = _vectors_of(table, train, size, vectors)
        gaussian, clips = ShrunkGaussian(fitted_to), TrainingClips(fitted_to)
        del fitted_to
        support = RadialSupport(clips, SVM_NU)
        progress.advance(len(train))
        for start in range(0, len(rows), size):
            block = vectors(table.take(rows[start : start + size]))
            distances = clips.squared_distances(block)
            blocks["gaussian"].append(-gaussian.log_prob(block))
            blocks["knn"].append(neighbour_score(distances, N_NEIGHBOURS))
            blocks["ocsvm"].append(support.score(distances))
            progress.advance(len(block))
    return {name: np.concatenate(values) for name, values in blocks.items()}


def _vectors_of(table: ClipTable, rows: np.ndarray, size: int, vectors: Vectors) -> np.ndarray:
    """Return the vectors of clips, ``size`` of which are read at once: float32 [N, D]."""
    found = np.empty((0, 0), np.float32)
    for start in range(0, len(rows), size):
        block = vectors(table.take(rows[start : start + size]))
        if not start:
            found = np.empty((len(rows), block.shape[1]), np.float32)
        found[start : start + size] = block
    return found


def _flattened(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), -1)


def _differ(clip: np.ndarray, inputs: Vectors) -> bool:
    plain, own = _flattened(clip), inputs(clip)
    return plain.shape != own.shape or not np.allclose(plain, own, rtol=SAME_TOLERANCE, atol=SAME_TOLERANCE)
