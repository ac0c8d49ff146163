"""Does a run that meets a full disk end in one sentence, and go on when there is room?

A run is made once with room, which gives the size of its folder. Then it is made again on small disks (tmpfs,
which needs root and Linux), whose sizes are spread evenly up to that size. Each call must end with status 1
and one sentence that says what is missing. The disk is then made larger, and the same command must end in the
same bytes.

    python -m benchmarks.reliability.disks [--corpus embedded] [--target zero] [--clips 120] [--disks 30]

Prints how many disks were full, how each call ended, and how many runs had other bytes (0 is right).
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.reliability.kills import differing, sampled

__all__ = ["ending", "main"]

ROOM_BYTES = 1 << 30  # of the disk in the end
PAGE = 4_096


def main(arguments: list[str] | None = None) -> int:
    """Fill the disks and print; the status is 1 where a call ended otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", default="embedded", help="a corpus of words (default embedded)")
    parser.add_argument("--target", default="zero", help="the word to learn (default zero)")
    parser.add_argument("--clips", type=int, default=120, help="to take of it at most (default 120)")
    parser.add_argument("--disks", type=int, default=30, help="of different sizes (default 30)")
    parser.add_argument("--preset", default="fft", help="of the run (default fft, the quickest)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(arguments)
    endings: Counter[str] = Counter()
    n_other = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sampled(options.corpus, options.target, options.clips, folder / "corpus")
        command = [sys.executable, "-m", "pipeline", "evaluate", f"--corpus={folder / 'corpus'}"]
        command += [
            f"--target={options.target}",
            f"--preset={options.preset}",
            *(f"--set={value}" for value in options.set),
        ]
        whole = folder / "whole"
        subprocess.run([*command, f"--run={whole}"], check=True, capture_output=True)
        n_bytes = sum(-(-path.stat().st_size // PAGE) * PAGE for path in whole.rglob("*") if path.is_file())
        for number in range(options.disks):
            size = max(PAGE, round((number + 0.5) / options.disks * n_bytes))
            with _disk(folder / "disk", size) as disk:
                run = disk / "run"
                ended = ending(_call(command, run))
                _resize(disk, ROOM_BYTES)
                again = ending(_call(command, run))
                other = differing(whole, run) if again == "done" else ("all",)
            endings[ended] += 1
            n_other += bool(other)
            print(f"{size:,} bytes: {ended}, with room: {again}, other bytes: {other}", file=sys.stderr)
    print(f"{options.disks} disks of up to {n_bytes:,} bytes: {dict(endings)}, other bytes {n_other}")
    return int(n_other > 0 or bool(set(endings) - {"told", "done"}))


def ending(call: "subprocess.CompletedProcess[str]") -> str:
    """Return how a call ended: ``done``, ``told`` (one sentence, status 1), or how it should not have."""
    if call.returncode in (0, 3):
        return "done"
    errors = [line for line in call.stderr.splitlines() if line.startswith("error: ")]
    if "Traceback" in call.stderr or len(errors) != 1:
        return f"status {call.returncode} without one sentence: {call.stderr[-300:]}"
    if call.returncode != 1 or "No space left on device" not in errors[0]:
        return f"status {call.returncode}: {errors[0]}"
    return "told"


def _call(command: Sequence[str], run: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*command, f"--run={run}"], capture_output=True, text=True, check=False)


@contextmanager
def _disk(place: Path, n_bytes: int) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _resize(place: Path, n_bytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={n_bytes}", str(place)], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
