"""Is a single flipped bit anywhere in a run told by name?

Bits of every file of a finished run are flipped one at a time, drawn by seed, and ``audio-anomaly verify`` is
called on each: it must end with status 4. The run is as before afterwards.

    python -m benchmarks.reliability.damage --run RUN [--flips 150] [--large 3] [--seed 0]

Prints how many flips were tried, and each that was not told.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

__all__ = ["flipped", "main", "untold_flips"]

SMALL = 5_000  # bytes; files of numbers are larger, and all alike to their digest
DAMAGED = 4


@contextlib.contextmanager
def flipped(path: Path, place: int, bit: int) -> Iterator[None]:
    """Flip one bit of a file while the block lasts."""
    with path.open("r+b") as file:
        file.seek(place)
        (before,) = file.read(1)
        file.seek(place)
        file.write(bytes([before ^ (1 << bit)]))
    try:
        yield
    finally:
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([before]))


def untold_flips(
    run_path: Path, *, n_flips: int, n_large: int, seed: int
) -> tuple[int, list[tuple[str, int, int]]]:
    """Return how many bits were flipped, and name, place and bit of each that ``verify`` did not tell.

    Args:
        run_path: a finished run.
        n_flips: for each file below 5,000 bytes.
        n_large: for each larger one.
        seed: of what is drawn.
    """
    generator, n, untold = np.random.default_rng(seed), 0, []
    files = (path for path in run_path.rglob("*") if path.is_file())
    # What begins with a dot is kept for the next call, and no part of the run.
    for path in sorted(path for path in files if "/." not in f"/{path.relative_to(run_path).as_posix()}"):
        size = path.stat().st_size
        for _ in range(n_flips if size < SMALL else n_large):
            place, bit = int(generator.integers(size)), int(generator.integers(8))
            with flipped(path, place, bit):
                status = _verify(run_path)
            n += 1
            if status != DAMAGED:
                untold.append((path.relative_to(run_path).as_posix(), place, bit))
    return n, untold


def main(arguments: Sequence[str] | None = None) -> int:
    """Flip and print; the status is 1 where a flip was not told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--flips", type=int, default=150)
    parser.add_argument("--large", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    n, untold = untold_flips(chosen.run, n_flips=chosen.flips, n_large=chosen.large, seed=chosen.seed)
    for name, place, bit in untold:
        print(f"not told: {name}, byte {place}, bit {bit}")
    print(f"{n} flipped bits, {len(untold)} not told")
    return bool(untold)


def _verify(run_path: Path) -> int:
    from pipeline.commands.cli import main as program

    kept, sys.argv = sys.argv, ["audio-anomaly", "verify", f"--run={run_path}"]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            program()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.argv = kept


if __name__ == "__main__":
    sys.exit(main())
