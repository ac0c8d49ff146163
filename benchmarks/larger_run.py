r"""What does the evaluation of a million clips hold and cost, by a run that is made of a smaller one?

The features of a finished run are written again, so many times, each copy changed at random (patches of six
frames and five bands by some 5 dB, sketches and features apart), with names and digests of its own; the model
stays. Then the stages
after the features follow as they do in any run: scores, tags, reasons, figures. No recording stands behind a
copy, so there is no report. A test clip of a copied word is as strange as the change makes it, and AUROC says
nothing here.

    python -m benchmarks.larger_run --run path/to/run --folder path/to/work [--clips 1000000]

Memory and seconds as ``benchmarks.scale`` has them. Writes ``larger_run.json``.
"""

import argparse
import hashlib
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.memory import watched
from benchmarks.scale import MARKS, print_costs
from pipeline.files import artefacts, create_array, open_array
from pipeline.quality.sketch import STEPS_A_DECIBEL
from pipeline.runs import CONFIG_NAME, RunFolder
from pipeline.settings import read_settings

__all__ = ["enlarge", "main"]

CHANGE_DECIBEL = 5.0
PATCH = (6, 5)  # frames and bands that move together
BLOCK = 4_096


def main(arguments: list[str] | None = None) -> int:
    """Make the run, judge it in a process of its own, and print what that took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="a finished run of words, not of channels")
    parser.add_argument("--folder", type=Path, help="where the larger run is made; gone afterwards")
    parser.add_argument("--clips", type=int, default=1_000_000, help="at least so many (default 1000000)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of larger_run.json")
    options = parser.parse_args(arguments)
    if options.folder is None:
        _judge(options.run)
        return 0
    larger = options.folder / "larger_run"
    try:
        began = time.perf_counter()
        n_clips = enlarge(options.run, larger, options.clips)
        print(f"made a run of {n_clips:,} clips in {time.perf_counter() - began:.0f} s", flush=True)
        command = [sys.executable, "-m", "benchmarks.larger_run", f"--run={larger}"]
        stages = watched(command, "evaluate", MARKS)
        artefacts.write_json(options.out / "larger_run.json", {"clips": n_clips, **stages})
        print_costs(f"{n_clips:,} clips", stages, n_clips)
    finally:
        shutil.rmtree(larger, ignore_errors=True)
    return 0


def enlarge(run: Path, larger: Path, n_clips: int) -> int:
    """Write a run of at least ``n_clips`` clips, and return how many it has."""
    larger.mkdir(parents=True)
    shutil.copy(run / CONFIG_NAME, larger)
    target, made = RunFolder(larger), run / "features"
    manifest, quality = pq.read_table(run / "manifest.parquet"), pq.read_table(made / "quality.parquet")
    n_copies = -(-n_clips // len(manifest))
    own = ("path", "speaker", "recording", "sha256")
    with target.stage("features", {}) as folder:
        shutil.copy(made / "notes.json", folder.own)
        _write(folder.top / "manifest.parquet", manifest, n_copies, own)
        _write(folder.own / "quality.parquet", quality, n_copies, ("sound_sha256",))
        _copies(folder.own / "features.npy", open_array(made / "features.npy"), n_copies, _shaken)
        _copies(folder.own / "sketches.npy", open_array(made / "sketches.npy"), n_copies, _shaken_levels)
    with target.stage("model", {}) as folder:
        for path in (run / "model").iterdir():
            if path.name != "record.json":
                shutil.copy(path, folder.own)
    return n_copies * len(manifest)


def _judge(run_path: Path) -> None:
    from pipeline.evaluation.stage import evaluate_model
    from pipeline.processes import settle_allocation

    settle_allocation()  # as the program does
    settings = read_settings(run_path / CONFIG_NAME)
    with RunFolder(run_path).stage("evaluation", {}) as folder:
        evaluate_model(run_path, settings, {"name": "larger", "sha256": ""}, folder, corpus_root=run_path)


def _write(path: Path, table: pa.Table, n_copies: int, own: tuple[str, ...]) -> None:
    """Write a table again and again, the texts of some columns changed with each copy."""
    with pq.ParquetWriter(path, table.schema) as writer:
        for number in range(n_copies):
            changed = table
            for name in own if number else ():
                if name not in table.column_names:
                    continue
                texts = [_renamed(text, name, number) for text in table[name].to_pylist()]
                place = table.column_names.index(name)
                changed = changed.set_column(place, table.schema.field(name), pa.array(texts, pa.string()))
            writer.write_table(changed)


def _renamed(text: str, column: str, number: int) -> str:
    if not text:
        return text
    if column.endswith("sha256"):
        return hashlib.sha256(f"{number} {text}".encode()).hexdigest()
    return f"{number:03d}-{text}" if column != "path" else f"{text.split('/')[0]}/{number:03d}-{text}"


def _copies(
    path: Path,
    array: np.ndarray,
    n_copies: int,
    change: Callable[[np.ndarray, np.random.Generator], np.ndarray],
) -> None:
    create_array(path, (n_copies * len(array), *array.shape[1:]), dtype=array.dtype.str)
    written = open_array(path, mode="r+")
    for number in range(n_copies):
        generator = np.random.default_rng(number)
        for start in range(0, len(array), BLOCK):
            block = np.asarray(array[start : start + BLOCK])
            at = number * len(array) + start
            written[at : at + len(block)] = change(block, generator) if number else block
    written.flush()


def _shaken(block: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return np.asarray(block + _patches(block.shape, generator), np.float32)


def _shaken_levels(block: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return sketches whose filled cells are moved; see ``pipeline.quality.sketch`` for the levels."""
    moved = np.rint(block + STEPS_A_DECIBEL * _patches(block.shape, generator))
    return np.where(block > 0, np.clip(moved, 1, 255), 0).astype(np.uint8)


def _patches(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Return what moves each clip, [N, ...]: near duplicates are sought along smooth directions."""
    axes = range(1, len(shape))
    coarse = (shape[0], *(-(-shape[axis] // PATCH[axis - 1]) for axis in axes))
    field = CHANGE_DECIBEL * generator.standard_normal(coarse, np.float32)
    for axis in axes:
        field = np.repeat(field, PATCH[axis - 1], axis=axis)
    return field[tuple(slice(size) for size in shape)]


if __name__ == "__main__":
    raise SystemExit(main())
