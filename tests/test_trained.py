"""Does a run score with what was compiled while its model was fitted, and with the numbers of its file alone?"""

from typing import Any

import numpy as np
import pytest
from conftest import FinishedRun

from pipeline.artefacts import read_json
from pipeline.clip_table import read_clip_table
from pipeline.presets import read_settings
from pipeline.settings import Settings
from pipeline.trained import keep_compiled, make_detector, read_model


@pytest.fixture
def settings(finished_run: FinishedRun) -> Settings:
    return read_settings(finished_run.path / "config.toml")


@pytest.fixture
def kept(finished_run: FinishedRun, settings: Settings) -> Any:
    """A detector that is made as the run's was, and whose weights are others."""
    shape = read_json(finished_run.path / "model" / "model.json")["feature_shape"]
    detector: Any = make_detector(shape, settings)
    keep_compiled(detector, settings, shape)
    return detector


def test_the_detector_that_was_fitted_last_is_filled_once(finished_run: FinishedRun, kept: Any) -> None:
    assert read_model(finished_run.path).detector is kept
    assert read_model(finished_run.path).detector is not kept


def test_a_detector_that_was_filled_scores_as_a_new_one_to_the_bit(
    finished_run: FinishedRun, kept: Any
) -> None:
    features = read_clip_table(finished_run.path).take(np.arange(20))
    unfitted = kept.score(features).score
    filled, new = (read_model(finished_run.path).detector.score(features).score for _ in range(2))
    np.testing.assert_array_equal(filled, new)
    assert np.all(unfitted != filled)


@pytest.mark.parametrize("section", ["seed", "model", "features", "shape"])
def test_a_detector_that_is_made_from_other_numbers_is_not_filled(
    section: str, finished_run: FinishedRun, settings: Settings, kept: Any
) -> None:
    shape = kept.feature_shape
    changes = {
        "seed": {"seed": 1},
        "model": {"model": settings.model.model_copy(update={"n_layers": 2})},
        "features": {"features": settings.features.model_copy(update={"n_bands": 16})},
        "shape": {},
    }[section]
    other = shape if section != "shape" else (shape[0] + 1, *shape[1:])
    keep_compiled(kept, settings.model_copy(update=changes), other)
    assert read_model(finished_run.path).detector is not kept
