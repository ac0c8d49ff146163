"""How well do our flows, zuko's and nflows' describe real tables that everybody has?

The tables ship with scikit-learn: digits (64 features), breast cancer (30), wine (13), diabetes (10). Each
seed draws the noise, the split into 60 % to train, 20 % to validate and 20 % to test, and the first weights;
all libraries get the same rows, sizes, batches and optimiser. After each epoch the validation rows are
scored; a fit ends when they have not been better for ``--patience`` epochs, and the test value of the best
epoch counts. Figures are mean log-likelihoods of test rows in nats, higher is better, z-scored by the
training rows.

- Constant features go. Values are rounded in every table, and a density of rounded values has no bound: each
  feature gets uniform noise as wide as the smallest distance between two of its values.
- Rows of the test part decide nothing.

    python -m benchmarks.flows.real_tables [--seeds N] [--peers-python PATH] [--out runs/bench]

One library works at a time, on one thread. Writes ``real_tables.json``.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.flows.peers.conversation import LibraryFailed, Process, start
from benchmarks.flows.peers.specification import Specification
from benchmarks.spread import mean_and_range
from pipeline.density.preprocessing import gaussian_log_prob
from pipeline.files import artefacts

__all__ = ["TABLES", "Parts", "early_stopped", "main", "parts_of", "table_of"]

LIBRARIES = ("ours", "zuko", "nflows")
FAMILIES = {"maf": "MAF", "spline_maf": "spline MAF"}
TABLES = ("digits", "breast_cancer", "wine", "diabetes")
BATCH, CLIP_NORM = 32, 10.0


class Parts(NamedTuple):
    """Rows of one table, z-scored by those to train on; float32 [n, D]."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def parts_of(rows: np.ndarray, seed: int) -> Parts:
    """Return the parts of a table [N, D], with noise in place of rounding."""
    generator = np.random.default_rng([seed, 2])
    rows = rows[:, rows.min(axis=0) < rows.max(axis=0)].astype(np.float64)
    widths = [np.diff(np.unique(column)).min() for column in rows.T]
    rows = rows + generator.random(rows.shape) * widths
    rows = rows[generator.permutation(len(rows))]
    n_train, n_validation = round(0.6 * len(rows)), round(0.2 * len(rows))
    train = rows[:n_train]
    scored = ((rows - train.mean(axis=0)) / train.std(axis=0)).astype(np.float32)
    return Parts(*np.split(scored, [n_train, n_train + n_validation]))


def early_stopped(validation: Sequence[float | None], patience: int) -> int | None:
    """Return the epoch to keep, from 0, where the fit ends now; None where it goes on.

    Args:
        validation: mean nats after each epoch so far; None where a row had no finite density.
        patience: epochs without a better value after which it ends.
    """
    known = [-np.inf if value is None else value for value in validation]
    best = int(np.argmax(known))
    return best if len(known) - 1 - best >= patience else None


