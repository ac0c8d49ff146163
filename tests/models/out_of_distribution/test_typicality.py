"""Is typicality the distance from the entropy, and does it find what the likelihood cannot?"""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.out_of_distribution import Likelihood, Typicality
from tests.models.out_of_distribution.densities import StandardNormal, affine_flow, normal_rows

SIZE = 100
REFERENCE, USUAL = normal_rows(2_000, SIZE, seed=0), normal_rows(300, SIZE, seed=1)
NEAR_THE_MEAN = 0.1 * normal_rows(300, SIZE, seed=2)


def area(usual: np.ndarray, elsewhere: np.ndarray) -> float:
    is_elsewhere = np.repeat([0, 1], [len(usual), len(elsewhere)])
    return float(roc_auc_score(is_elsewhere, np.concatenate([usual, elsewhere])))


def test_the_entropy_of_a_standard_normal_is_its_closed_form() -> None:
    found = Typicality(StandardNormal(SIZE), REFERENCE).entropy
    exact = 0.5 * SIZE * (1.0 + np.log(2.0 * np.pi))
    # Minus the log-density has a deviation of sqrt(D / 2): four standard errors of 2,000 rows.
    assert found == pytest.approx(exact, abs=4.0 * np.sqrt(SIZE / 2 / len(REFERENCE)))


def test_the_typicality_of_a_standard_normal_depends_on_the_length_of_a_row_alone() -> None:
    typicality = Typicality(StandardNormal(SIZE), REFERENCE)
    usual_square = np.mean(np.sum(REFERENCE**2, axis=1))
    expected = 0.5 * np.abs(np.sum(USUAL**2, axis=1) - usual_square)
    assert np.allclose(typicality.score(USUAL), expected, atol=1e-9)


def test_rows_near_the_mean_of_100_dimensions_are_found_by_typicality_and_not_by_likelihood() -> None:
    flow = affine_flow(REFERENCE)
    likelihood, typicality = Likelihood(flow), Typicality(flow, REFERENCE)
    assert area(likelihood.score(USUAL), likelihood.score(NEAR_THE_MEAN)) == 0.0
    assert area(typicality.score(USUAL), typicality.score(NEAR_THE_MEAN)) == 1.0


def test_a_batch_is_judged_by_its_mean() -> None:
    typicality = Typicality(StandardNormal(SIZE), REFERENCE)
    mean = Likelihood(StandardNormal(SIZE)).score(USUAL).mean()
    assert typicality.batch_score(USUAL) == pytest.approx(abs(mean - typicality.entropy))
    assert typicality.batch_score(USUAL[:1]) == pytest.approx(typicality.score(USUAL[:1])[0])


def test_a_batch_shows_a_difference_that_its_rows_do_not() -> None:
    typicality = Typicality(StandardNormal(SIZE), REFERENCE)
    validation, wider = normal_rows(1_000, SIZE, seed=3), 1.05 * USUAL
    alone, together = (typicality.threshold(validation, size) for size in (1, 100))
    assert np.mean(typicality.score(wider) > alone) < 0.2
    assert typicality.batch_score(wider[:100]) > together
    assert typicality.batch_score(USUAL[:100]) < together


def test_the_threshold_holds_its_level_on_fresh_batches() -> None:
    typicality = Typicality(StandardNormal(SIZE), REFERENCE)
    threshold = typicality.threshold(normal_rows(2_000, SIZE, seed=4), 10, level=0.9)
    fresh = normal_rows(4_000, SIZE, seed=5).reshape(400, 10, SIZE)
    share = np.mean([typicality.batch_score(batch) < threshold for batch in fresh])
    assert share == pytest.approx(0.9, abs=0.06)  # 400 batches: four standard errors


def test_reference_rows_that_are_impossible_are_refused_and_counted() -> None:
    rows = REFERENCE.copy()
    rows[:3] = np.inf
    with pytest.raises(ValueError, match="3 of 2000 reference rows have no finite log-density"):
        Typicality(StandardNormal(SIZE), rows)


@pytest.mark.parametrize(("size", "level"), [(0, 0.9), (5, 1.0)])
def test_a_threshold_of_no_batch_or_no_level_is_refused(size: int, level: float) -> None:
    with pytest.raises(ValueError, match=f"batch_size={size} must be at least 1, and level={level}"):
        Typicality(StandardNormal(SIZE), REFERENCE).threshold(USUAL, size, level=level)
