"""Do shares of numbers sum to what a score exceeds an ordinary one by, and is each the right number's?"""

from functools import partial

import numpy as np
import pytest

from models.flows import FitOptions
from models.sounds.attribution import shares, usual_differences
from models.sounds.detector import WEIGHTS, SoundDetector, surprisal
from models.sounds.view_distances import ViewDistances

VIEWS = {"one": 6, "two": 10}
SIZE = sum(VIEWS.values())


def clips(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, SIZE)).astype(np.float32)


@pytest.fixture(scope="module")
def detector() -> SoundDetector:
    made = SoundDetector(VIEWS, n_folds=5, seed=0)
    made.fit(clips(60, 0), clips(4, 9), FitOptions(), monitored={}, on_epoch=lambda epoch: None)
    return made


def ordinary_terms(detector: SoundDetector, x: np.ndarray) -> np.ndarray:
    """The score of clips at an ordinary distance from the training clips that are nearest to ``x``."""
    total, first = np.zeros(len(x)), 0
    for name, size in VIEWS.items():
        distances = detector.distances[name]
        for measure, weight in enumerate(WEIGHTS):
            density = distances.densities[measure]
            points = distances.points(x[:, first : first + size], measure)
            apart = np.linalg.norm(points[:, None] - density.clips, axis=2)
            widths = density.widths[(apart / density.widths).argmin(axis=1)]
            ordinary = np.sqrt(usual_differences(distances, measure).sum())
            found = surprisal(detector.ordinary[name][measure], np.log(ordinary / widths))
            total += weight * found / (sum(WEIGHTS) * len(VIEWS))
        first += size
    return total


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_shares_and_the_score_of_an_ordinary_clip_sum_to_the_score(detector: SoundDetector, scale: float):
    x = np.float32(scale) * clips(30, 1)
    attributions = detector.attributions(x)
    assert attributions.shape == x.shape
    total = attributions.sum(axis=1) + ordinary_terms(detector, x)
    # Vectors are float32: a distance has seven digits.
    np.testing.assert_allclose(total, detector.score(x).score, atol=1e-5)


def test_numbers_that_were_changed_get_the_share(detector: SoundDetector):
    x = clips(20, 2)
    changed = x.copy()
    changed[:, [3, 9]] += 8.0
    more = detector.attributions(changed) - detector.attributions(x)
    assert set(more.mean(axis=0).argsort()[-2:]) == {3, 9}
    assert np.all(detector.attributions(changed)[:, [3, 9]] > 0.0)


@pytest.mark.parametrize("measure", [0, 1])
def test_parts_sum_to_the_squared_distance(detector: SoundDetector, measure: int) -> None:
    distances = detector.distances["two"]
    x, y = clips(5, 3)[:, 6:], clips(5, 4)[:, 6:]
    expected = np.linalg.norm(distances.points(x, measure) - distances.points(y, measure), axis=1) ** 2
    parts = distances.parts(x.astype(np.float64) - y, measure)
    np.testing.assert_allclose(parts.sum(axis=1), expected, rtol=1e-5)


def test_a_number_that_is_closer_than_usual_has_a_negative_share(detector: SoundDetector):
    distances = detector.distances["one"]
    near = distances.density.clips[:5].copy()
    near[:, 0] += 1.0
    usual = usual_differences(distances, 0)
    found = shares(distances, 0, near, usual, partial(surprisal, detector.ordinary["one"][0]))
    assert np.all(found[:, 1:].sum(axis=1) < 0.0)


def test_a_clip_at_exactly_the_ordinary_distance_has_finite_shares_that_sum_to_nothing():
    distances = ViewDistances(np.eye(4, dtype=np.float32))
    usual = np.full(4, 0.25)
    x = np.eye(4)[:1] + np.array([[0.5, -0.5, 0.5, 0.5]])
    found = shares(distances, 0, x, usual, lambda log_distance: log_distance)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(0.0, abs=1e-12)
