"""How many clips of other words, planted under the target's name, does an audit bring to the top?

Clips of the other words are drawn by seed, one word after another, so that every word gives about as many;
they take the target's name in memory and keep their speakers, splits and files. The target's own clips then
bear the name beside them, and the audit runs as ``audio-anomaly audit`` does. Precision at k is the share of
planted clips among the k strangest: a clip of the corpus's own that is truly wrong or damaged counts against
it. Prints one table in Markdown, mean and range over the seeds, and writes ``<runs>/planted.json``.

A share is of the clips that bear the name: 5 % of 1,834 are 92 planted among 1,742 of the target's own.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.artefacts import read_table, write_json
from pipeline.audit.stage import audit_target
from pipeline.clip_table import ClipTable, read_clip_table
from pipeline.errors import PipelineError
from pipeline.presets import resolve_settings
from pipeline.program import Program
from pipeline.run import RunFolder
from pipeline.settings import Settings

__all__ = ["audit_planted", "drawn_of_other_words", "figures_of", "main", "under_the_name"]

DEPTHS = (50, 100)


@dataclass(frozen=True, kw_only=True)
class Planting:
    """One audit to measure: what is planted, and where the features and the outcome stand."""

    settings: Settings
    share: float
    features_path: Path
    run_path: Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print the table; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--targets", nargs="+", required=True)
    parser.add_argument("--shares", nargs="+", type=float, default=[0.01, 0.05, 0.1])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--runs", type=Path, default=Path("runs/planted"))
    chosen = parser.parse_args(arguments)
    try:
        rows = [_measured(chosen, target, share) for target in chosen.targets for share in chosen.shares]
    except PipelineError as error:
        sys.exit(f"error: {error}")
    write_json(chosen.runs / "planted.json", rows)
    print(_table(rows))


def drawn_of_other_words(table: ClipTable, target: str, share: float, seed: int) -> np.ndarray:
    """Return the rows to plant, so that they are ``share`` of the clips that then bear the name.

    Raises:
        PipelineError: the other words have too few clips.
    """
    n_wanted = max(1, round(share / (1.0 - share) * len(table.rows(target))))
    generator = np.random.default_rng(seed)
    words = generator.permutation([str(word) for word in sorted(set(table.word)) if word != target])
    piles = [list(generator.permutation(table.rows(word))) for word in words]
    n_there = sum(len(pile) for pile in piles)
    if n_there < n_wanted:
        raise PipelineError(
            f"planting {share:.0%} takes {n_wanted} clips of words other than {target!r}, "
            f"and the corpus has {n_there}; give lower --shares"
        )
    drawn: list[int] = []
    while len(drawn) < n_wanted:
        piles = [pile for pile in piles if pile]
        drawn += [int(pile.pop()) for pile in piles[: n_wanted - len(drawn)]]
    return np.array(drawn)


def under_the_name(table: ClipTable, rows: np.ndarray, target: str) -> ClipTable:
    """Return the table with some rows' word replaced by the target."""
    word = table.word.copy()
    word[rows] = target
    return replace(table, word=word)


def audit_planted(planting: Planting) -> dict[str, float]:
    """Plant, audit, and return precision at each depth and the number planted."""
    settings = planting.settings
    table = read_clip_table(planting.features_path)
    drawn = drawn_of_other_words(table, settings.target, planting.share, settings.seed)
    run = RunFolder(planting.run_path)
    run.path.mkdir(parents=True, exist_ok=True)
    with run.lock():
        folder = audit_target(
            run,
            under_the_name(table, drawn, settings.target),
            settings,
            features_digest=RunFolder(planting.features_path).check("features").digest,
            say=_say,
        )
    planted = set(table.path[drawn])
    return figures_of([path in planted for path in read_table(folder / "audit.parquet")["path"]])


def figures_of(is_planted: Sequence[bool]) -> dict[str, float]:
    """Return the figures of clips that stand strangest first."""
    found = np.cumsum(is_planted)
    n_planted = int(found[-1])
    depths = {f"precision_at_{k}": k for k in DEPTHS} | {"precision_at_n_planted": n_planted}
    # Of a list that is shorter than the depth nothing is said about clips that are not there.
    precision = {name: found[min(k, len(found)) - 1] / min(k, len(found)) for name, k in depths.items()}
    best = {f"best_possible_at_{k}": min(1.0, n_planted / min(k, len(found))) for k in DEPTHS}
    figures = {"n_planted": n_planted, "n_clips": len(found), **precision, **best}
    return {name: float(value) for name, value in figures.items()}


def _measured(chosen: argparse.Namespace, target: str, share: float) -> dict[str, Any]:
    """Return the figures of a target and share over the seeds."""
    plantings = []
    for seed in chosen.seeds:
        settings = resolve_settings(
            chosen.preset,
            chosen.overrides,
            target=target,
            seed=seed,
            corpus={"name": chosen.corpus, "name_pattern": chosen.name_pattern},
        )
        program = Program(settings, chosen.runs / f"features-{Path(chosen.corpus).name}", _say)
        program.run_up_to("features")
        name = f"{target}-{chosen.preset}-{share:g}-{seed}"
        plantings.append(
            Planting(
                settings=settings,
                share=share,
                features_path=program.run.path,
                run_path=chosen.runs / name,
            )
        )
    # A process each: the graphs of many fits are never given back within one.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        figures = pool.map(audit_planted, plantings, chunksize=1)
    row = {name: [one[name] for one in figures] for name in figures[0]}
    _say(f"{target}, {share:.0%} planted: {row}")
    return {"target": target, "share": share, "seeds": chosen.seeds, **row}


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| target | planted | precision at 50 | precision at 100 | precision at the number planted |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = [_with_best(row, depth) for depth in DEPTHS]
        lines.append(
            f"| {row['target']} | {row['n_planted'][0]:.0f} of {row['n_clips'][0]:.0f} ({row['share']:.0%}) "
            f"| {cells[0]} | {cells[1]} | {_spread(row['precision_at_n_planted'])} |"
        )
    return "\n".join(lines)


def _with_best(row: dict[str, Any], depth: int) -> str:
    best = row[f"best_possible_at_{depth}"][0]
    return _spread(row[f"precision_at_{depth}"]) + (f", {best:.2f} at best" if best < 1 else "")


def _spread(values: list[float]) -> str:
    """Return the mean over seeds, and the range where there is one."""
    low, high = min(values), max(values)
    return f"{np.mean(values):.2f}" + (f" ({low:.2f}-{high:.2f})" if f"{low:.2f}" != f"{high:.2f}" else "")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
