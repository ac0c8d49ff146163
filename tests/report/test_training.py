"""Is it said of which flow the training curves are, and what they should look like?"""

from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from pipeline.report.drawings import draw_training, training_sentences
from pipeline.runs.finished import Run, read_run
from pipeline.settings import Settings
from tests.report.report_run import write_run
from tests.simulated_clips import simulated_clips


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of forty epochs, the best of which is known."""
    path = tmp_path_factory.mktemp("run")
    write_run(path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    return read_run(path, "happy")


def _settings(**model: Any) -> Settings:
    settings = Settings(target="happy")
    return settings.model_copy(update={"model": settings.model.model_copy(update=model)})


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"kind": "template", "views": ("timbre", "levels")}, "has 4 flows"),
        ({"kind": "flow"}, "one flow, and these are its curves"),
        ({"kind": "frames", "with_background": True}, "The curves are of the target's"),
        ({"kind": "frames", "with_background": False}, "one flow, and these are its curves"),
    ],
)
def test_the_flow_that_the_curves_are_of_is_named(run: Run, model: dict[str, Any], said: str) -> None:
    sentence = training_sentences(run, _settings(**model))[0]
    assert said in unescape(sentence)
    assert ("timbre" in sentence) == ("views" in model)


def test_the_best_epoch_and_what_is_kept_are_told(run: Run) -> None:
    best = int(run.history["epoch"][np.argmax(run.history["validation"])])
    assert f"best after epoch {best} of 40 epochs" in training_sentences(run, _settings())[-1]


def test_a_detector_that_is_fitted_at_once_has_no_curves(run: Run) -> None:
    once = replace(run, history={name: values[:1] for name, values in run.history.items()})
    (sentence,) = training_sentences(once, _settings(kind="sounds"))
    assert "fitted at once" in sentence
    assert draw_training(once, 900, "training") == ""


def test_a_run_without_a_history_says_so(run: Run) -> None:
    assert "no training history" in training_sentences(replace(run, history={}), _settings())[0]
