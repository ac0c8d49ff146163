"""Is a log-density a number under 10,000 random configurations: finite, or minus infinity, and never NaN?

A configuration is an architecture (family, sizes, permutation, normalisation, base, condition, ranges,
whole numbers, dtype), the rows that prepare it (normal, Student t, Cauchy, of 1e30, with one row of 1e30,
denormal, with a constant or a duplicate column), random weights, and rows that are asked about: some that
prepared it, and extremes.
Architectures are traced once each and serve in turns: 10,000 configurations are of 100 of them, unless told.

    python -m benchmarks.flows.configurations [--configurations N] [--architectures N] [--out runs/bench]

Prints how many log-densities were finite, minus infinity, plus infinity and NaN, and names each configuration
with one of the last two. Exit status 1 where there is one. Writes ``configurations.json``.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files import artefacts
from pipeline.processes.tensorflow_import import import_tensorflow

__all__ = ["Outcome", "main", "outcome"]

N_ROWS, N_ASKED, MAX_SIZE = 40, 8, 6
EXTREMES = (0.0, -0.0, 1.0, -5.0, 1e6, -1e6, 1e30, -1e30, 5e-324, 1e-40, 3e38, -3e38, np.inf, -np.inf, np.nan)
ROWS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda g, d: g.standard_normal((N_ROWS, d)),
    "Student t": lambda g, d: g.standard_t(2, (N_ROWS, d)),
    "Cauchy": lambda g, d: g.standard_cauchy((N_ROWS, d)),
    "1e30": lambda g, d: 1e30 * g.standard_normal((N_ROWS, d)),
    "one row of 1e30": lambda g, d: np.vstack([g.standard_normal((N_ROWS - 1, d)), np.full((1, d), 1e30)]),
    "denormal": lambda g, d: 1e-40 * g.standard_normal((N_ROWS, d)),
    "constant": lambda g, d: np.hstack([np.full((N_ROWS, 1), 7.0), g.standard_normal((N_ROWS, d - 1))]),
    "duplicate": lambda g, d: np.repeat(g.standard_normal((N_ROWS, 1)), d, axis=1),
}
KINDS = ("finite", "minus infinity", "plus infinity", "NaN")


@dataclass(frozen=True)
class Outcome:
    """What one configuration gave: its name, and how many log-densities of each kind."""

    name: str
    counts: dict[str, int]

    @property
    def is_right(self) -> bool:
        """Whether each log-density is finite or minus infinity."""
        return not self.counts["plus infinity"] and not self.counts["NaN"]


def main(arguments: list[str] | None = None) -> int:
    """Try all configurations, print the figures, and write ``configurations.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--configurations", type=int, default=10_000, help="default 10000")
    parser.add_argument("--architectures", type=int, default=100, help="default 100")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of configurations.json")
    options = parser.parse_args(arguments)
    if not 1 <= options.architectures <= options.configurations:
        parser.error("at least one architecture is needed, and as many configurations")
    began, total, wrong = time.perf_counter(), Counter[str](), list[str]()
    # All configurations of an architecture one after the other: few flows are kept at a time.
    for architecture in range(options.architectures):
        for number in range(architecture, options.configurations, options.architectures):
            found = outcome(architecture, number)
            total.update(found.counts)
            if not found.is_right:
                wrong.append(found.name)
                print(f"{found.name}: {found.counts}", flush=True)
        if (architecture + 1) % 10 == 0:
            print(f"{architecture + 1} of {options.architectures} architectures", file=sys.stderr, flush=True)
    facts: dict[str, Any] = {
        "n_configurations": options.configurations,
        "n_architectures": options.architectures,
        "log_densities": {kind: total[kind] for kind in KINDS},
        "wrong": wrong,
        "seconds": round(time.perf_counter() - began),
    }
    print(
        f"{options.configurations:,} configurations of {options.architectures} architectures: "
        + ", ".join(f"{total[kind]:,} {kind}" for kind in KINDS)
        + f"; {len(wrong)} configurations with a log-density that is neither finite nor minus infinity"
    )
    artefacts.write_json(options.out / "configurations.json", facts)
    return 1 if wrong else 0


