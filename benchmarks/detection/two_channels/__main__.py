r"""Which way to use two channels tells faults best, in rooms where something else sounds?

For each level of what else sounds, and for machines that were learned beside it and in quiet, one table in
Markdown: AUROC and pAUC (false-positive rates to 0.1, chance is 0.5), means over seeds, of all anomalous
recordings against all normal ones. The last column is the mean over the sets, with its range over the seeds.

    python -m benchmarks.detection.two_channels --data path/to/data [--seeds 0 1 2] [--levels 5 -5]
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.detection.two_channels.sites import SETS, open_site, recorded
from benchmarks.detection.two_channels.ways import scores_of
from benchmarks.spread import over_seeds

__all__ = ["figures", "main"]

MOST_FALSE = 0.1


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, fit, score and print; see the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the real sets")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--levels", nargs="+", type=float, default=[5.0, -5.0], help="of the machine, in dB")
    chosen = parser.parse_args(arguments)
    for is_quiet in (False, True):
        for level in chosen.levels:
            found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
            for seed in chosen.seeds:
                for name in chosen.sets:
                    for way, pair in figures(name, chosen.data, level, seed, is_quiet=is_quiet).items():
                        found[way][name].append(pair)
                    print(f"{name}, {level:g} dB, seed {seed}: done", file=sys.stderr, flush=True)
            where = "learned in quiet" if is_quiet else "learned beside it"
            print(f"\nThe machine is {level:+g} dB over what else sounds, {where}:\n")
            _print(found, chosen.sets)


def figures(
    name: str, data: Path | None, level: float, seed: int, *, is_quiet: bool
) -> dict[str, tuple[float, float]]:
    """Return AUROC and pAUC of each way on one set."""
    pairs = recorded(open_site(name, data, seed), level, seed, is_learned_quietly=is_quiet)
    return {
        way: (
            float(roc_auc_score(pairs.is_anomaly, scores)),
            float(roc_auc_score(pairs.is_anomaly, scores, max_fpr=MOST_FALSE)),
        )
        for way, scores in scores_of(pairs, seed).items()
    }


def _print(found: dict[str, dict[str, list[tuple[float, float]]]], sets: Sequence[str]) -> None:
    print(f"| way | {' | '.join(sets)} | AUROC, mean | pAUC, mean |")
    print("| --- |" + " --- |" * (len(sets) + 2))
    for way, of_sets in found.items():
        values = np.array([of_sets[name] for name in sets])  # sets, seeds, both figures
        cells = [f"{auroc:.3f} / {pauc:.3f}" for auroc, pauc in values.mean(axis=1)]
        means = values.mean(axis=0)
        cells += [over_seeds(means[:, column].tolist(), 3) for column in (0, 1)]
        print(f"| {way} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
