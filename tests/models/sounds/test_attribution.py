"""Do shares of numbers sum to what a score exceeds an ordinary one by, and is each the right number's?"""

from functools import partial

import numpy as np
import pytest

from models.flows import FitOptions
from models.sounds.attribution import shares, usual_differences
from models.sounds.detector import SoundDetector, surprisal
from models.sounds.local_density import LocalDensity

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
        density = detector.densities[name]
        apart = np.linalg.norm(x[:, None, first : first + size] - density.clips, axis=2)
        widths = density.widths[(apart / density.widths).argmin(axis=1)]
        ordinary = np.sqrt(usual_differences(density.clips).sum())
        total += surprisal(detector.ordinary[name], np.log(ordinary / widths)) / len(VIEWS)
        first += size
    return total


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_shares_and_the_score_of_an_ordinary_clip_sum_to_the_score(detector: SoundDetector, scale: float):
    x = np.float32(scale) * clips(30, 1)
    attributions = detector.attributions(x)
    assert attributions.shape == x.shape
    total = attributions.sum(axis=1) + ordinary_terms(detector, x)
    # The training clips are float32: a distance has seven digits.
    np.testing.assert_allclose(total, detector.score(x).score, atol=1e-5)


def test_numbers_that_were_changed_get_the_share(detector: SoundDetector):
    x = clips(20, 2)
    changed = x.copy()
    changed[:, [3, 9]] += 8.0
    more = detector.attributions(changed) - detector.attributions(x)
    assert set(more.mean(axis=0).argsort()[-2:]) == {3, 9}
    assert np.all(detector.attributions(changed)[:, [3, 9]] > 0.0)


def test_a_number_that_is_closer_than_usual_has_a_negative_share(detector: SoundDetector):
    near = detector.densities["one"].clips[:5].copy()
    near[:, 0] += 1.0
    usual = usual_differences(detector.densities["one"].clips)
    found = shares(detector.densities["one"], near, usual, partial(surprisal, detector.ordinary["one"]))
    assert np.all(found[:, 1:].sum(axis=1) < 0.0)


def test_a_clip_at_exactly_the_ordinary_distance_has_finite_shares_that_sum_to_nothing():
    density = LocalDensity(np.eye(4, dtype=np.float32))
    usual = np.full(4, 0.25)
    x = np.eye(4)[:1] + np.array([[0.5, -0.5, 0.5, 0.5]])
    found = shares(density, x, usual, lambda log_distance: log_distance)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(0.0, abs=1e-12)
