"""Does any file make the reader of heads fail, found by a search that watches which lines run?

    python -m benchmarks.reliability.fuzz [--executions 1000000] [--seed 1]

Atheris (a fuzzer guided by coverage) changes small files of each format, keeps those that reach new lines of
`pipeline.audio.containers`, and changes them again. The reader must refuse each with a code that is listed,
or say what sound it holds: at places that lie within the file, and no more of it than there is. Anything else
ends the search with a traceback, and leaves the file that did it in the current folder.
"""

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline.audio.containers"]):
    from pipeline.audio.containers import read_sound

from benchmarks.reliability.mutations import sound_files
from pipeline.errors import REFUSALS, UnusableClip

__all__ = ["main", "read_one"]

# The heads are what is read: the sound after them says nothing to a reader of heads, and slows the search.
N_BYTES = 4_096


def read_one(content: bytes) -> None:
    """Read the head of one file, and check what comes of it."""
    try:
        sound = read_sound(content)
    except UnusableClip as refused:
        if refused.code not in REFUSALS:
            raise ValueError(f"{refused.code} is no listed code") from refused
        return
    if sound.sample_rate <= 0 or sound.n_channels <= 0:
        raise ValueError(f"{sound} was accepted")
    for offset, n_bytes in sound.extents:
        if offset < 0 or n_bytes < 0 or offset + n_bytes > len(content):
            raise ValueError(f"{n_bytes} bytes at {offset} do not lie within {len(content)}")


def main() -> None:
    """Search; ends with status 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument(
        "--seeds", type=Path, default=Path("runs/bench/fuzz"), help="folder of files to start from; it grows"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.seeds.mkdir(parents=True, exist_ok=True)
    for name, content in sound_files().items():
        (options.seeds / name).write_bytes(content[:N_BYTES])
    limits = [f"-runs={options.executions}", f"-seed={options.seed}", f"-max_len={N_BYTES}"]
    atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", str(options.seeds)], read_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
