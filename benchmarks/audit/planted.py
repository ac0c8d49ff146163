"""How many clips of other words, planted under the target's name, does an audit bring to the top?

Clips of the other words are drawn by seed, one word after another, so that every word gives about as many;
they take the target's name in memory and keep their speakers, splits and files. The target's own clips then
bear the name beside them, and the audit runs as ``audio-anomaly audit`` does. Precision at k is the share of
planted clips among the first k, by the score alone (one-class), with other words (auxiliary), and so that a
planted clip's word has no other clip: a clip of the corpus's own that is truly wrong or damaged counts
against it. Prints one table in Markdown, mean and range over the seeds, and writes ``<runs>/planted.json``.

A share is of the clips that bear the name: 5 % of 1,834 are 92 planted among 1,742 of the target's own.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.audit.planting import drawn_of_other_words, under_the_name
from benchmarks.spread import over_seeds
from pipeline.audit.listing import DAMAGED
from pipeline.audit.other_words import compare_with_other_words
from pipeline.audit.ranking import with_other_words
from pipeline.audit.stage import AUDIT, audit_target
from pipeline.commands.program import Program
from pipeline.errors import PipelineError
from pipeline.evaluation.metrics import auroc
from pipeline.files.artefacts import write_json
from pipeline.files.tables import read_table
from pipeline.frontend.vectors import vectors_of
from pipeline.quality.record import read_quality
from pipeline.runs.clip_table import ClipTable, read_clip_table
from pipeline.runs.folder import RunFolder
from pipeline.settings.page import Settings
from pipeline.settings.presets import resolve_settings
from pipeline.terminal.notes import say

__all__ = ["audit_planted", "figures_of", "main", "scores_without_their_word"]

DEPTHS = (50, 100)
ORDERS = {
    "one_class": "score (one-class)",
    "auxiliary": "with other words (auxiliary)",
    "auxiliary_unknown": "the same, the planted clip's word unknown",
    "listed": "the list that is printed, without damaged clips",
}


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


def audit_planted(planting: Planting) -> dict[str, float]:
    """Plant, audit, and return precision at each depth and at the number planted, of each order."""
    settings = planting.settings
    table = read_clip_table(planting.features_path)
    record = read_quality(planting.features_path)
    drawn = drawn_of_other_words(table, settings.target, planting.share, settings.seed)
    named = under_the_name(table, drawn, settings.target)
    run = RunFolder(planting.run_path)
    run.path.mkdir(parents=True, exist_ok=True)
    with run.lock():
        folder = audit_target(
            run,
            named,
            settings,
            record=record,
            features_digest=RunFolder(planting.features_path).check("features").digest,
            say=say,
        )
    columns = {name: np.array(values) for name, values in read_table(folder / "audit.parquet").items()}
    is_planted = np.isin(columns["path"], table.path[drawn])
    figures = {
        "seconds": run.seconds.get(AUDIT, 0.0),
        "planted_called_damaged": float(np.mean(columns["list"][is_planted] == DAMAGED)),
        "own_called_damaged": float(np.mean(columns["list"][~is_planted] == DAMAGED)),
    }
    orders = {"one_class": columns["rank_one_class"]}
    if "score_with_words" in columns:
        without = scores_without_their_word(
            columns,
            named,
            table.word,
            record.sketches,
            settings.target,
            vectors_of(table.features, settings.features),
        )
        orders |= {"auxiliary": columns["rank"], "auxiliary_unknown": -without}
    kept = columns["list"] != DAMAGED
    for name, order in orders.items():
        figures |= {
            f"{name}_{key}": value for key, value in figures_of(is_planted[np.argsort(order)]).items()
        }
        figures[f"{name}_auroc"] = auroc(-order[~is_planted], -order[is_planted])
    shown, place = is_planted[kept], columns["rank"][kept]
    figures |= {f"listed_{key}": value for key, value in figures_of(shown[np.argsort(place)]).items()}
    figures["listed_auroc"] = auroc(-place[~shown], -place[shown])
    return figures


def scores_without_their_word(
    columns: dict[str, np.ndarray],
    named: ClipTable,
    words: np.ndarray,
    sketches: np.ndarray,
    target: str,
    vectors: np.ndarray | None = None,
) -> np.ndarray:
    """Return ``score_with_words`` as it is where a clip's true word has no other clip in the corpus [N].

    Args:
        columns: of the audit.
        named: the clips by the names that they bear.
        words: their true words.
        sketches: of every clip.
        target: the name under which clips were planted.
        vectors: of a pretrained network, of every clip, where the audit compares by these as well.
    """
    place = {path: row for row, path in enumerate(named.path)}
    rows = np.array([place[path] for path in columns["path"]])
    score = columns["score"]
    for by in (None,) if vectors is None else (None, vectors):
        excess, discriminant = _without_their_word(columns["fold"], named, rows, words, sketches, target, by)
        score = with_other_words(score, excess, discriminant, columns["fold"])
    return score


def _without_their_word(
    fold: np.ndarray,
    named: ClipTable,
    rows: np.ndarray,
    words: np.ndarray,
    sketches: np.ndarray,
    target: str,
    vectors: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return excess and discriminant of clips, each as without the other clips of its true word."""
    whole = compare_with_other_words(named, rows, sketches, fold, target, vectors=vectors)
    if whole is None:
        raise PipelineError(f"the corpus has too few clips of words other than {target!r} to compare with")
    excess, discriminant = whole.excess, whole.discriminant
    for word in sorted(set(words[rows]) - {target}):
        status = np.where(named.word == word, "left out", named.status)
        rest = replace(named, status=status.astype(object))
        likeness = compare_with_other_words(rest, rows, sketches, fold, target, vectors=vectors)
        if likeness is None:
            raise PipelineError(
                f"without {word!r} the corpus has too few clips of other words to compare with"
            )
        of_word = words[rows] == word
        excess[of_word], discriminant[of_word] = likeness.excess[of_word], likeness.discriminant[of_word]
    return excess, discriminant


