r"""How many clips, and of how many speakers, does the detector need?

Fits it to fewer and fewer of the target's training clips and tells the same test clips of other words from
the target's. Clips are taken from the speakers with most of them, so that few clips are also few voices;
validation clips shrink in the same measure. Protocol "one-class": nothing else is fitted to.

    python -m benchmarks.detection.few_clips --corpus PATH --targets W [W ...] \
        [--sizes N:SPEAKERS ...] [--seeds 0 1 2]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection.one_fit import featured, figures_of, fitted_detector
from benchmarks.spread import mean_and_range
from pipeline.errors import PipelineError
from pipeline.files.artefacts import write_json
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.page import Settings
from pipeline.terminal.notes import say

__all__ = ["few_of", "main"]

LEAST_VALIDATION = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, score and print one table in Markdown; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--targets", nargs="+", required=True)
    parser.add_argument("--sizes", nargs="+", default=["70:18", "180:60"], metavar="N:SPEAKERS")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--runs", type=Path, default=Path("runs/few_clips"))
    chosen = parser.parse_args(arguments)
    print("| target | train clips | speakers | macro AUROC | worst word of 10 clips or more |")
    print("| --- | --- | --- | --- | --- |")
    rows = []
    try:
        for target in chosen.targets:
            for n_clips, n_speakers in (map(int, size.split(":")) for size in chosen.sizes):
                rows.append(_row(chosen, target, n_clips, n_speakers))
                print(rows[-1]["line"], flush=True)
    except PipelineError as error:
        sys.exit(f"error: {error}")
    write_json(chosen.runs / "few_clips.json", rows)


def few_of(speakers: np.ndarray, n_clips: int, n_speakers: int, seed: int) -> np.ndarray:
    """Return places of ``n_clips`` clips of the ``n_speakers`` speakers with most clips, drawn by seed.

    Raises:
        PipelineError: those speakers have fewer clips.
    """
    most = [name for name, _ in sorted(Counter(speakers).items(), key=lambda item: (-item[1], item[0]))]
    places = np.flatnonzero(np.isin(speakers, most[:n_speakers]))
    if len(places) < n_clips:
        raise PipelineError(
            f"the {n_speakers} speakers with most clips have {len(places)} of the {n_clips} wanted; "
            "give more speakers in --sizes"
        )
    return np.sort(np.random.default_rng(seed).permutation(places)[:n_clips])


def _row(chosen: argparse.Namespace, target: str, n_clips: int, n_speakers: int) -> dict[str, Any]:
    figures, speakers = [], set()
    for seed in chosen.seeds:
        settings, table, seconds = featured(
            chosen.preset, chosen.corpus, chosen.name_pattern, target, seed, chosen.runs
        )
        own = table.rows(target, "train")
        few = own[few_of(table.speaker[own], n_clips, n_speakers, seed)]
        speakers |= set(table.speaker[few])
        figures.append(_figures(table, seconds, few, len(few) / len(own), settings))
        say(f"{target}, {n_clips} clips, seed {seed}: macro AUROC {figures[-1]['macro_auroc']:.3f}")
    macro = [float(one["macro_auroc"]) for one in figures]
    worst = [float(one["worst_well_tested_auroc"] or np.nan) for one in figures]
    spreads = [mean_and_range(values, between="-", always=True) for values in (macro, worst)]
    line = f"| {target} | {n_clips} | {len(speakers)} | {' | '.join(spreads)} |"
    return {"target": target, "n_clips": n_clips, "macro_auroc": macro, "worst": worst, "line": line}


def _figures(
    table: ClipTable, seconds: np.ndarray, train: np.ndarray, share: float, settings: Settings
) -> dict[str, Any]:
    """Return the figures of a detector fitted to some rows of the table."""
    validation = table.rows(settings.target, "validation")
    n_kept = min(len(validation), max(LEAST_VALIDATION, round(share * len(validation))))
    kept = np.random.default_rng(settings.seed).permutation(validation)[:n_kept]
    detector = fitted_detector(table, train, kept, settings)
    tested = np.flatnonzero(table.usable & (table.split == "test"))
    return figures_of(detector, table, seconds, np.concatenate([train, kept]), tested, settings)


if __name__ == "__main__":
    main()
