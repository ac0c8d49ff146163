"""Does the benchmark of random configurations count each kind of log-density, and find none that is wrong?"""

import json
from pathlib import Path

import pytest

from benchmarks.flows import configurations


def test_a_sample_of_the_configurations_has_no_nan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--configurations=64", "--architectures=8", f"--out={tmp_path}"]
    assert configurations.main(sizes) == 0
    facts = json.loads((tmp_path / "configurations.json").read_text())
    found = facts["log_densities"]
    assert sum(found.values()) == 64 * configurations.N_ASKED
    assert found["NaN"] == found["plus infinity"] == 0
    assert min(found["finite"], found["minus infinity"]) > 64
    assert "64 configurations of 8 architectures" in capsys.readouterr().out


def test_a_configuration_with_a_nan_is_named_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = dict.fromkeys(configurations.KINDS, 1)
    monkeypatch.setattr(configurations, "outcome", lambda *_: configurations.Outcome("the one", counts))
    assert configurations.main(["--configurations=1", "--architectures=1", f"--out={tmp_path}"]) == 1
    assert json.loads((tmp_path / "configurations.json").read_text())["wrong"] == ["the one"]
    assert "the one: {" in capsys.readouterr().out
