"""How well does each preset tell a target from other words, over several seeds?

Runs `evaluate` for every target, preset and seed in processes of their own (what is up to date is
skipped), and prints one table in Markdown: macro AUROC and worst word as mean and range over the
seeds, and how many words outrank the target. Writes the figures to ``<runs>/detection.json``.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.artefacts import read_json, write_json

__all__ = ["main"]

SET_ASIDE_STATUS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print the table; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--targets", nargs="+", required=True)
    parser.add_argument("--presets", nargs="+", default=["default", "legacy"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--runs", type=Path, default=Path("runs/detection"))
    chosen = parser.parse_args(arguments)
    rows = []
    for preset in chosen.presets:
        for target in chosen.targets:
            runs = [_evaluate(chosen, target, preset, seed) for seed in chosen.seeds]
            rows.append(_summary(target, preset, runs))
            print(f"{preset} {target}: {rows[-1]['macro_auroc']}", file=sys.stderr, flush=True)
    write_json(chosen.runs / "detection.json", rows)
    print(_table(rows))


def _evaluate(chosen: argparse.Namespace, target: str, preset: str, seed: int) -> dict[str, Any]:
    run_path = chosen.runs / f"{target}-{preset}-{seed}"
    command = [sys.executable, "-m", "pipeline", "evaluate", "--corpus", chosen.corpus, "--target", target]
    command += ["--preset", preset, "--seed", str(seed), "--run", str(run_path)]
    if chosen.name_pattern:
        command += ["--name-pattern", chosen.name_pattern]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode not in (0, SET_ASIDE_STATUS):
        sys.exit(f"error: {' '.join(command)} ended with status {ended.returncode}")
    metrics: dict[str, Any] = read_json(run_path / "metrics.json")
    return metrics


def _summary(target: str, preset: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    tested = [[word["auroc"] for word in run["words"].values() if word["n"] >= 10] for run in runs]
    return {
        "target": target,
        "preset": preset,
        "macro_auroc": [run["macro_auroc"] for run in runs],
        "worst_auroc": [run["worst_auroc"] for run in runs],
        "worst_word": [run["worst_word"] for run in runs],
        "worst_well_tested_auroc": [min(values, default=1.0) for values in tested],
        "gaussian_macro_auroc": [run["baselines"]["gaussian"]["macro_auroc"] for run in runs],
        "words_outranking_target": [run["words_outranking_target"] for run in runs],
        "n_words": len(runs[0]["words"]),
        "false_alarm_rate_test": [run["calibration"]["false_alarm_rate_test"] for run in runs],
    }


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| preset | target | macro AUROC | worst word | worst word of 10 clips or more "
        "| words outranking the target | Gaussian, macro AUROC |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        n_outranking = " ".join(str(n) for n in sorted(set(row["words_outranking_target"])))
        lines.append(
            f"| {row['preset']} | {row['target']} | {_spread(row['macro_auroc'])} "
            f"| {_spread(row['worst_auroc'])} | {_spread(row['worst_well_tested_auroc'])} "
            f"| {n_outranking} of {row['n_words']} | {_spread(row['gaussian_macro_auroc'])} |"
        )
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    """Return the mean over seeds, and the range where there is one."""
    low, high = min(values), max(values)
    spread = f" ({low:.3f}-{high:.3f})" if f"{low:.3f}" != f"{high:.3f}" else ""
    return f"{np.mean(values):.3f}{spread}"


if __name__ == "__main__":
    main()
