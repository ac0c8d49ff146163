"""Which published score finds which rows from elsewhere, where the likelihood is known to fail?

Three kinds of training rows, each asked of held-out rows of its own and of rows from elsewhere:

- a Gaussian of 100 features, under an affine flow, which is that Gaussian: rows near its mean, and wider
rows;
- the digits of scikit-learn, 64 features with uniform noise below one grey level, under a MAF: digits of half
  the contrast, flat rows of one grey, uniform noise, and a digit that was left out;
- patches of 8 by 8 of a photograph full of detail (``china.jpg`` of scikit-learn) under a MAF: patches of a
  smooth photograph (``flower.jpg``), the small relative of SVHN under a flow of CIFAR.

A figure is the area under the ROC curve of rows from elsewhere against held-out rows: 1 finds all, 0.5 is
chance, and below 0.5 they look more usual than the held-out rows do. Each seed draws rows, splits and weights
anew.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.spread import over_seeds

__all__ = ["CASES", "areas", "main", "table_of"]

N_TRAIN, N_REFERENCE, N_ASKED = 1_000, 300, 300
SCORES = (
    "likelihood",
    "typicality",
    "ratio",
    "complexity",
    "input gradient",
    "layer gradients",
    "states",
    "regret",
)
MUTATION_RATE = 0.2


class Case(NamedTuple):
    """Rows of one kind: to fit to, to compare with, to ask, and from elsewhere by name; all [N, D]."""

    family: str
    n_levels: int
    train: np.ndarray
    reference: np.ndarray
    held_out: np.ndarray
    elsewhere: dict[str, np.ndarray]


def gaussian(seed: int) -> Case:
    """Return rows of a Gaussian of 100 features with deviations of 0.5 to 2."""
    generator = np.random.default_rng([seed, 1])
    deviations = np.exp(generator.uniform(np.log(0.5), np.log(2.0), 100))

    def draw(n: int, width: float = 1.0) -> np.ndarray:
        return np.asarray(width * deviations * generator.standard_normal((n, 100)))

    elsewhere = {"near the mean": draw(N_ASKED, 0.1), "a fifth wider": draw(N_ASKED, 1.2)}
    return Case("affine", 256, draw(N_TRAIN), draw(N_REFERENCE), draw(N_ASKED), elsewhere)


def digits(seed: int) -> Case:
    """Return scikit-learn's digits but for the ones, of 17 grey levels from 0 to 16."""
    from sklearn.datasets import load_digits

    generator = np.random.default_rng([seed, 2])
    found = load_digits()
    is_left_out = found.target == 1
    train, reference, asked = split_rows(generator.permutation(found.data[~is_left_out]))
    grey = np.repeat(generator.integers(0, 17, (N_ASKED, 1)), 64, axis=1)
    elsewhere = {
        "half the contrast": np.floor(0.5 * asked),
        "one grey": grey,
        "uniform noise": generator.integers(0, 17, asked.shape),
        "a digit left out": found.data[is_left_out],
    }
    train, reference, asked = (part + generator.random(part.shape) for part in (train, reference, asked))
    blurred = {name: values + generator.random(values.shape) for name, values in elsewhere.items()}
    return Case("maf", 18, train, reference, asked, blurred)


