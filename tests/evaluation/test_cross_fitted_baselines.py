"""Is no baseline of a cross-fitted run fitted to the clips that it judges?"""

from functools import partial

import numpy as np
import pytest

from pipeline.evaluation.baselines import baseline_scores
from pipeline.evaluation.cross_fitted_baselines import N_FITS, cross_fitted_scores
from pipeline.runs.clip_table import ClipTable

N_OWN, N_OTHER = 24, 6


def flattened(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), -1)


@pytest.fixture
def table() -> ClipTable:
    """Two clips of each of twelve recordings, each a fold, and six clips of another class."""
    n = N_OWN + N_OTHER
    own = np.arange(n) < N_OWN
    features = np.random.default_rng(0).normal(size=(n, 5)).astype(np.float32)
    features[~own] += 4.0
    text = np.array([str(i) for i in range(n)], object)
    return ClipTable(
        path=text,
        word=np.where(own, "normal", "broken").astype(object),
        speaker=text,
        split=np.where(own, [f"fold_{i // 2}" for i in range(n)], "test").astype(object),
        status=np.array(["ok"] * n, object),
        reason=np.array([""] * n, object),
        features=features,
    )


def test_few_fits_judge_each_clip_without_its_fold(table: ClipTable) -> None:
    fits: list[tuple[set[int], set[int]]] = []

    def noted(train: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        fits.append((set(train.tolist()), set(rows.tolist())))
        return {"size": rows + 100.0 * len(fits)}

    rows = np.arange(N_OWN + N_OTHER)[::-1].copy()
    found = cross_fitted_scores(table.split, table.rows("normal"), rows, noted)["size"]
    assert len(fits) == N_FITS
    assert not any(train & judged for train, judged in fits)
    assert set.union(*(judged for _, judged in fits)) == set(rows.tolist())
    # A clip of another class has the mean of 100 to 500 beside its row; one of the target has one of these.
    assert found[:N_OTHER] == pytest.approx(rows[:N_OTHER] + 300.0)
    assert set(found[N_OTHER:] - rows[N_OTHER:]) == {100.0, 200.0, 300.0, 400.0, 500.0}


def test_neighbours_that_have_heard_a_clip_would_flatter_themselves(table: ClipTable) -> None:
    own = table.rows("normal")
    heard = baseline_scores(table, own, own, vectors=flattened)["knn"]
    fair = cross_fitted_scores(table.split, own, own, partial(baseline_scores, table, vectors=flattened))[
        "knn"
    ]
    assert heard.mean() < fair.mean()
