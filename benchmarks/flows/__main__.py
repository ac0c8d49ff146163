r"""How many samples a second do our flows train on, score and draw, and how many do their peers?

The peers are zuko, nflows and normflows. All have the same size and the same batches, each lives in a
process of its own, and they take turns (ours, zuko, nflows, normflows, ours ...), so that a busy machine
slows all; each figure is the median of its rounds. Nothing that happens once is counted: a first round
compiles and warms up, and is left out.

    python -m benchmarks.flows.__main__ [--rounds N] [--peers-python PATH] [--bfloat16] [--out runs/bench] \
        [--libraries ours zuko zuko-compiled flowjax]

Training is one optimiser step after another on shuffled batches, scoring an array of rows in whatever
pieces a library takes, drawing one call. ``benchmarks.machine`` says what the floor is. Writes
``flows.json``.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.flows.peers.conversation import LibraryFailed, Process, Started, start
from benchmarks.flows.peers.specification import LIBRARIES, ON_REQUEST, Specification
from benchmarks.flows.rates import Rates, print_tables, summary
from benchmarks.machine import bandwidth, floor_seconds, n_remaining_weights
from pipeline.files import artefacts

__all__ = ["main"]

N_SCORED = 1_000
N_DRAWN = 100
# Threads of the library that has just answered may spin for a fifth of a second.
SECONDS_BETWEEN_TURNS = 0.3
# Our scoring and drawing are short: several calls make a turn that a clock can measure.
SCORING_CALLS = 5
OUR_DRAWING_CALLS = 10
# Timed pieces of training in a turn, after one that is not timed.
PIECES = 4
# Running processes beside ours from which on the turns are no longer fair.
BUSY = 0.5
BANDWIDTHS = ("bytes_per_second", "bytes_per_second_in_cache")


class Files(NamedTuple):
    """Arrays that every library reads."""

    train: str
    scored: str


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its tables, and write ``flows.json``."""
    options = _parse(arguments)
    spec = Specification(
        n_features=options.features,
        n_layers=options.layers,
        hidden_units=tuple(options.hidden),
        batch_size=options.batch,
    )
    load = os.getloadavg()[0]
    if load > BUSY:
        print(
            f"warning: the load is {load:.1f} before anything starts, and threads that wait for a core slow "
            "one library far more than another; repeat this on a quiet machine before you believe a ratio",
            file=sys.stderr,
        )
    with tempfile.TemporaryDirectory() as folder:
        files = _write_rows(Path(folder), spec, options.steps * (1 + PIECES) * (options.rounds + 2))
        try:
            with start(options.libraries, options.peers_python) as started:
                for reason in started.absent.values():
                    print(f"absent: {reason}", file=sys.stderr, flush=True)
                facts = _in_turns(started, spec, files, options)
                facts["absent"] = started.absent
        except LibraryFailed as error:
            raise SystemExit(f"error: {error}") from error
    facts["load_average_at_start"] = load
    print_tables(facts)
    artefacts.write_json(options.out / "flows.json", facts)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    parser.add_argument("--features", type=int, default=257, help="features of a row (default 257)")
    parser.add_argument("--layers", type=int, default=10, help="autoregressive layers (default 10)")
    parser.add_argument("--hidden", type=int, nargs="+", default=[512, 512], help="default 512 512")
    parser.add_argument("--batch", type=int, default=100, help="rows of a training step (default 100)")
    parser.add_argument("--steps", type=int, default=5, help="training steps of a piece (default 5)")
    parser.add_argument("--libraries", nargs="+", choices=(*LIBRARIES, *ON_REQUEST), default=list(LIBRARIES))
    parser.add_argument(
        "--peers-python", default=sys.executable, help="an interpreter that has the peers (default: this one)"
    )
    parser.add_argument("--bfloat16", action="store_true", help="score with bfloat16 products as well")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of flows.json")
    options = parser.parse_args(arguments)
    if "ours" not in options.libraries:
        parser.error("--libraries must name ours: the floor is measured in its process")
    sizes = (options.rounds, options.features, options.layers, options.batch, options.steps, *options.hidden)
    if min(sizes) < 1 or options.features < 2:
        parser.error("every size must be at least 1, and --features at least 2")
    return options


def _write_rows(folder: Path, spec: Specification, n_steps: int) -> Files:
    """Write enough training rows that no epoch ends while anything is measured."""
    generator = np.random.default_rng(0)
    paths = []
    for name, n_rows in (("train", n_steps * spec.batch_size), ("scored", N_SCORED)):
        paths.append(folder / f"{name}.npy")
        np.save(paths[-1], generator.standard_normal((n_rows, spec.n_features), np.float32))
    return Files(*map(str, paths))


