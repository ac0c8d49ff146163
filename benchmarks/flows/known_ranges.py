"""How far from the truth are flows of angles, of bounded features and of whole numbers, and ensembles?

Rows are drawn from distributions whose log-density is known exactly, as in ``benchmarks.flows.known_truth``.
The gap is the truth's mean log-density over fresh rows less the flow's, in nats. Seeds draw the training rows
and the initial weights.

    python -m benchmarks.flows.known_ranges [--seeds N] [--only NAME ...] [--out runs/bench]

A dequantised flow's gap is by its bound, over as many points as the flow has by default. Writes
``known_ranges.json``.
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.special
import scipy.stats

from benchmarks.flows.known_truth import gap
from benchmarks.flows.truths import RotatedMixture
from benchmarks.spread import mean_and_range
from pipeline.files import artefacts
from pipeline.processes.tensorflow_import import import_tensorflow

__all__ = ["TRUTHS", "main"]

TEST_SEED = 1_000_000
N_MEMBERS = 5

Rows = tuple[np.ndarray, np.ndarray]


def torus(n: int, seed: int) -> Rows:
    """Return two angles: the first of two von Mises distributions, the second about the first."""
    generator = np.random.default_rng(seed)
    first = generator.vonmises(np.where(generator.random(n) < 0.6, 3.0, 0.5), 4.0)
    turn = np.sin(first)
    second = generator.vonmises(first + turn, 3.0)
    log_first = scipy.special.logsumexp(
        [math.log(w) + scipy.stats.vonmises.logpdf(first, 4.0, loc=at) for w, at in ((0.6, 3.0), (0.4, 0.5))],
        axis=0,
    )
    log_second = scipy.stats.vonmises.logpdf(second - first - turn, 3.0)
    return np.stack([first, second], axis=1), log_first + log_second


def bounded(n: int, seed: int) -> Rows:
    """Return a share x of a beta distribution, and a time above 0 of a gamma distribution given x."""
    generator = np.random.default_rng(seed)
    share = np.clip(generator.beta(0.8, 2.0, n), 1e-6, 1.0 - 1e-6)
    scale = 0.5 + 3.0 * share
    duration = np.maximum(generator.gamma(1.5, scale), 1e-6)
    log_prob = scipy.stats.beta.logpdf(share, 0.8, 2.0) + scipy.stats.gamma.logpdf(duration, 1.5, scale=scale)
    return np.stack([share, duration], axis=1), log_prob


def mixed(n: int, seed: int) -> Rows:
    """Return a normal x, a count of 8 given x, one of two kinds given both, and a normal y given all."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(n)
    chance = scipy.special.expit(1.5 * np.sin(2.0 * x))
    count = generator.binomial(8, chance).astype(float)
    switch = scipy.special.expit(count - 4.0 + x)
    kind = generator.binomial(1, switch).astype(float)
    centre, width = np.where(kind == 1.0, 2.0, -1.0) + 0.3 * count, np.where(kind == 1.0, 0.3, 0.8)
    y = centre + width * generator.standard_normal(n)
    log_prob = scipy.stats.norm.logpdf(x) + scipy.stats.binom.logpmf(count, 8, chance)
    log_prob += scipy.stats.bernoulli.logpmf(kind, switch) + scipy.stats.norm.logpdf(y, centre, width)
    return np.stack([x, count, kind, y], axis=1), log_prob


def plane(n: int, seed: int) -> Rows:
    """Return rows of four Gaussians in the plane."""
    truth = RotatedMixture(2)
    rows = truth.sample(n, seed)
    return rows, truth.log_prob(rows)


TRUTHS: dict[str, Callable[[int, int], Rows]] = {
    "torus": torus,
    "bounded": bounded,
    "mixed": mixed,
    "rotated mixture": plane,
}


class Case(NamedTuple):
    """A flow that is fitted to a truth: what the table calls it, and its architecture."""

    truth: str
    flow: str
    architecture: dict[str, Any]


