"""A run of humming machines, whose recordings have any length."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.command import call

RATE = 4_000
Hum = Callable[[float, float, int], np.ndarray]


def _hum(seconds: float, hertz: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    return 0.1 * (np.sin(2 * np.pi * hertz * time) + 0.5 * generator.standard_normal(len(time)))


@pytest.fixture(scope="session")
def hum() -> Hum:
    """Return a function of seconds, hertz and a seed: a tone in noise at 4,000 Hz, float64 [n]."""
    return _hum


@pytest.fixture(scope="session")
def hum_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that learned from forty recordings of two seconds, twelve of which calibrate."""
    root = tmp_path_factory.mktemp("hums") / "corpus"
    (root / "running").mkdir(parents=True)
    splits = root.parent / "splits.csv"
    with open(splits, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "split"])
        for number in range(40):
            path = root / "running" / f"machine{number}.wav"
            soundfile.write(path, _hum(2.0, 120.0, number), RATE, subtype="PCM_16")
            split = "train" if number < 26 else "validation" if number < 38 else "test"
            rows.writerow([f"running/machine{number}.wav", split])
    run = root.parent / "run"
    ended = call(
        "evaluate",
        f"--corpus={root}",
        "--target=running",
        f"--splits={splits}",
        f"--run={run}",
        "--preset=sounds",
        "--set=training.cross_fit_below=0",
        "--set=evaluation.n_bootstrap=100",
        "--set=features.n_workers=1",
        "--set=evaluation.alpha=0.1",
    )
    assert ended.status == 0, ended.err
    return run
