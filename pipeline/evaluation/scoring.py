"""How is every clip of a run scored, block by block, so that a stage that was killed goes on?

Each block that is done is a file of its own until the stage ends; its name says which rows it has.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.detection import RunModel
from pipeline.errors import ArtefactError
from pipeline.files import read_arrays, write_arrays
from pipeline.processes import mapping
from pipeline.runs import ClipTable, EachChannel
from pipeline.settings import Settings
from pipeline.terminal import Progress, say

__all__ = ["score_rows"]

BLOCK = 1024
ORDER = "order of the columns"


def score_rows(
    table: ClipTable,
    rows: np.ndarray,
    recorded_seconds: np.ndarray,
    model: RunModel,
    settings: Settings,
    kept: Path,
) -> dict[str, np.ndarray]:
    """Return the columns of ``TrainedModel.score`` for rows, block by block.

    Args:
        table: the clips.
        rows: of those that are scored [R].
        recorded_seconds: of every clip of the table.
        model: scores them.
        settings: of the run.
        kept: where blocks are kept; those that an earlier call with the same model left there are not
            scored again.
    """
    paths = {start: kept / f"scores-{start:09d}.npz" for start in range(0, len(rows), BLOCK)}
    found = {start: block for start, path in paths.items() if (block := _kept_block(path)) is not None}
    n_kept = sum(len(rows[start : start + BLOCK]) for start in found)

    def left() -> Iterator[tuple[EachChannel, np.ndarray]]:
        for start in paths:
            if start not in found:
                chosen = rows[start : start + BLOCK]
                yield table.each(chosen), recorded_seconds[chosen]

    function = partial(_scored, model=model, alpha=settings.evaluation.alpha)
    blocks: list[dict[str, np.ndarray]] = []
    with (
        Progress("score", len(rows), "clips", first="compiling") as progress,
        mapping(function, left(), n_workers=1) as scored,
    ):
        for start, path in paths.items():
            if start in found:
                block = found[start]
            else:
                block = next(scored)
                write_arrays(path, {**block, ORDER: np.array(list(block))})
            blocks.append(block)
            progress.advance(len(rows[start : start + BLOCK]))
    if n_kept:
        say(f"evaluate: {n_kept} of {len(rows)} scores were kept from a call that did not end")
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _scored(clips: tuple[EachChannel, np.ndarray], *, model: RunModel, alpha: float) -> dict[str, np.ndarray]:
    each, recorded_seconds = clips
    return model.score(each, recorded_seconds, alpha)


def _kept_block(path: Path) -> dict[str, np.ndarray] | None:
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        # Columns of the tables stand in this order, and a file of arrays has them by name.
        return {name: arrays[name] for name in arrays[ORDER].tolist()}
    except (ArtefactError, KeyError):  # a power cut: the block is scored again
        return None
