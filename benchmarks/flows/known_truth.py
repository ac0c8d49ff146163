"""How many nats do our flows lose against the truth, and how many do zuko's and nflows'?

Rows are drawn from distributions whose log-density is known exactly. Every flow of one family has the same
size and gets the same rows, batch size, number of optimiser steps, learning rate and gradient bound; none
stops early. The gap is the truth's mean log-density over fresh test rows less the flow's, in nats: zero for
the truth itself, higher is worse. Each is fitted with several seeds, which draw the training rows and the
initial weights; the test rows are the same for all.

    python -m benchmarks.flows.known_truth [--seeds N] [--epochs N] [--peers-python PATH] [--out runs/bench]

Two flows are fitted at a time, each on one thread, so times mean nothing here. Writes ``known_truth.json``.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import numpy as np

from benchmarks.flows.peers.conversation import LibraryFailed, Process, start
from benchmarks.flows.peers.specification import Specification
from benchmarks.flows.truths import TRUTHS
from benchmarks.spread import mean_and_range
from pipeline.files import artefacts

__all__ = ["gap", "main"]

LIBRARIES = ("ours", "zuko", "nflows")
FAMILIES = {
    "maf": "MAF",
    "spline_maf": "spline MAF",
    "spline_coupling": "spline coupling",
    "unaf": "UNAF",
    "flow_matching": "flow matching",
}
# Those that every library is given; the others are ours alone.
SHARED_FAMILIES = ("maf", "spline_maf")
# The bound that our fits have by default; zuko and nflows are given the same.
CLIP_NORM = 10.0
TEST_SEED = 1_000_000


class Case(NamedTuple):
    """What one row of the table is about."""

    truth: str
    n_features: int
    family: str


class Fitted(NamedTuple):
    """One flow's gap in nats; ``None`` where test rows have no finite log-density, and how many."""

    case: Case
    library: str
    seed: int
    gap: float | None
    n_not_finite: int


def main(arguments: list[str] | None = None) -> int:
    """Fit everything, print the table, and write ``known_truth.json``."""
    options = _parse(arguments)
    began = time.perf_counter()
    # The longest first, so that no worker is left alone with one at the end.
    cases = [
        Case(truth, n_features, family)
        for n_features in sorted(options.features, reverse=True)
        for family in sorted(options.families, reverse=True)
        for truth in TRUTHS
    ]
    with tempfile.TemporaryDirectory() as folder:
        try:
            fitted, absent = _fit_all(cases, options, Path(folder))
        except LibraryFailed as error:
            raise SystemExit(f"error: {error}") from error
    facts = _facts(sorted(cases), fitted, options)
    facts["absent"] = absent
    facts["seconds"] = round(time.perf_counter() - began)
    _print_table(facts)
    artefacts.write_json(options.out / "known_truth.json", facts)
    return 0


