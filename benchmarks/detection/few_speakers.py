r"""How does the detector do with few voices, tested on voices that it has never heard?

Holds some speakers out for testing, another group for each seed, and fits to the rest but one, who
validates. Speakers are taken in the order of their names, so that no clip has a say in who tests.
Protocol "one-class": nothing else is fitted to.

    python -m benchmarks.detection.few_speakers --corpus PATH --targets W [W ...] \
        [--held-out 2] [--seeds 0 1 2]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection.one_fit import baseline_macros, featured, figures_of, fitted_detector
from benchmarks.spread import mean_and_range
from pipeline.errors import PipelineError
from pipeline.evaluation.run_figures import scored_table
from pipeline.files.artefacts import write_json
from pipeline.runs.clip_table import ClipTable

__all__ = ["main", "parted"]

Row = dict[str, Any]
HEADER = "| target | held out | macro AUROC | worst word | words outranking | best simpler detector |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, score and print one table in Markdown; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--targets", nargs="+", required=True)
    parser.add_argument("--held-out", type=int, default=2, help="speakers who test")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--runs", type=Path, default=Path("runs/few_speakers"))
    chosen = parser.parse_args(arguments)
    print(HEADER + "\n" + "| --- " * 6 + "|", flush=True)
    rows: list[Row] = []
    try:
        for target in chosen.targets:
            for seed in chosen.seeds:
                rows.append(_row(chosen, target, seed))
                print(_line(rows[-1]), flush=True)
    except PipelineError as error:
        sys.exit(f"error: {error}")
    print(_last_line(rows))
    write_json(chosen.runs / "few_speakers.json", rows)


def parted(speakers: Sequence[str], n_held_out: int, seed: int) -> tuple[list[str], str]:
    """Return the speakers who test and the one who validates; seeds go round the names.

    Raises:
        PipelineError: nobody would be left to train with.
    """
    names = sorted(set(speakers))
    if n_held_out < 1 or n_held_out + 2 > len(names):
        raise PipelineError(
            f"--held-out={n_held_out} of {len(names)} speakers: at least one has to test, "
            "one to validate and one to train; hold out fewer, or name speakers with --name-pattern"
        )
    turned = [names[(seed * n_held_out + place) % len(names)] for place in range(n_held_out + 1)]
    return turned[:-1], turned[-1]


def _row(chosen: argparse.Namespace, target: str, seed: int) -> Row:
    settings, table, seconds = featured(
        chosen.preset, chosen.corpus, chosen.name_pattern, target, seed, chosen.runs
    )
    held_out, validating = parted(table.speaker[table.rows(target)], chosen.held_out, seed)
    train, validation, tested = _rows(table, target, held_out, validating)
    detector = fitted_detector(table, train, validation, settings)
    known = np.concatenate([train, validation])
    figures = figures_of(detector, table, seconds, known, tested, settings)
    return {
        "target": target,
        "seed": seed,
        "held_out": held_out,
        "validating": validating,
        **figures,
        "baselines": baseline_macros(detector, scored_table(table, settings.features), train, tested, target),
    }


def _rows(
    table: ClipTable, target: str, held_out: Sequence[str], validating: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return train and validation rows of the target, and test rows of all words."""
    own = table.rows(target)
    is_tested = np.isin(table.speaker, held_out)
    validation = own[table.speaker[own] == validating]
    train = own[~is_tested[own] & (table.speaker[own] != validating)]
    return train, validation, np.flatnonzero(table.usable & is_tested)


def _line(row: Row) -> str:
    simpler = max(row["baselines"], key=row["baselines"].__getitem__)
    cells = [
        row["target"],
        ", ".join(row["held_out"]),
        f"{row['macro_auroc']:.3f}",
        f"{row['worst_auroc']:.3f} ({row['worst_word']})",
        f"{row['words_outranking_target']} of {row['n_words']}",
        f"{row['baselines'][simpler]:.3f} ({simpler})",
    ]
    return f"| {' | '.join(cells)} |"


def _last_line(rows: Sequence[Row]) -> str:
    """Return the figures of all rows; the simpler detector is the one that is best over all of them."""
    over_all = {name: [row["baselines"][name] for row in rows] for name in rows[0]["baselines"]}
    simpler = max(over_all, key=lambda name: float(np.mean(over_all[name])))
    cells = [
        f"all {len(rows)}",
        "",
        mean_and_range([row["macro_auroc"] for row in rows]),
        f"{min(row['worst_auroc'] for row in rows):.3f}",
        f"{sum(row['words_outranking_target'] for row in rows)} of {sum(row['n_words'] for row in rows)}",
        f"{mean_and_range(over_all[simpler])} ({simpler})",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
