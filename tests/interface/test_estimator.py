"""Does the estimator keep the promises of scikit-learn, and its threshold those of calibration?

The checks of scikit-learn fit tables of random numbers, whose rows are too short to be sounds. Here each row
becomes a sound of a second, as many tones as it has numbers; all else is the estimator's own.
"""

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from pipeline import AnomalyDetector, load_run

RATE = 1_000
SETTINGS = {"features.n_workers": 1, "training.cross_fit_folds": 3}
# Of scikit-learn's checks; each would need a library or a switch that is not here.
SKIPPED = {"check_array_api_input", "check_classifier_data_not_an_array"}


def tones(levels: np.ndarray) -> np.ndarray:
    """A second of faint noise, the same each time, and a tone for each number: float32 [RATE]."""
    time = np.arange(RATE) / RATE
    hertz = 40 + 420 * (np.arange(len(levels)) + 0.5) / len(levels)
    noise = 0.01 * np.random.default_rng(0).standard_normal(RATE)
    amplitude = 0.02 * np.exp(np.sin(levels.astype(np.float64)))
    return (noise + amplitude @ np.sin(2 * np.pi * hertz[:, None] * time)).astype(np.float32)


class OfNumbers(AnomalyDetector):
    """The estimator, of rows that are levels of tones."""

    def _clips(self, X: Any, *, reset: bool) -> list[np.ndarray]:
        return [tones(row) for row in super()._clips(X, reset=reset)]


def test_every_check_of_scikit_learn_passes() -> None:
    estimator = OfNumbers("sounds", sample_rate=RATE, alpha=0.3, settings=SETTINGS)
    outcomes = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {found["check_name"]: found["exception"] for found in outcomes if found["status"] == "failed"}
    assert not failed
    assert {found["check_name"] for found in outcomes if found["status"] == "skipped"} <= SKIPPED
    assert Counter(found["status"] for found in outcomes)["passed"] >= 40


def hums(n: int, hertz: float, seed: int) -> np.ndarray:
    """Two seconds each of a tone near a pitch in noise: float32 [n, 2 * RATE]."""
    generator = np.random.default_rng(seed)
    time = np.arange(2 * RATE) / RATE
    pitch = hertz * generator.uniform(0.95, 1.05, (n, 1))
    sound = np.sin(2 * np.pi * pitch * time) + generator.standard_normal((n, len(time)))
    return (0.05 * sound).astype(np.float32)


@pytest.fixture(scope="module")
def fitted() -> AnomalyDetector:
    """An estimator of 40 hums; never changed by a test."""
    return AnomalyDetector("sounds", sample_rate=RATE, alpha=0.1, settings=SETTINGS).fit(hums(40, 100, 0))


def test_another_pitch_is_an_anomaly(fitted: AnomalyDetector) -> None:
    assert (fitted.predict(hums(10, 300, 1)) == -1).all()
    # A tenth of ordinary clips is flagged on average; of 50, far fewer than half.
    assert (fitted.predict(hums(50, 100, 2)) == 1).mean() > 0.5


def test_a_prediction_is_the_flag_of_the_command_line(fitted: AnomalyDetector) -> None:
    clips = np.concatenate([hums(30, 100, 2), hums(5, 130, 3)])
    flagged = [fitted.detector_.score(clip, RATE).is_anomaly for clip in clips]
    assert any(flagged) and not all(flagged)
    assert (fitted.predict(clips) == -1).tolist() == flagged


def test_the_decision_is_zero_at_the_offset(fitted: AnomalyDetector) -> None:
    clips = hums(5, 100, 2)
    assert np.array_equal(fitted.decision_function(clips), fitted.score_samples(clips) - fitted.offset_)
    assert np.array_equal(fitted.score_samples(clips), -fitted.detector_.score_samples(clips, RATE))


def test_a_list_of_clips_of_any_length_is_scored(fitted: AnomalyDetector) -> None:
    rows = hums(3, 100, 2)
    scores = fitted.score_samples([rows[0], rows[1][:1_500], rows[2]])
    assert scores[[0, 2]].tolist() == fitted.score_samples(rows)[[0, 2]].tolist()


def test_a_clone_has_the_numbers_and_no_fit(fitted: AnomalyDetector) -> None:
    again = clone(fitted).set_params(alpha=0.2)
    assert again.get_params() == {**fitted.get_params(), "alpha": 0.2}
    with pytest.raises(NotFittedError):
        again.predict(hums(1, 100, 2))


def test_a_pickled_estimator_scores_the_same(fitted: AnomalyDetector) -> None:
    clips = hums(3, 100, 2)
    assert np.array_equal(
        pickle.loads(pickle.dumps(fitted)).score_samples(clips), fitted.score_samples(clips)
    )


def test_the_fitted_detector_is_a_run_folder(fitted: AnomalyDetector, tmp_path: Path) -> None:
    saved = fitted.detector_.save(tmp_path / "run").run_path
    clips = hums(3, 100, 2)
    assert np.array_equal(load_run(saved).score_samples(clips, RATE), -fitted.score_samples(clips))


def test_an_alpha_that_flags_nothing_is_told() -> None:
    estimator = AnomalyDetector("sounds", sample_rate=RATE, alpha=0.01, settings=SETTINGS)
    with pytest.warns(UserWarning, match="nothing can be flagged"):
        estimator.fit(hums(12, 100, 0))
    assert estimator.offset_ == -np.inf
    assert (estimator.predict(hums(3, 400, 1)) == 1).all()
