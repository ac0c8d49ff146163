"""Does the benchmark of features end with a figure for each way and each kind, its processes included?"""

import json
import subprocess
import sys
from pathlib import Path

from pipeline.frontend.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_way_and_every_kind_has_a_rate(tmp_path: Path) -> None:
    # As it is typed: only so are functions for workers found again, or not.
    command = [sys.executable, "-m", "benchmarks.features", "--n=64", "--rounds=3", f"--out={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "features.json").read_text())
    assert set(figures["rounds"]) == {"ours", "ours, one process", "librosa", "librosa, one BLAS thread"}
    assert all(value > 0 for rates in figures["rounds"].values() for value in rates)
    # `aligned_vectors` needs an extra, and is named where it is not there.
    without = {kind for kind in KINDS if kind not in figures["clips_per_second_by_kind_one_process"]}
    assert without <= {"aligned_vectors"}
    assert all(f"{kind} is not measured" in done.stderr for kind in without)