_RANGES = ((0, 0.0, 1.0), (1, 0.0, math.inf))
_WHOLE = ((1, 0, 8), (2, 0, 1))
CASES = (
    Case("torus", "spline coupling, circular", {"family": "spline_coupling", "circular": (0, 1)}),
    Case("torus", "spline coupling", {"family": "spline_coupling"}),
    Case("bounded", "spline MAF, bounds", {"family": "spline_maf", "bounds": _RANGES}),
    Case("bounded", "spline MAF", {"family": "spline_maf"}),
    Case(
        "mixed", "spline MAF of one layer, exact", {"family": "spline_maf", "n_layers": 1, "discrete": _WHOLE}
    ),
    Case("mixed", "MAF of one layer, exact", {"family": "maf", "n_layers": 1, "discrete": _WHOLE}),
    Case("mixed", "spline MAF, dequantised", {"family": "spline_maf", "discrete": _WHOLE}),
    Case("mixed", "MAF, dequantised", {"family": "maf", "discrete": _WHOLE}),
    Case("rotated mixture", f"ensemble of {N_MEMBERS} spline MAFs", {"family": "spline_maf"}),
)


def main(arguments: list[str] | None = None) -> int:
    """Fit everything, print the table, and write ``known_ranges.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="fits of each (default 3)")
    parser.add_argument(
        "--rows", type=int, default=10_000, help="training rows, and fresh ones (default 10000)"
    )
    parser.add_argument("--epochs", type=int, default=6, help="passes over the rows (default 6)")
    parser.add_argument("--layers", type=int, default=2, help="of flows that have several (default 2)")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64], help="default 64 64")
    parser.add_argument("--only", nargs="+", choices=TRUTHS, default=list(TRUTHS), help="default all truths")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of known_ranges.json")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.epochs, options.layers) < 1 or options.rows < 100:
        parser.error("numbers must be at least 1, and rows at least 100")
    import_tensorflow()
    began, gaps = time.perf_counter(), dict[tuple[str, str], list[float]]()
    for case in CASES:
        if case.truth in options.only:
            for seed in range(options.seeds):
                for flow, found in _gaps(case, seed, options).items():
                    gaps.setdefault((case.truth, flow), []).append(found)
                    print(f"{case.truth}, {flow}, seed {seed}: {found:.3f} nats", flush=True)
    n_steps = options.epochs * (options.rows // 100)
    print(f"\ngap to the truth in nats over {options.rows:,} fresh rows after {n_steps:,} steps,")
    print(f"zero is perfect; mean of {options.seeds} seeds (lowest to highest)\n")
    for (truth, flow), ones in gaps.items():
        print(f"{truth:18}{flow:36}{mean_and_range(ones, always=True):>28}")
    rows = [{"truth": truth, "flow": flow, "gaps": ones} for (truth, flow), ones in gaps.items()]
    settings = {key: value for key, value in vars(options).items() if key != "out"}
    seconds = round(time.perf_counter() - began)
    facts = {"settings": settings, "cases": rows, "seconds": seconds}
    artefacts.write_json(options.out / "known_ranges.json", facts)
    return 0


def _gaps(case: Case, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Return the gap of each flow of a case: the flow's, or those of an ensemble and of its members."""
    from models.ensembles import FlowEnsemble
    from models.flows import FitOptions, Flow, FlowArchitecture, evaluate

    hidden = {"hidden_units": tuple(options.hidden), "n_layers": options.layers}
    architecture = FlowArchitecture(**{**hidden, **case.architecture})
    (rows, _), (fresh, log_prob) = (TRUTHS[case.truth](options.rows, at) for at in (seed + 1, TEST_SEED))
    rows = rows.astype(np.float32)
    fit = FitOptions(batch_size=100, learning_rate=1e-3, max_epochs=options.epochs, patience=0, seed=seed)

    def of(flow: Flow) -> float:
        values = evaluate(flow.compiled_log_prob, fresh.astype(np.float32))
        return gap(log_prob, float(np.mean(values, dtype=np.float64)))

    if not case.flow.startswith("ensemble"):
        flow = Flow(rows.shape[1], architecture, seed=seed)
        flow.fit(rows, rows[:100], fit)
        return {case.flow: of(flow)}
    ensemble = FlowEnsemble(rows.shape[1], architecture, n_members=N_MEMBERS, seed=N_MEMBERS * seed)
    ensemble.fit(rows, rows[:100], fit)
    together = float(np.mean(ensemble.log_prob(fresh.astype(np.float32)), dtype=np.float64))
    return {
        "spline MAF, its members' mean": float(np.mean([of(member) for member in ensemble.members])),
        case.flow: gap(log_prob, together),
    }


if __name__ == "__main__":
    raise SystemExit(main())