def figures_of(is_planted: Sequence[bool] | np.ndarray) -> dict[str, float]:
    """Return the figures of clips that stand strangest first."""
    found = np.cumsum(is_planted)
    n_planted = int(found[-1])
    depths = {f"precision_at_{k}": k for k in DEPTHS} | {"precision_at_n_planted": n_planted}
    # Of a list that is shorter than the depth nothing is said about clips that are not there.
    precision = {name: found[min(k, len(found)) - 1] / min(k, len(found)) for name, k in depths.items()}
    figures = {"n_planted": n_planted, "n_clips": len(found), **precision}
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
        program = Program(settings, chosen.runs / f"features-{Path(chosen.corpus).name}", say)
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
    figures = [audit_planted(planting) for planting in plantings]
    row = {name: [one[name] for one in figures] for name in figures[0]}
    say(f"{target}, {share:.0%} planted: {row}")
    return {"target": target, "share": share, "seeds": chosen.seeds, **row}


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| target | planted | order | precision at 50 | at 100 | at the number planted | AUROC |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        for name, title in ORDERS.items():
            if f"{name}_n_planted" not in row:
                continue
            cells = [_at_depth(row, name, k) for k in DEPTHS]
            cells += [over_seeds(row[f"{name}_precision_at_n_planted"])]
            cells += [over_seeds(row[f"{name}_auroc"], digits=3)]
            lines.append(
                f"| {row['target']} | {row['one_class_n_planted'][0]:.0f} of "
                f"{row['one_class_n_clips'][0]:.0f} ({row['share']:.0%}) | {title} | {' | '.join(cells)} |"
            )
    return "\n".join(lines)


def _at_depth(row: dict[str, Any], name: str, k: int) -> str:
    best = min(1.0, row[f"{name}_n_planted"][0] / k)
    return over_seeds(row[f"{name}_precision_at_{k}"]) + (f", {best:.2f} at best" if best < 1 else "")


if __name__ == "__main__":
    main()