def gap(true_log_prob: np.ndarray, mean_log_prob: float) -> float:
    """Return how many nats a model's mean test log-density lies below the truth's.

    Args:
        true_log_prob: the truth's log-density of each test row, [N].
        mean_log_prob: the model's, its mean over the same rows.
    """
    return float(np.mean(true_log_prob, dtype=np.float64)) - mean_log_prob


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--features", type=int, nargs="+", default=[2, 8, 64], help="default 2 8 64")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(SHARED_FAMILIES))
    parser.add_argument("--seeds", type=int, default=3, help="fits of each (default 3)")
    parser.add_argument("--rows", type=int, default=10_000, help="training rows (default 10000)")
    parser.add_argument("--test-rows", type=int, default=10_000, help="default 10000")
    parser.add_argument("--epochs", type=int, default=6, help="passes over the rows (default 6)")
    parser.add_argument("--layers", type=int, default=3, help="layers of a MAF (default 3)")
    parser.add_argument("--spline-layers", type=int, default=2, help="layers of a spline MAF (default 2)")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64], help="default 64 64")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="default one a core")
    parser.add_argument(
        "--peers-python", default=sys.executable, help="an interpreter that has the peers (default: this one)"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of known_truth.json")
    options = parser.parse_args(arguments)
    batch_size = Specification.batch_size
    if min(options.rows, options.test_rows) < batch_size or min(options.features) < 2:
        parser.error(f"at least {batch_size} rows and test rows, and 2 features, are needed")
    if min(options.seeds, options.epochs, options.layers, options.spline_layers, options.workers) < 1:
        parser.error("every number must be at least 1")
    return options


def _specification(case: Case, seed: int, options: argparse.Namespace) -> Specification:
    return Specification(
        family=case.family,
        n_features=case.n_features,
        n_layers=options.layers if case.family == "maf" else options.spline_layers,
        hidden_units=tuple(options.hidden),
        clip_norm=CLIP_NORM,
        seed=seed,
    )


def _fit_all(
    cases: list[Case], options: argparse.Namespace, folder: Path
) -> tuple[list[Fitted], dict[str, str]]:
    """Return every flow's gap, and why a library is absent; workers take the next flow when they are free."""
    waiting: SimpleQueue[tuple[Case, str, int]] = SimpleQueue()
    for case in cases:
        for seed in range(options.seeds):
            for library in LIBRARIES if case.family in SHARED_FAMILIES else ("ours",):
                waiting.put((case, library, seed))
    fitted: list[Fitted] = []
    absent: dict[str, str] = {}

    def work(number: int) -> None:
        with start(LIBRARIES, options.peers_python, n_threads=1) as started:
            absent.update(started.absent)
            while True:
                try:
                    case, library, seed = waiting.get_nowait()
                except Empty:
                    return
                if library in started:
                    place = folder / str(number)
                    place.mkdir(exist_ok=True)
                    fitted.append(_fit(started[library], case, seed, options, place))
                    _say(fitted[-1], len(fitted))

    with ThreadPoolExecutor(options.workers) as pool:
        list(pool.map(work, range(options.workers)))
    return fitted, absent


def _fit(process: Process, case: Case, seed: int, options: argparse.Namespace, folder: Path) -> Fitted:
    """Fit one flow in its library's process, and compare it with the truth."""
    truth = TRUTHS[case.truth](case.n_features)
    train, test = folder / "train.npy", folder / "test.npy"
    np.save(train, truth.sample(options.rows, seed + 1).astype(np.float32))
    # Rounded to what the flows see before the truth is asked about them.
    rows = truth.sample(options.test_rows, TEST_SEED).astype(np.float32)
    np.save(test, rows)
    process.ask("build", specification=_specification(case, seed, options).as_json(), rows=str(train))
    process.ask("fit", n_epochs=options.epochs)
    scored = process.ask("score", rows=str(test))
    lost = None
    if not scored["n_not_finite"]:
        lost = gap(truth.log_prob(rows.astype(np.float64)), scored["mean_log_prob"])
    return Fitted(case, process.library, seed, lost, scored["n_not_finite"])


def _say(one: Fitted, number: int) -> None:
    what = f"{one.case.truth}, {one.case.n_features} features, {FAMILIES[one.case.family]}, seed {one.seed}"
    found = f"{one.n_not_finite} rows are not finite" if one.gap is None else f"{one.gap:.3f} nats"
    print(f"{number}: {one.library}, {what}: {found}", file=sys.stderr, flush=True)


def _facts(cases: list[Case], fitted: list[Fitted], options: argparse.Namespace) -> dict[str, Any]:
    rows = []
    for case in cases:
        ones = sorted((one for one in fitted if one.case == case), key=lambda one: one.seed)
        truth = TRUTHS[case.truth](case.n_features)
        rows.append(
            {
                **case._asdict(),
                "true_log_prob": float(np.mean(truth.log_prob(truth.sample(options.test_rows, TEST_SEED)))),
                "gaps": {name: [o.gap for o in ones if o.library == name] for name in LIBRARIES},
                "n_not_finite": {
                    name: sum(o.n_not_finite for o in ones if o.library == name) for name in LIBRARIES
                },
            }
        )
    settings = {
        key: value for key, value in vars(options).items() if key not in ("out", "peers_python", "workers")
    }
    defaults = Specification(n_features=2, n_layers=1, hidden_units=(1,), clip_norm=CLIP_NORM)
    for name in ("activation", "n_bins", "tail_bound", "batch_size", "learning_rate", "clip_norm"):
        settings[name] = getattr(defaults, name)
    return {"settings": settings, "cases": rows}


def _print_table(facts: dict[str, Any]) -> None:
    """Print the mean gap over the seeds, its lowest and highest, and ours against the better peer."""
    settings = facts["settings"]
    n_steps = settings["epochs"] * (settings["rows"] // settings["batch_size"])
    print(f"gap to the truth in nats over {settings['test_rows']:,} test rows, zero is perfect;")
    n_rows, n_seeds = settings["rows"], settings["seeds"]
    print(f"mean of {n_seeds} seeds (lowest to highest), {n_rows:,} training rows, {n_steps:,} steps\n")
    print(
        f"{'truth':20}{'D':>4}  {'flow':16}"
        + "".join(f"{name:>26}" for name in LIBRARIES)
        + f"{'ours - best':>14}"
    )
    for row in facts["cases"]:
        means = {
            name: float(np.mean(gaps)) for name, gaps in row["gaps"].items() if gaps and None not in gaps
        }
        peers = [value for name, value in means.items() if name != "ours"]
        less = f"{means['ours'] - min(peers):+.3f}" if peers and "ours" in means else "-"
        cells = "".join(f"{_cell(row, name, facts['absent']):>26}" for name in LIBRARIES)
        print(f"{row['truth']:20}{row['n_features']:>4}  {FAMILIES[row['family']]:16}{cells}{less:>14}")
    for library, reason in facts["absent"].items():
        print(f"{library}: absent, not measured: {reason}")
    print(f"{facts['seconds']} seconds in all")


def _cell(row: dict[str, Any], library: str, absent: dict[str, str]) -> str:
    gaps = row["gaps"][library]
    if not gaps:
        return "absent" if library in absent else "-"
    if None in gaps:
        return f"{row['n_not_finite'][library]} rows not finite"
    return mean_and_range(gaps, always=True)


if __name__ == "__main__":
    raise SystemExit(main())
