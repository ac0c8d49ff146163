"""How is every clip of a run scored, block by block, so that no block is scored twice, and written?

Each block that is done is a file beside the run's artefacts, known by all that its scores depend on: the
bytes of its clips' features and of the model, the code and the libraries. So an evaluation that was killed
goes on, and one with other thresholds, or after clips were added behind these, takes the scores that are
there.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.detection import RunModel
from pipeline.errors import ArtefactError
from pipeline.files import read_columns, read_json, write_csv, write_table
from pipeline.processes import mapping
from pipeline.quality import TAG_SEPARATOR, Finding, joined
from pipeline.runs import ClipTable, EachChannel, RunFolder, StageFolder, making_key
from pipeline.terminal import Progress, say

__all__ = ["kept_scores", "score_rows", "write_scores"]

BLOCK = 1024
ROWS_AT_ONCE = 4_096  # of the tables


def kept_scores(run_path: Path) -> tuple[Path, str]:
    """Return where scores of a run's clips are kept, and a digest of all that they depend on but the clips.

    Args:
        run_path: a run whose model is done.
    """
    run, card = RunFolder(run_path), read_json(run_path / "model" / "model.json")
    record = run.record("model")
    made = {} if record is None else record.files
    key = making_key(
        {
            **{name: made.get(f"model/{name}") for name in ("weights.npz", "calibration.npz")},
            **{name: card.get(name) for name in ("features", "model", "feature_shape", "cross_fitted")},
        }
    )
    return run.seen_path / "scores", key


def score_rows(
    table: ClipTable,
    rows: np.ndarray,
    recorded_seconds: np.ndarray,
    model: RunModel,
    alpha: float,
    kept: Path,
    key: str,
) -> dict[str, np.ndarray]:
    """Return the columns of ``TrainedModel.score`` for rows, block by block.

    Args:
        table: the clips.
        rows: of those that are scored [R].
        recorded_seconds: of every clip of the table.
        model: scores them.
        alpha: the false-alarm rate of the flags.
        kept: where blocks are kept; those that any call left there are not scored again, and those that this
            one does not need are removed when all is scored.
        key: of the model, the code and the libraries.
    """
    starts = range(0, len(rows), BLOCK)
    paths = [
        kept / f"{_content(*_clips(table, rows, start, recorded_seconds), key)}.parquet" for start in starts
    ]
    blocks = [_kept_block(path) for path in paths]
    left = [start for start, block in zip(starts, blocks, strict=True) if block is None]
    n_kept = len(rows) - sum(len(rows[start : start + BLOCK]) for start in left)

    def clips() -> Iterator[tuple[EachChannel, np.ndarray]]:
        for start in left:
            yield _clips(table, rows, start, recorded_seconds)

    columns: dict[str, np.ndarray] = {}
    with (
        Progress("score", len(rows), "clips", first="compiling") as progress,
        mapping(partial(_scored, model=model, alpha=alpha), clips(), n_workers=1, n_threads=2) as scored,
    ):
        for number, (start, path) in enumerate(zip(starts, paths, strict=True)):
            block, blocks[number] = blocks[number], None
            if block is None:
                block = next(scored)
                write_table(path, block)
            else:
                block["flagged"] = block["p_value"] <= alpha
            for name, values in block.items():
                if name not in columns:
                    columns[name] = np.empty(len(rows), values.dtype)
                columns[name][start : start + len(values)] = values
            progress.advance(len(block["p_value"]))
    if n_kept:
        kept_before = (
            f"evaluate: {n_kept} of {len(rows)} scores were kept from an earlier call with the same model"
        )
        say(kept_before, n_kept=n_kept, n_clips=len(rows))
    for path in set(kept.glob("*.*")) - set(paths):
        path.unlink()
    return columns


def write_scores(
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    findings: list[tuple[Finding, ...]],
    folder: StageFolder,
) -> None:
    """Write ``scores.parquet`` and ``scores.csv``.

    Args:
        table: the clips.
        rows: of those that were scored [R].
        columns: of their scores, and what was decided of them.
        findings: what is wrong with each recording [R].
        folder: where the stage writes.
    """
    terms = [name for name in columns if name.startswith("term_")]
    content: dict[str, Any] = {
        "path": table.path.take(rows).arrow,
        **{name: getattr(table, name)[rows] for name in ("word", "speaker", "split")},
    }
    for name in ("log_prob", "score", "p_value", "flagged"):
        content[name] = _widened(columns[name])
    broken = ["non_finite" if is_broken else "" for is_broken in columns["non_finite"]]
    content["tags"] = [
        TAG_SEPARATOR.join(filter(None, [own, joined(found)]))
        for own, found in zip(broken, findings, strict=True)
    ]
    content["fdr_listed"] = _widened(columns["fdr_listed"])
    named = ("channel",) if columns["channel"].any() else ()
    for name in (*terms, "nats_above_usual", *named):
        content[name] = _widened(columns[name])
    write_table(folder.top / "scores.parquet", content)
    write_csv(folder.top / "scores.csv", content, _as_python(content, len(rows)))


def _clips(
    table: ClipTable, rows: np.ndarray, start: int, recorded_seconds: np.ndarray
) -> tuple[EachChannel, np.ndarray]:
    """Return what is scored of one block."""
    chosen = rows[start : start + BLOCK]
    return table.each(chosen), recorded_seconds[chosen]


def _scored(clips: tuple[EachChannel, np.ndarray], *, model: RunModel, alpha: float) -> dict[str, np.ndarray]:
    each, recorded_seconds = clips
    return model.score(each, recorded_seconds, alpha)


def _content(each: EachChannel, seconds: np.ndarray, key: str) -> str:
    """Return a digest of all that the scores of a block depend on."""
    digest = hashlib.sha256(key.encode())
    for values in (each.features, each.clip, each.channel, seconds):
        digest.update(f"{values.dtype.str} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _kept_block(path: Path) -> dict[str, np.ndarray] | None:
    if not path.exists():
        return None
    try:
        columns = read_columns(path)
        return {name: np.array(columns[name].to_numpy()) for name in columns.column_names}
    except ArtefactError:  # a power cut: the block is scored again
        return None


def _widened(column: np.ndarray) -> np.ndarray:
    """Return numbers as wide as Python's own, which is how tables have them."""
    return column.astype({"f": np.float64, "i": np.int64}.get(column.dtype.kind, column.dtype), copy=False)


def _as_python(columns: Mapping[str, Any], n_rows: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of columns, some at a time: a number takes four times as much memory in Python."""
    for start in range(0, n_rows, ROWS_AT_ONCE):
        parts = [np.asarray(column[start : start + ROWS_AT_ONCE]) for column in columns.values()]
        yield from zip(*(part.tolist() for part in parts), strict=True)
