"""Are the baselines what their names say, at any number of features, and compared on the same clips?"""

import tracemalloc
from typing import cast

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

from models.baselines.gaussian import ShrunkGaussian
from models.baselines.neighbours import RadialSupport, TrainingClips, neighbour_score
from pipeline.detection import sampled_rows
from pipeline.evaluation import baselines
from pipeline.evaluation.baselines import baseline_figures, baseline_scores
from pipeline.evaluation.metrics import auroc
from pipeline.runs.clip_table import ClipTable

SHAPE = (6, 4)


def clips_of(n: int, size: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n, size)) * np.linspace(0.5, 4.0, size) + 3.0).astype(np.float32)


def table_of(n: int = 60, seed: int = 0) -> ClipTable:
    """``n`` clips of the target, two thirds of them for training, and 10 test clips of each of two words."""
    word = np.array(["zero"] * n + ["one"] * 10 + ["two"] * 10, object)
    split = np.array(["train" if i < 2 * n // 3 else "test" for i in range(len(word))], object)
    features = clips_of(len(word), int(np.prod(SHAPE)), seed).reshape(-1, *SHAPE)
    features[word == "one"] += 4.0
    same = np.array(["x"] * len(word), object)
    return ClipTable(
        path=same,
        word=word,
        speaker=same,
        split=split,
        status=np.array(["ok"] * len(word), object),
        reason=same,
        features=cast(np.memmap, features),
    )


def rows_of(table: ClipTable) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return table.rows("zero", "test"), {word: table.rows(word, "test") for word in ("one", "two")}


def flattened(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), -1)


def test_distances_are_those_of_standardised_vectors() -> None:
    train, fresh = clips_of(40, 12), clips_of(15, 12, seed=1)
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (fresh, train)]
    expected = ((z[0][:, None] - z[1][None]) ** 2).sum(axis=2)
    # A float32 product of vectors whose squared lengths are about 12.
    np.testing.assert_allclose(TrainingClips(train).squared_distances(fresh), expected, atol=2e-5)


def test_no_mutual_distance_is_negative_and_every_clip_is_nearest_to_itself() -> None:
    mutual = TrainingClips(clips_of(30, 8)).mutual_squared_distances()
    assert mutual.min() >= 0.0
    np.testing.assert_array_equal(mutual.argmin(axis=1), np.arange(30))


@pytest.mark.parametrize("k", [1, 5])
def test_the_neighbour_score_is_scikit_learns_distance_to_the_kth_neighbour(k: int) -> None:
    train, fresh = clips_of(40, 12), clips_of(15, 12, seed=1)
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (fresh, train)]
    expected = NearestNeighbors(n_neighbors=k).fit(z[1]).kneighbors(z[0])[0][:, -1]
    score = neighbour_score(TrainingClips(train).squared_distances(fresh), k)
    np.testing.assert_allclose(score, expected, atol=1e-4)


def test_with_fewer_clips_than_neighbours_the_farthest_counts() -> None:
    assert neighbour_score(np.array([[1.0, 9.0, 4.0]]), k=5).tolist() == [3.0]


def test_the_support_vector_machine_is_scikit_learns_with_a_radial_kernel() -> None:
    train, fresh = clips_of(40, 12), clips_of(15, 12, seed=1)
    clips = TrainingClips(train)
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (fresh, train)]
    expected = OneClassSVM(kernel="rbf", gamma=1 / 12, nu=0.1).fit(z[1]).decision_function(z[0])
    score = RadialSupport(clips, nu=0.1).score(clips.squared_distances(fresh))
    # libsvm stops at a tolerance of 1e-3 on its gradient.
    np.testing.assert_allclose(score, -expected, atol=2e-3)


def test_distances_need_two_clips() -> None:
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        TrainingClips(np.ones((1, 4)))


def test_a_clip_far_from_all_training_clips_is_strange_to_every_baseline() -> None:
    table = table_of()
    table.features[table.rows("one", "test")[0]] += 1_000.0
    rows = np.concatenate([*rows_of(table)[1].values()])
    scores = baseline_scores(table, table.rows("zero", "train"), rows, vectors=flattened)
    assert {name: int(values.argmax()) for name, values in scores.items()} == dict.fromkeys(
        ("gaussian", "knn", "ocsvm"), 0
    )