def patches(seed: int) -> Case:
    """Return patches of 8 by 8 of a photograph full of detail, of 256 grey levels; no two overlap."""
    from sklearn.datasets import load_sample_image

    generator = np.random.default_rng([seed, 3])

    def cut(name: str) -> np.ndarray:
        grey = np.rint(load_sample_image(name).mean(axis=2))
        height, width = (8 * (size // 8) for size in grey.shape)
        tiles = grey[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 64)
        return np.asarray(generator.permutation(tiles) + generator.random(tiles.shape))

    smooth = cut("flower.jpg")[:N_ASKED]
    return Case("maf", 256, *split_rows(cut("china.jpg")), {"a smooth photograph": smooth})


def split_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows to fit to, to compare with and to ask."""
    first, second = N_TRAIN, N_TRAIN + N_REFERENCE
    return rows[:first], rows[first:second], rows[second : second + N_ASKED]


CASES: dict[str, Callable[[int], Case]] = {
    "Gaussian, 100 features": gaussian,
    "digits": digits,
    "detailed photograph": patches,
}


def areas(case: Case, seed: int) -> dict[str, dict[str, float]]:
    """Return for each kind of rows from elsewhere the area under the ROC curve of each score."""
    from sklearn.metrics import roc_auc_score

    from models.flows import FitOptions, Flow, FlowArchitecture
    from models.out_of_distribution import (
        DensityOfStates,
        InputComplexity,
        InputGradientNorm,
        LayerGradientNorms,
        Likelihood,
        LikelihoodRatio,
        LikelihoodRegret,
        Typicality,
        mutated,
    )

    def fitted(rows: np.ndarray) -> Flow:
        architecture = FlowArchitecture(family=case.family, n_layers=2, hidden_units=(64,))
        flow = Flow(rows.shape[1], architecture, seed=seed)
        if case.family == "affine":  # the whole fit has a formula
            flow.prepare(rows)
        else:
            flow.fit(rows, options=FitOptions(learning_rate=2e-3, max_epochs=30, seed=seed))
        return flow

    flow = fitted(case.train)
    likelihood, gradient = Likelihood(flow), InputGradientNorm(flow)
    scores: dict[str, Any] = {
        "likelihood": likelihood,
        "typicality": Typicality(flow, case.reference),
        "ratio": LikelihoodRatio(flow, fitted(mutated(case.train, MUTATION_RATE, seed))),
        "complexity": InputComplexity(flow, case.train, n_levels=case.n_levels),
        "input gradient": gradient,
        "layer gradients": LayerGradientNorms(flow, case.reference),
        "states": DensityOfStates({"likelihood": likelihood, "gradient": gradient}, case.reference),
        "regret": LikelihoodRegret(flow),
    }
    usual = {name: score.score(case.held_out) for name, score in scores.items()}
    found = {}
    for elsewhere, rows in case.elsewhere.items():
        is_elsewhere = np.repeat([0, 1], [len(case.held_out), len(rows)])
        found[elsewhere] = {
            name: float(
                roc_auc_score(is_elsewhere, _ranked(np.concatenate([usual[name], score.score(rows)])))
            )
            for name, score in scores.items()
        }
    return found


def table_of(found: dict[str, dict[str, dict[str, list[float]]]]) -> str:
    """Return a table in Markdown: a line for each kind of rows, the mean of the seeds and its range.

    Args:
        found: by training rows, by rows from elsewhere, by score: one area a seed.
    """
    lines = [
        "| fitted to | asked of | " + " | ".join(SCORES) + " |",
        "| --- | --- |" + " --- |" * len(SCORES),
    ]
    for case, kinds in found.items():
        for elsewhere, by_score in kinds.items():
            cells = [over_seeds(by_score[name]) for name in SCORES]
            lines.append(f"| {case} | {elsewhere} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Fit, score, print the table, and write every area as JSON where a file is named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flows.out_of_distribution", description=__doc__
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--out", type=Path, help="a file for every area as JSON")
    options = parser.parse_args(arguments)
    from pipeline.processes import import_tensorflow

    import_tensorflow()
    start = time.monotonic()
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for name in options.cases:
        for seed in range(options.seeds):
            for elsewhere, by_score in areas(CASES[name](seed), seed).items():
                kinds = found.setdefault(name, {}).setdefault(elsewhere, {score: [] for score in SCORES})
                for score, area in by_score.items():
                    kinds[score].append(area)
            print(f"{name}, seed {seed}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(table_of(found))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


def _ranked(values: np.ndarray) -> np.ndarray:
    """Return ranks, as infinity is no number to scikit-learn."""
    return np.asarray(np.unique(values, return_inverse=True)[1])


if __name__ == "__main__":
    raise SystemExit(main())
