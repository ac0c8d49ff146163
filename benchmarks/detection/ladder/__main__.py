"""How much of the way from the published experiment to this detector does each repair go?

Runs the published experiment and then one repair at a time on any corpus, each rung with every seed, and
prints a table for each target: macro AUROC, the worst word, how many words outrank the target, and the
seconds of training; ``benchmarks.detection.ladder.show`` puts several calls together. Beside the rungs stand
the baselines of the last rung's features, what PyOD's ready-made audio detector makes of the same clips, and,
in blocks of their own, the protocol "auxiliary" and a supervised classifier. Run folders are kept: a second
call runs only what is missing.

    python -m benchmarks.detection.ladder --corpus PATH --target W [W ...] [--seeds 0 1 2] [--rungs NAME ...]
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.detection.ladder.figures import WELL_TESTED, WordFigures, summary
from benchmarks.detection.ladder.other_rows import BASELINES, baseline_words, ceiling, pyod
from benchmarks.detection.ladder.rungs import RUNGS, Rung, available
from benchmarks.detection.ladder.runs import Absent, Failed, Place, RungRun, file_name, run_rung
from benchmarks.detection.ladder.table import as_markdown, row
from pipeline.errors import PipelineError
from pipeline.files.artefacts import write_json
from pipeline.terminal.notes import say

__all__ = ["main"]

PYOD, CEILING, BASELINE = "pyod", "supervised", "baselines"
OTHER_ROWS = (BASELINE, PYOD, CEILING)
# The rung whose run folder the baselines are read from: they see the features of its preset.
COMPARED_RUNG = "default"

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ladder for each target, print its tables and write its JSON."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.detection.ladder", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--corpus", default="embedded", help="a corpus's name, or the path of a folder")
    parser.add_argument("--splits", default="", help="CSV with columns file,split")
    parser.add_argument("--name-pattern", default="", help="see the program's own option")
    parser.add_argument("--target", nargs="+", default=["zero"], help="words, a table each")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    names = [*(rung.name for rung in RUNGS), *OTHER_ROWS]
    parser.add_argument(
        "--rungs", nargs="+", default=names, choices=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every rung")
    parser.add_argument("--pyod-python", default=sys.executable, help="an interpreter that has PyOD")
    parser.add_argument("--runs", type=Path, help="run folders (default runs/ladder/CORPUS)")
    parser.add_argument("--out", type=Path, help="JSON (default runs/bench/ladder-CORPUS-TARGET.json)")
    chosen = parser.parse_args(arguments)
    if chosen.out and len(chosen.target) > 1:
        parser.error(f"--out names 1 file and --target {len(chosen.target)} words; leave --out away")
    corpus = Path(chosen.corpus).resolve().name
    rungs, missing = available([name for name in chosen.rungs if name not in OTHER_ROWS])
    for name, reason in missing.items():
        say(f"{name}: left out, {reason}")
    try:
        return _ladders(chosen, corpus, rungs)
    except KeyboardInterrupt:
        say("error: interrupted; run the same command again to go on")
        return 130


def _ladders(chosen: argparse.Namespace, corpus: str, rungs: Sequence[Rung]) -> int:
    """Run, write and print each target's ladder; 1 where a row failed."""
    n_failed = 0
    for target in chosen.target:
        place = Place(
            corpus=chosen.corpus,
            splits=chosen.splits,
            name_pattern=chosen.name_pattern,
            target=target,
            overrides=tuple(chosen.set),
            runs=chosen.runs or Path("runs/ladder") / corpus,
        )
        rows = _ladder(place, rungs, chosen.seeds, set(chosen.rungs), chosen.pyod_python)
        out = chosen.out or Path("runs/bench") / f"ladder-{corpus}-{file_name(target)}.json"
        head = {"corpus": corpus, "target": target, "set": chosen.set, "well_tested": WELL_TESTED}
        write_json(out, {**head, "rows": rows})
        print(f"{target} in {corpus}, seeds {' '.join(map(str, chosen.seeds))}", end="\n\n")
        print(as_markdown(rows, WELL_TESTED), end="\n\n", flush=True)
        n_failed += sum(bool(entry["failed"]) and not entry["is_absent"] for entry in rows)
    return 1 if n_failed else 0