def test_a_score_does_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of()
    train, rows = table.rows("zero", "train"), np.arange(len(table.word))
    whole = baseline_scores(table, train, rows, vectors=flattened)
    monkeypatch.setattr("pipeline.evaluation.baselines.BLOCK_NUMBERS", 7 * int(np.prod(SHAPE)))
    for name, values in baseline_scores(table, train, rows, vectors=flattened).items():
        # A product of fewer rows may round otherwise.
        np.testing.assert_allclose(values, whole[name], rtol=1e-4, atol=1e-5)


def test_each_figure_is_the_auroc_of_its_scores() -> None:
    table = table_of()
    normal, others = rows_of(table)
    figures = baseline_figures(table, table.rows("zero", "train"), normal, others, flattened)
    train = table.take(table.rows("zero", "train"))
    gaussian = ShrunkGaussian(flattened(train))
    score = {w: -gaussian.log_prob(flattened(table.take(r))) for w, r in others.items()}
    own = -gaussian.log_prob(flattened(table.take(normal)))
    assert figures["gaussian"]["words"] == {word: auroc(own, score[word]) for word in others}
    for entry in figures.values():
        assert entry["macro_auroc"] == pytest.approx(np.mean(list(entry["words"].values())))
        assert entry["worst_auroc"] == min(entry["words"].values())
    assert "one" not in figures["knn"]["outranking"]


def test_a_detector_that_sees_the_features_as_they_are_adds_no_second_set() -> None:
    table = table_of()
    assert list(baseline_figures(table, table.rows("zero", "train"), *rows_of(table), flattened)) == [
        "gaussian",
        "knn",
        "ocsvm",
    ]


def test_what_a_detector_sees_instead_is_compared_too() -> None:
    """One feature of 24 tells the words apart; a detector that sees it alone has better baselines."""
    table = table_of()
    table.features[table.word == "two", 0, 0] += 40.0
    figures = baseline_figures(
        table, table.rows("zero", "train"), *rows_of(table), lambda features: features[:, 0, :1]
    )
    assert list(figures) == [
        *("gaussian", "knn", "ocsvm"),
        *(f"{n}_inputs" for n in ("gaussian", "knn", "ocsvm")),
    ]
    assert figures["gaussian_inputs"]["words"]["two"] == 1.0


def test_only_the_targets_training_clips_decide_a_baseline() -> None:
    table, other = table_of(), table_of()
    other.features[table.rows("zero", "test")[1:]] *= 3.0
    rows = table.rows("zero", "test")[:1]
    train = table.rows("zero", "train")
    before, after = (baseline_scores(t, train, rows, vectors=flattened) for t in (table, other))
    assert {name: values.tolist() for name, values in before.items()} == {
        name: values.tolist() for name, values in after.items()
    }


def test_wide_features_take_no_more_memory_than_a_few_copies_of_the_training_clips() -> None:
    train = np.random.default_rng(0).standard_normal((20, 20_000)).astype(np.float32)
    tracemalloc.start()
    clips = TrainingClips(train)
    RadialSupport(clips, nu=0.1).score(clips.squared_distances(train))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Differences between all pairs would be 20 copies, in float64 40.
    assert peak < 10 * train.nbytes


def test_of_many_clips_a_stated_sample_is_fitted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of()
    fitted = table.rows("zero", "train")
    sampled = sampled_rows(table, fitted, 12)
    expected = baseline_figures(table, sampled, *rows_of(table), flattened)
    monkeypatch.setattr(baselines, "MOST_CLIPS", 12)
    assert baseline_figures(table, fitted, *rows_of(table), flattened) == expected


def test_the_wider_the_features_the_fewer_clips_are_fitted_to() -> None:
    assert [baselines.most_for_baselines(size) for size in (1_920, 25_186, 10**9)] == [3_000, 2_664, 2]
