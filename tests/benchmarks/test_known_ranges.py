"""Are the truths of ranges and whole numbers exact, and does their benchmark give every flow a gap?"""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from benchmarks.flows import known_ranges
from benchmarks.flows.known_ranges import TRUTHS


def narrower(name: str, rows: np.ndarray) -> np.ndarray:
    """Return another density of the rows, which the truth's exceeds in its tails."""
    if name == "torus":
        return np.full(len(rows), (2.0 * np.pi) ** -2)
    if name == "bounded":
        duration = scipy.stats.gamma.pdf(rows[:, 1], 1.5, scale=0.4)
        return np.asarray(scipy.stats.beta.pdf(rows[:, 0], 1.0, 2.5) * duration)
    if name == "mixed":
        near = np.exp(-0.5 * ((rows[:, 3] - 0.3 * rows[:, 1] - 3.0 * rows[:, 2] + 1.0) / 0.3) ** 2)
        x = np.exp(-0.5 * (rows[:, 0] / 0.8) ** 2)
        whole = scipy.stats.binom.pmf(rows[:, 1], 8, 0.5) * np.where(
            rows[:, 1] >= 4.0, rows[:, 2], 1.0 - rows[:, 2]
        )
        return np.asarray(near * x * whole / (2.0 * np.pi * 0.3 * 0.8))
    return scipy.stats.multivariate_normal(np.zeros(2), 0.1 * np.eye(2)).pdf(rows)


@pytest.mark.parametrize("name", TRUTHS)
def test_the_mean_ratio_of_another_density_to_a_truth_is_one(name: str) -> None:
    rows, log_prob = TRUTHS[name](200_000, 3)
    ratio = narrower(name, rows) / np.exp(log_prob)
    assert abs(ratio.mean() - 1.0) < 5.0 * ratio.std() / np.sqrt(len(ratio))
    assert ratio.std() < 10.0


def test_every_flow_has_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = known_ranges.Case("mixed", "MAF", {"family": "maf", "discrete": ((1, 0, 8), (2, 0, 1))})
    monkeypatch.setattr(known_ranges, "CASES", (case,))
    sizes = ["--seeds=1", "--rows=200", "--epochs=1", "--layers=1", "--hidden", "4"]
    assert known_ranges.main([*sizes, "--only", "mixed", f"--out={tmp_path}"]) == 0
    (found,) = json.loads((tmp_path / "known_ranges.json").read_text())["cases"]
    assert (found["truth"], found["flow"]) == ("mixed", "MAF")
    assert 0.0 < found["gaps"][0] < 20.0
    assert "zero is perfect; mean of 1 seeds" in capsys.readouterr().out
