"""Does a flow that is fitted in a process of its own come back, and does its failure?"""

import numpy as np
import pytest

from pipeline.density import apart
from pipeline.density.preprocessing import PreparedRows
from pipeline.density.presets import resolve_density_settings
from pipeline.density.settings import DensitySettings
from pipeline.errors import ConfigurationError, PipelineError

TINY = ("flow.n_layers=1", "flow.hidden_units=[4]", "training.max_epochs=1", "flow.normalization=none")


@pytest.fixture(scope="module")
def rows() -> PreparedRows:
    x = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    return PreparedRows(
        columns=("a", "b"),
        left_out=(),
        correlated=(),
        mean=np.zeros(2),
        deviation=np.ones(2),
        n_file_rows=300,
        train=x[:200],
        validation=x[200:250],
        test=x[250:],
    )


def page(*overrides: str) -> DensitySettings:
    return resolve_density_settings("table", [*TINY, *overrides])


def test_a_flow_comes_back_from_its_process(rows: PreparedRows) -> None:
    fitted = apart.fit_flow_apart(rows, page())
    assert np.isfinite(fitted.test.value)
    assert len(fitted.epochs) == 1
    assert "flow/architecture" in fitted.arrays


def test_an_error_comes_back_from_its_process(rows: PreparedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_work", fail)
    with pytest.raises(ConfigurationError, match="one sentence"):
        apart.fit_flow_apart(rows, page())


def test_a_killed_process_is_an_error(rows: PreparedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_work", die)
    with pytest.raises(PipelineError, match="was killed"):
        apart.fit_flow_apart(rows, page())


def fail(sender: object, *rest: object) -> None:
    sender.send(ConfigurationError("one sentence"))  # type: ignore[attr-defined]


def die(*rest: object) -> None:
    import os

    os._exit(9)
