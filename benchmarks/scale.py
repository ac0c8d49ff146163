"""What does each stage cost where clips are many: seconds, memory, CPU, and bytes?

A corpus is made of the embedded one, with no two clips alike, see ``benchmarks.many_clips``. Three calls of
``evaluate`` follow: the first from nothing, a second that finds all done, and one after clips were added.

    python -m benchmarks.scale [--clips N] [--added N] [--target-share SHARE] [--set KEY=VALUE ...]

Scoring is a stage of its own here, and what follows it the rest of the evaluation. Memory is that of the
largest process, sampled as ``benchmarks.memory`` does, so a short peak may lie between two samples. Bytes are
those of calls that read and write, the page cache included, mapped files not. Writes ``scale.json``.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.many_clips import make_many_clips
from benchmarks.memory import Peaks, watched
from pipeline.files import artefacts

__all__ = ["MARKS", "main", "print_costs"]

TARGET = "zero"
REST = "rest of the evaluation"
# The progress of scoring says when the last clip has its score.
MARKS = {r"score: (\d+)/\1 clips": REST}
NAMES = {"evaluate": "scores"}


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its tables, and write ``scale.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=20_000, help="clips of the corpus (default 20000)")
    parser.add_argument(
        "--added", type=int, default=1_000, help="clips added for the last call (default 1000)"
    )
    parser.add_argument(
        "--target-share",
        type=float,
        default=1 / 6,
        help="of the clips, under the target's name (default 1/6)",
    )
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="KEY=VALUE, of settings")
    parser.add_argument("--folder", type=Path, help="where corpus and run are made and kept (default: gone)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of scale.json")
    options = parser.parse_args(arguments)
    folder = options.folder or Path(tempfile.mkdtemp())
    corpus, run = folder / "words", folder / "run"
    command = [sys.executable, "-m", "pipeline", "evaluate", f"--corpus={corpus}", f"--target={TARGET}"]
    command += [f"--run={run}", *(f"--set={override}" for override in options.overrides)]
    found: dict[str, Peaks] = {}
    try:
        first, n_clips = 0, options.clips
        for title, n_added in (("first call", 0), ("second call", 0), ("clips added", options.added)):
            n_clips += n_added
            if first < n_clips:
                began = time.perf_counter()
                make_many_clips(corpus, n_clips, TARGET, options.target_share, first=first)
                print(f"made {n_clips - first:,} clips in {time.perf_counter() - began:.0f} s", flush=True)
                first = n_clips
            stages = watched(command, "evaluate", MARKS)
            found[title] = {NAMES.get(name, name): figures for name, figures in stages.items()}
            artefacts.write_json(options.out / "scale.json", {"clips": options.clips, **found})
            print_costs(f"{title}, {n_clips:,} clips", found[title], n_clips)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def print_costs(title: str, stages: Peaks, n_clips: int) -> None:
    """Print what each stage took, and what that is a clip."""
    heads: Sequence[str] = ("seconds", "clips/s", "largest MB", "CPU ms/clip", "kB read", "kB written")
    print(f"{title:34}{''.join(f'{head:>13}' for head in heads)}")
    for name, figures in stages.items():
        each = [1e3 * figures[cost] / n_clips for cost in ("cpu_seconds", "read_mb", "written_mb")]
        rate = n_clips / max(figures["seconds"], 1e-3)
        print(
            f"{name:34}{figures['seconds']:>13,.1f}{rate:>13,.0f}{figures['largest_mb']:>13,.0f}"
            + "".join(f"{value:>13,.2f}" for value in each)
        )
    print(f"{'all':34}{sum(figures['seconds'] for figures in stages.values()):>13,.1f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