def _ladder(
    place: Place, rungs: Sequence[Rung], seeds: Sequence[int], wanted: set[str], pyod_python: str
) -> list[Row]:
    rows, runs = [], {}
    for rung in rungs:
        runs[rung.name], entry = _rung_row(place, rung, seeds)
        rows.append(entry)
    if BASELINE in wanted and COMPARED_RUNG in runs:
        rows += [_baseline_row(name, note, runs[COMPARED_RUNG], seeds) for name, note in BASELINES.items()]
    if PYOD in wanted:
        note = "what a user would take today: PyOD's EmbeddingOD.for_audio(), unchanged"
        entry = _one_row(PYOD, "one-class", note, [0], lambda _: pyod(place, pyod_python))
        # Nothing in it is drawn.
        rows.append({**entry, "seeds": []})
    if CEILING in wanted:
        rows.append(_ceiling_row(place, seeds))
    return rows


def _rung_row(place: Place, rung: Rung, seeds: Sequence[int]) -> tuple[list[RungRun], Row]:
    runs: list[RungRun] = []

    def run(seed: int) -> tuple[dict[str, WordFigures], float]:
        runs.append(run_rung(place, rung, seed))
        return runs[-1].words, runs[-1].seconds

    entry = _one_row(rung.name, rung.protocol, rung.repairs, seeds, run)
    return runs, entry


def _ceiling_row(place: Place, seeds: Sequence[int]) -> Row:
    cards: list[dict[str, Any]] = []

    def run(seed: int) -> tuple[dict[str, WordFigures], float]:
        found = ceiling(place, seed)
        cards.append(found.card)
        return found.words, float(found.card["seconds"])

    entry = _one_row(CEILING, "supervised", "a small convolutional classifier over all words", seeds, run)
    if cards and not entry["failed"]:
        n_few, n_classes = len(cards[0]["words_not_learned"]), len(cards[0]["classes"])
        n_learned = n_classes - bool(n_few)
        right = sum(card["accuracy"] for card in cards) / len(cards)
        few = f"; {n_few} words have fewer than 20 train clips and share one class" if n_few else ""
        entry["note"] += f"; {right:.1%} of test clips right, {n_learned} words learned{few}"
        entry["classifiers"] = cards
    return entry


def _baseline_row(name: str, note: str, runs: Sequence[RungRun], seeds: Sequence[int]) -> Row:
    if not runs:
        return row(name, "one-class", note, failed=f"the rung {COMPARED_RUNG!r} has no run")
    paths = dict(zip(seeds, (run.paths[0] for run in runs), strict=False))
    return _one_row(
        name, "one-class", note, list(paths), lambda seed: (baseline_words(paths[seed], name), None)
    )


def _one_row(
    name: str,
    block: str,
    note: str,
    seeds: Sequence[int],
    run: Callable[[int], tuple[dict[str, WordFigures], float | None]],
) -> Row:
    """Run one row's seeds; the first that fails makes it a failed row."""
    figures, seconds = [], []
    for seed in seeds:
        try:
            words, took = run(seed)
        except (Failed, PipelineError) as error:
            say(f"{name}: no figures, {error}")
            is_absent = isinstance(error, Absent)
            return row(name, block, note, seeds=seeds, failed=str(error), is_absent=is_absent)
        figures.append(summary(words))
        seconds += [] if took is None else [took]
        say(f"{name}, seed {seed}: macro AUROC {figures[-1]['macro_auroc']:.3f}")
    return row(name, block, note, seeds=seeds, figures=figures, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main())
