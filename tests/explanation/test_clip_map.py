"""Is the map of clips that of the detector's own space, the same each time, and bounded?"""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.explanation.clip_map import BLOCK, map_clips
from pipeline.runs import ClipTable

N, SIZE = 1_300, 6
Vectors = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def table() -> ClipTable:
    """Clips whose first number has ten times, and whose second has three times the spread of the others."""
    features = np.random.default_rng(0).normal(size=(N, SIZE)).astype(np.float32)
    features[:, 1] += 2.0 * features[:, 0]  # varies with the first: together they are the first component
    features[:, 3] += features[:, 2]
    texts = {name: np.array([f"{name}{n}" for n in range(N)], object) for name in ("path", "speaker")}
    same = {name: np.array([name] * N, object) for name in ("word", "split", "reason")}
    return ClipTable(**texts, **same, status=np.array(["ok"] * N, object), features=features)


def _vectors(features: np.ndarray) -> np.ndarray:
    return features


def test_the_axes_are_the_principal_components_the_larger_first(table: ClipTable) -> None:
    found = map_clips(table, np.arange(N), np.arange(0), _vectors, seed=0)
    assert found is not None
    scaled = (table.features - table.features.mean(axis=0)) / table.features.std(axis=0)
    values, directions = np.linalg.eigh(np.cov(scaled.T.astype(np.float64)))
    for axis in (0, 1):
        expected = scaled @ directions[:, -1 - axis]
        assert abs(np.corrcoef(expected, found.places[:, axis])[0, 1]) == pytest.approx(1.0, abs=1e-4)
        assert found.shares[axis] == pytest.approx(values[-1 - axis] / values.sum(), abs=1e-4)
    assert found.places[:, 0].std() == pytest.approx(1.0, abs=1e-2)


def test_the_largest_weight_of_an_axis_is_positive(table: ClipTable) -> None:
    found = map_clips(table, np.arange(N), np.arange(0), _vectors, seed=0)
    turned = map_clips(table, np.arange(N), np.arange(0), lambda features: -features, seed=0)
    assert found is not None and turned is not None
    # Turned round, the same clips have the same components with the same signs, and opposite places.
    np.testing.assert_allclose(turned.places, -found.places, atol=2e-3)


def test_the_same_clips_give_the_same_map_and_blocks_do_not_matter(
    table: ClipTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = map_clips(table, np.arange(N), np.arange(0), _vectors, seed=0)
    monkeypatch.setattr("pipeline.explanation.clip_map.BLOCK", 100)
    second = map_clips(table, np.arange(N), np.arange(0), _vectors, seed=0)
    assert first is not None and second is not None
    assert first.places.tobytes() == second.places.tobytes()


def test_of_many_clips_the_listed_ones_and_a_sample_by_the_seed_are_mapped(table: ClipTable) -> None:
    listed = np.array([7, 900, 1_299])
    maps = [map_clips(table, np.arange(N), listed, _vectors, seed=seed, most=50) for seed in (0, 0, 1)]
    rows = [found.rows.tolist() for found in maps if found is not None]
    assert [len(each) for each in rows] == [50, 50, 50]
    assert all(set(listed.tolist()) <= set(each) for each in rows)
    assert rows[0] == rows[1] != rows[2]


def test_no_more_clips_than_a_block_are_read_at_once_and_few_are_fitted_to(
    table: ClipTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def counted(features: np.ndarray) -> np.ndarray:
        sizes.append(len(features))
        return features

    monkeypatch.setattr("pipeline.explanation.clip_map.MOST_NUMBERS", 100 * SIZE)
    found = map_clips(table, np.arange(N), np.arange(0), counted, seed=0)
    assert found is not None
    assert (found.n_fitted, len(found.rows), max(sizes)) == (100, N, BLOCK)


def test_two_clips_have_no_map(table: ClipTable) -> None:
    assert map_clips(table, np.arange(2), np.arange(0), _vectors, seed=0) is None


def test_vectors_that_do_not_vary_have_no_map(table: ClipTable) -> None:
    assert map_clips(table, np.arange(9), np.arange(0), lambda each: np.ones((len(each), 2)), seed=0) is None


def test_a_single_number_lies_on_the_first_axis(table: ClipTable) -> None:
    found = map_clips(table, np.arange(9), np.arange(0), lambda each: each[:, :1], seed=0)
    assert found is not None
    assert (found.shares, found.places[:, 1].any()) == ((pytest.approx(1.0), 0.0), False)