def _in_turns(
    started: Started, spec: Specification, files: Files, options: argparse.Namespace
) -> dict[str, Any]:
    """Build, warm up, measure; returns what ``flows.json`` will hold, but for the floor."""
    n_parameters = {}
    for library, process in started.items():
        built = process.ask("build", specification=spec.as_json(), rows=files.train)
        n_parameters[library] = built["n_parameters"]
    rates: dict[str, Rates] = {}
    for number in range(-1, options.rounds):
        began = time.perf_counter()
        for library, process in started.items():
            time.sleep(SECONDS_BETWEEN_TURNS)
            found = _turn(process, spec, files, options)
            if library == "ours":
                found |= dict(zip(BANDWIDTHS, (bandwidth(), bandwidth(_adam_megabytes(spec))), strict=True))
            # The first round only warms up.
            for name, rate in found.items() if number >= 0 else ():
                rates.setdefault(name, {}).setdefault(library, []).append(rate)
        what = "warm-up" if number < 0 else f"round {number + 1} of {options.rounds}"
        print(f"{what}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    floor = _floor(spec, rates)
    facts = summary(rates)
    facts["floor_train_samples_per_second"] = median(floor["train_samples_per_second"])
    facts["floor"] = floor
    facts["peak_mb"] = {
        library: round(process.ask("peak_megabytes")["peak_mb"], 1) for library, process in started.items()
    }
    facts["loaded_mb"] = {library: round(p.greeting["loaded_mb"], 1) for library, p in started.items()}
    facts["n_parameters"] = n_parameters
    facts["versions"] = {library: process.greeting["versions"] for library, process in started.items()}
    facts["size"] = {
        **spec.as_json(),
        "n_rounds": options.rounds,
        "n_steps_of_a_turn": PIECES * options.steps,
    }
    return facts


def _turn(
    process: Process, spec: Specification, files: Files, options: argparse.Namespace
) -> dict[str, float]:
    """Return one library's rates, each measured once; a first, shorter call wakes its threads."""
    pieces = [process.ask("train", n_steps=options.steps)["seconds"] for _ in range(1 + PIECES)]
    process.ask("score", rows=files.scored)
    scored = process.ask("score", rows=files.scored, n_times=SCORING_CALLS)["seconds"]
    n_drawings = OUR_DRAWING_CALLS if process.library == "ours" else 1
    drawn = process.ask("draw", n=N_DRAWN, n_times=n_drawings)["seconds"]
    found = {
        "train_samples_per_second": PIECES * options.steps * spec.batch_size / sum(pieces[1:]),
        "score_clips_per_second": N_SCORED / scored,
        "draw_samples_per_second": N_DRAWN / drawn,
    }
    if process.library == "ours":
        found["flops_per_second"] = process.ask("matrix_rate")["flops_per_second"]
        if options.bfloat16:
            answer = process.ask("score_bfloat16", rows=files.scored, n_times=SCORING_CALLS)
            found["score_clips_per_second_bfloat16"] = N_SCORED / answer["seconds"]
            found["worst_difference_bfloat16_nats"] = answer["worst_difference"]
    return found


def _adam_megabytes(spec: Specification) -> float:
    """Return half of what Adam holds: a copy then moves as much as its weights and moments take."""
    n_weights = n_remaining_weights(spec.n_features, spec.n_layers, spec.hidden_units)
    return max(3 * 4 * n_weights / 2 / 1e6, 0.1)


def _floor(spec: Specification, rates: dict[str, Rates]) -> dict[str, Any]:
    """Return the floor of each round, from what the machine did in that round."""
    measured = {name: rates.pop(name)["ours"] for name in ("flops_per_second", *BANDWIDTHS)}
    by_place = {
        place: [
            spec.batch_size
            / floor_seconds(
                spec.n_features,
                spec.n_layers,
                spec.hidden_units,
                spec.batch_size,
                flops_per_second=flops,
                bytes_per_second=copied,
            )
            for flops, copied in zip(measured["flops_per_second"], measured[place], strict=True)
        ]
        for place in BANDWIDTHS
    }
    return {
        "n_remaining_weights": n_remaining_weights(spec.n_features, spec.n_layers, spec.hidden_units),
        **{name: median(values) for name, values in measured.items()},
        "train_samples_per_second": [round(value, 1) for value in by_place["bytes_per_second"]],
        "train_samples_per_second_in_cache": [
            round(value, 1) for value in by_place["bytes_per_second_in_cache"]
        ],
    }


if __name__ == "__main__":
    raise SystemExit(main())
