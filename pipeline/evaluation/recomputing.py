"""Does a run give its clips the same scores when they are heard again?

Some clips, spread evenly over those that were scored, go the whole way from their files. Another kind of
processor may sum in another order, so scores may differ in their last digits; beyond the tolerance something
else has changed: a file, a library, or the code.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.detection import read_cross_fitted
from pipeline.errors import ArtefactError, ConfigurationError, PipelineError
from pipeline.files import read_sealed_json, read_table
from pipeline.runs import PROVENANCE_NAME

__all__ = ["Recomputed", "recompute"]

# Of float32 sums over some thousand numbers: 1e-4 of a score of thousands of nats, and 0.01 of a small one.
RELATIVE, ABSOLUTE_NATS = 1e-4, 1e-2


ScorePaths = Callable[[Path, Iterable[Path]], Iterable[dict[str, Any]]]


class Recomputed(NamedTuple):
    """How many clips were scored again, the largest difference (nats), and whose it is."""

    n_clips: int
    largest: float
    path: str


def recompute(run_path: Path, n_clips: int, score_paths: ScorePaths) -> Recomputed:
    """Score clips of a run again from their files, and compare.

    Args:
        run_path: an evaluated run whose corpus stands where it stood.
        n_clips: so many, or all where there are fewer.
        score_paths: scores files by the run's model, in the order given.

    Raises:
        ConfigurationError: the run is cross-fitted: the models of its scores were not kept.
        PipelineError: a file of the corpus is gone.
        ArtefactError: a score differs by more than another processor can make.
    """
    if read_cross_fitted(run_path) is not None:
        raise ConfigurationError(
            f"{run_path} is cross-fitted, and the models that gave its scores are not kept; --recompute is "
            "for runs with splits"
        )
    told = read_sealed_json(run_path / PROVENANCE_NAME)
    columns = read_table(run_path / "scores.parquet")
    chosen = np.unique(np.linspace(0, len(columns["path"]) - 1, n_clips).round().astype(int)).tolist()
    root = Path(str(told.get("corpus", {}).get("root", "")))
    paths = [root / columns["path"][row] for row in chosen]
    if absent := [path for path in paths if not path.is_file()]:
        raise PipelineError(
            f"{len(absent)} of {len(paths)} clips are not where they were, the first is {absent[0]}; put the "
            "corpus back to score them again"
        )
    before = np.array([columns["score"][row] for row in chosen], float)
    after = np.array(
        [np.nan if line["score"] is None else line["score"] for line in score_paths(run_path, paths)]
    )
    difference = np.where(np.isnan(after), np.inf, np.abs(after - before))
    worst = int(np.argmax(difference))
    found = Recomputed(len(chosen), float(difference[worst]), str(columns["path"][chosen[worst]]))
    if (difference > ABSOLUTE_NATS + RELATIVE * np.abs(before)).any():
        raise ArtefactError(
            f"scores of {run_path} are not found again: {found.path} had {before[worst]:.4f} nats and has "
            f"{after[worst]:.4f} now; a file, a library or the code has changed: make the run again"
        )
    return found