def table_of(facts: dict[str, Any]) -> str:
    """Return the lines of a Markdown table, one for each table and family."""
    names = [name for name in (*LIBRARIES, "gaussian") if name not in facts["absent"]]
    lines = [
        "| table | rows to train | features | flow | " + " | ".join(names) + " |",
        "| --- " * (4 + len(names)) + "|",
    ]
    for case in facts["cases"]:
        cells = [_cell(case["nats"][name]) for name in names]
        head = [case["table"].replace("_", " "), str(case["n_train"]), str(case["n_features"])]
        lines.append("| " + " | ".join([*head, FAMILIES[case["family"]], *cells]) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Fit everything, print the table, and write ``real_tables.json``."""
    options = _parse(arguments)
    began = time.perf_counter()
    facts: dict[str, Any] = {"absent": {}, "cases": []}
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name in options.tables:
                facts["cases"] += _cases(name, options, Path(folder), facts["absent"])
        except LibraryFailed as error:
            raise SystemExit(f"error: {error}") from error
    settings = {key: value for key, value in vars(options).items() if key not in ("out", "peers_python")}
    facts["settings"] = settings
    facts["seconds"] = round(time.perf_counter() - began)
    print(table_of(facts))
    for library, reason in facts["absent"].items():
        print(f"{library}: absent, not measured: {reason}")
    print(f"{facts['seconds']} seconds in all")
    artefacts.write_json(options.out / "real_tables.json", facts)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", type=int, default=3, help="fits of each (default 3)")
    parser.add_argument("--epochs", type=int, default=100, help="at most so many (default 100)")
    parser.add_argument("--patience", type=int, default=15, help="epochs without a better one (default 15)")
    parser.add_argument("--layers", type=int, default=3, help="layers of a MAF (default 3)")
    parser.add_argument("--spline-layers", type=int, default=2, help="layers of a spline MAF (default 2)")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64], help="default 64 64")
    parser.add_argument("--peers-python", default=sys.executable, help="an interpreter that has the peers")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of real_tables.json")
    options = parser.parse_args(arguments)
    sizes = (options.seeds, options.epochs, options.patience, options.layers, options.spline_layers)
    if min(*sizes, *options.hidden) < 1:
        parser.error("every number must be at least 1")
    return options


def _cases(
    name: str, options: argparse.Namespace, folder: Path, absent: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the figures of one table; each table has processes of its own, which bounds their memory."""
    import sklearn.datasets

    loader = getattr(sklearn.datasets, f"load_{name}")
    rows = (loader(scaled=False) if name == "diabetes" else loader()).data
    cases = []
    with start(LIBRARIES, options.peers_python, n_threads=1) as started:
        absent.update(started.absent)
        for family in options.families:
            nats: dict[str, list[float | None]] = {library: [] for library in (*LIBRARIES, "gaussian")}
            for seed in range(options.seeds):
                parts = parts_of(rows, seed)
                gaussian = gaussian_log_prob(parts.train, parts.test)
                nats["gaussian"].append(float(gaussian.mean()))
                for library, process in started.items():
                    nats[library].append(_fit(process, parts, family, seed, options, folder))
                    told = f"{name}, {FAMILIES[family]}, seed {seed}, {library}: {nats[library][-1]}"
                    print(told, file=sys.stderr, flush=True)
            n_train, n_features = parts.train.shape
            sizes = {"n_train": n_train, "n_test": len(parts.test), "n_features": n_features}
            cases.append({"table": name, "family": family, **sizes, "nats": nats})
    return cases


def _fit(
    process: Process, parts: Parts, family: str, seed: int, options: argparse.Namespace, folder: Path
) -> float | None:
    """Return the mean nats of the test rows after the epoch that was best for the validation rows."""
    paths = {}
    for part, rows in parts._asdict().items():
        paths[part] = str(folder / f"{part}.npy")
        np.save(paths[part], rows)
    specification = Specification(
        family=family,
        n_features=parts.train.shape[1],
        n_layers=options.layers if family == "maf" else options.spline_layers,
        hidden_units=tuple(options.hidden),
        batch_size=BATCH,
        clip_norm=CLIP_NORM,
        seed=seed,
    )
    process.ask("build", specification=specification.as_json(), rows=paths["train"])
    validation: list[float | None] = []
    test: list[float | None] = []
    for _ in range(options.epochs):
        process.ask("train", n_steps=len(parts.train) // BATCH)
        for part, values in (("validation", validation), ("test", test)):
            scored = process.ask("score", rows=paths[part])
            values.append(None if scored["n_not_finite"] else scored["mean_log_prob"])
        if early_stopped(validation, options.patience) is not None:
            break
    best = early_stopped(validation, 0)
    return None if best is None else test[best]


def _cell(values: list[float | None]) -> str:
    if None in values:
        return f"not finite with {values.count(None)} of {len(values)} seeds"
    return mean_and_range(values, digits=2, always=True)


if __name__ == "__main__":
    raise SystemExit(main())