def outcome(architecture: int, number: int) -> Outcome:
    """Return what the log-densities of one configuration are.

    Args:
        architecture: number of a random architecture.
        number: of the rows and weights.
    """
    flow, log_prob, weights = _built(architecture)
    generator = np.random.default_rng([number, 1])
    kind = str(generator.choice(list(ROWS)))
    rows = _inside(flow, ROWS[kind](generator, flow.event_size)).astype(flow.dtype.as_numpy_dtype)
    amount = float(generator.choice([0.0, 0.1, 1.0, 10.0, 1e4]))
    given = _given(flow, N_ROWS, generator)
    for variable, initial in weights:
        variable.assign(initial)
    flow.prepare(rows, **given)
    if not given:
        flow.freeze(rows)
    for variable, _ in weights:
        variable.assign_add(amount * generator.standard_normal(variable.shape))
    asked = generator.choice(EXTREMES, (N_ASKED, flow.event_size))
    asked[: N_ASKED // 2] = rows[: N_ASKED // 2]
    with np.errstate(over="ignore"):
        asked = asked.astype(rows.dtype)
    found = log_prob(asked, **_given(flow, N_ASKED, generator)).numpy()
    of_kind = (np.isfinite(found), np.isneginf(found), np.isposinf(found), np.isnan(found))
    counts = {kind: int(one.sum()) for kind, one in zip(KINDS, of_kind, strict=True)}
    return Outcome(f"{number}: {flow!r}, {flow.architecture}, rows {kind}, weights moved {amount:g}", counts)


@lru_cache(maxsize=1)
def _built(number: int) -> tuple[Any, Callable[..., Any], list[tuple[Any, np.ndarray]]]:
    """Return a random flow, its traced log-density, and its weights with their first values."""
    import_tensorflow()
    import tensorflow as tf

    from models.flows.architecture import CHOICES, WITH_EXACT_MASSES, FlowArchitecture
    from models.flows.flow import Flow

    generator = np.random.default_rng([number, 2])
    while True:
        chosen: dict[str, Any] = {name: str(generator.choice(known)) for name, known in CHOICES.items()}
        chosen["family"] = CHOICES["family"][number % len(CHOICES["family"])]
        size = int(generator.integers(2 if "coupling" in chosen["family"] else 1, MAX_SIZE + 1))
        size = max(size, 2) if chosen["family"] == "real_nvp" else size
        if generator.random() < 0.4:
            chosen |= {"context_size": 2, "n_classes": 3}
        if generator.random() < 0.3:
            chosen["bounds"] = ((0, *((0.0, 1.0), (0.0, np.inf), (-np.inf, 5.0))[generator.integers(3)]),)
        if chosen["family"] == "spline_coupling" and generator.random() < 0.5:
            chosen["circular"] = (size - 1,)
        elif generator.random() < 0.3 and (size > 1 or "bounds" not in chosen):
            chosen["discrete"] = ((size - 1, *((0, 1), (-3, 4), (0, 60_000))[generator.integers(3)]),)
        n_layers = int(generator.integers(1, 4))
        # By chance alone hardly any would have exact masses: half of those that can are made to.
        if "discrete" in chosen and chosen["family"] in WITH_EXACT_MASSES and number // 8 % 2 == 0:
            chosen |= {"normalization": "none", "base": "normal"}
            n_layers = 1
        try:
            architecture = FlowArchitecture(
                **chosen,
                n_layers=n_layers,
                hidden_units=tuple(generator.integers(1, 9, generator.integers(1, 3)).tolist()),
                log_scale_bound=float(generator.choice([0.5, 3.0])),
                n_base_components=2,
                n_bins=3,
                n_signals=2,
                ode_steps=4,
                n_draws=4,
            )
        except ValueError:  # choices that do not go together
            continue
        flow = Flow(size, architecture, dtype=(tf.float32, tf.float64)[int(generator.integers(2))])
        weights = [(variable, variable.numpy()) for variable in flow.trainable_variables]
        return flow, tf.function(flow.log_prob, autograph=False), weights


def _inside(flow: Any, rows: np.ndarray) -> np.ndarray:
    """Return rows within the ranges of the features that have one, whole numbers where they are discrete."""
    rows = rows.copy()
    for place, least, greatest in flow.architecture.discrete:
        rows[:, place] = np.rint(np.clip(np.nan_to_num(rows[:, place]), least, greatest))
    for place, low, high in flow.architecture.bounds:
        share = 0.05 + 0.9 / (1.0 + np.exp(-np.clip(rows[:, place], -50.0, 50.0)))
        if np.isfinite(low) and np.isfinite(high):
            rows[:, place] = low + (high - low) * share
        else:
            rows[:, place] = low + share if np.isfinite(low) else high - share
    return rows


def _given(flow: Any, n: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Return a context and a label for each row, where the flow takes them."""
    if not flow.architecture.condition_size:
        return {}
    context = generator.choice([0.0, 1.0, -1e6, 1e6], (n, 2)) * generator.standard_normal((n, 2))
    return {"context": context.astype(flow.dtype.as_numpy_dtype), "label": generator.integers(0, 3, n)}


if __name__ == "__main__":
    raise SystemExit(main())
