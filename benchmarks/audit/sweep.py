"""How many clips with a wrong label, planted over all classes, does a sweep bring to the top?

A share of all clips is drawn by seed, and each takes the name of another class, drawn by the classes' numbers
of clips, so that each class has about the same share of wrong ones. The sweep then runs as ``audio-anomaly
sweep`` does. Precision at k is the share of planted clips among the first k, beside what the sweep itself
expects there: a clip of the corpus's own that is truly wrong counts against the first alone. Prints a table
in Markdown, mean and range over the seeds, and writes ``<runs>/sweep.json``.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spread import over_seeds
from pipeline.commands.program import Program
from pipeline.corpora.opening import open_corpus
from pipeline.errors import PipelineError
from pipeline.evaluation.metrics import auroc
from pipeline.files.artefacts import read_json, write_json
from pipeline.files.tables import read_table
from pipeline.quality.record import read_quality
from pipeline.runs.clip_table import ClipTable, read_clip_table
from pipeline.runs.folder import RunFolder
from pipeline.settings.presets import resolve_settings
from pipeline.sweep.stage import sweep_corpus
from pipeline.terminal.notes import say

__all__ = ["main", "planted_over_classes", "sweep_planted"]

DEPTHS = (50, 100)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print the table; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="embedded")
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--shares", nargs="+", type=float, default=[0.01, 0.05, 0.1])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--runs", type=Path, default=Path("runs/sweep-planted"))
    chosen = parser.parse_args(arguments)
    try:
        rows = [_measured(chosen, share) for share in chosen.shares]
    except PipelineError as error:
        sys.exit(f"error: {error}")
    write_json(chosen.runs / "sweep.json", rows)
    print(_table(rows))


def planted_over_classes(table: ClipTable, share: float, seed: int) -> tuple[ClipTable, np.ndarray]:
    """Return the table with a share of wrong labels, and which rows bear one: bool [N]."""
    generator = np.random.default_rng(seed)
    rows = np.flatnonzero(table.usable)
    drawn = generator.permutation(rows)[: max(1, round(share * len(rows)))]
    classes, counts = np.unique(table.word[rows].astype(str), return_counts=True)
    word = table.word.copy()
    for row in drawn:
        weight = np.where(classes == table.word[row], 0, counts)
        word[row] = str(generator.choice(classes, p=weight / weight.sum()))
    is_planted = np.zeros(len(word), bool)
    is_planted[drawn] = True
    return replace(table, word=word), is_planted


def sweep_planted(features_path: Path, run_path: Path, settings: Any, share: float) -> dict[str, float]:
    """Plant, sweep, and return precision and what was expected at each depth."""
    table = read_clip_table(features_path)
    named, is_planted = planted_over_classes(table, share, settings.seed)
    run = RunFolder(run_path)
    run.path.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with run.lock():
        folder = sweep_corpus(
            run,
            named,
            settings,
            record=read_quality(features_path),
            features_digest=RunFolder(features_path).check("features").digest,
            say=say,
        )
    seconds = time.monotonic() - started
    columns, summary = read_table(folder / "sweep.parquet"), read_json(folder / "sweep.json")
    found = np.isin(np.array(columns["path"], object), table.path[is_planted])
    depths = {f"at_{k}": k for k in DEPTHS} | {
        "at_n_planted": int(found.sum()),
        "to_judge": max(1, summary["judge_down_to"]),
    }
    place = -np.arange(len(found), dtype=float)
    figures = {
        "seconds": seconds,
        "n_planted": int(found.sum()),
        "n_clips": len(found),
        "wrong_rate": summary["wrong_rate"],
        "judge_down_to": summary["judge_down_to"],
        "auroc": auroc(place[~found], place[found]),
        "recall_to_judge": found[: summary["judge_down_to"]].sum() / found.sum(),
    }
    for name, k in depths.items():
        figures |= {
            f"precision_{name}": found[:k].mean(),
            f"expected_{name}": columns["expected_precision"][min(k, len(found)) - 1],
        }
    return {name: float(value) for name, value in figures.items()}


def _measured(chosen: argparse.Namespace, share: float) -> dict[str, Any]:
    """Return the figures of a share over the seeds."""
    target = open_corpus(chosen.corpus, name_pattern=chosen.name_pattern).words[0]
    figures = []
    for seed in chosen.seeds:
        settings = resolve_settings(
            chosen.preset,
            chosen.overrides,
            target=target,
            seed=seed,
            corpus={"name": chosen.corpus, "name_pattern": chosen.name_pattern},
        )
        name = f"{Path(chosen.corpus).name}-{chosen.preset}"
        program = Program(settings, chosen.runs / f"features-{name}", say)
        program.run_up_to("features")
        figures.append(
            sweep_planted(program.run.path, chosen.runs / f"{name}-{share:g}-{seed}", settings, share)
        )
    row: dict[str, Any] = {name: [one[name] for one in figures] for name in figures[0]}
    say(f"{share:.0%} planted: {row}")
    return {"corpus": Path(chosen.corpus).name, "preset": chosen.preset, "share": share, **row}


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| corpus, preset | planted | of the first | planted clips | expected | AUROC |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        for name, depth in (
            ("at_50", "50"),
            ("at_100", "100"),
            ("at_n_planted", "as many as planted"),
            ("to_judge", ""),
        ):
            depth = depth or f"{over_seeds(row['judge_down_to'], 0)}, where judging ends"
            cells = [
                over_seeds(row[f"precision_{name}"]),
                over_seeds(row[f"expected_{name}"]),
                over_seeds(row["auroc"], 3),
            ]
            lines.append(
                f"| {row['corpus']}, {row['preset']} | {row['n_planted'][0]:.0f} of {row['n_clips'][0]:.0f} "
                f"({row['share']:.0%}) | {depth} | {' | '.join(cells)} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
