"""What do fitting and scoring cost where a machine comes with hundreds of recordings?

From recordings of one class that are at hand, others are made: two of them, each from a drawn place on and
joined to itself where it ends, are summed by drawn shares. They are learned from and then scored, each by a
process that is started as a user starts it. ``times_real_time`` counts that start, too.

    python -m benchmarks.detection.many_recordings --recordings FOLDER [--n 500] [--seconds 10]

Prints, and writes ``many_recordings.json``: seconds, the peak of the largest process (1 MB is 10^6 bytes) and
of all together, and how many seconds of sound are scored in a second.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.memory import watched
from pipeline.files import artefacts

__all__ = ["main", "mixed"]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its table, and write ``many_recordings.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recordings", type=Path, required=True, help="a folder of WAV files of one rate")
    parser.add_argument("--n", type=int, default=500, help="recordings to make (default 500)")
    parser.add_argument("--seconds", type=float, default=10, help="of each (default 10)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of many_recordings.json")
    options = parser.parse_args(arguments)
    paths = sorted(options.recordings.glob("*.wav"))
    if len(paths) < 2:
        parser.error(f"{options.recordings} holds {len(paths)} WAV files; at least 2 are needed")
    program = [sys.executable, "-m", "pipeline"]
    with tempfile.TemporaryDirectory() as folder:
        run, normal = f"--run={folder}/run", Path(folder, "corpus", "normal")
        mixed(paths, normal, n_recordings=options.n, seconds=options.seconds)
        page = [f"--corpus={folder}/corpus", "--target=normal", "--preset=sounds", run]
        figures = {
            "train": _figures([*program, "train", *page], "train"),
            "score": _figures([*program, "score", run, str(normal)], "score"),
        }
    figures["score"]["times_real_time"] = round(options.n * options.seconds / figures["score"]["seconds"], 1)
    artefacts.write_json(options.out / "many_recordings.json", figures)
    for verb, values in figures.items():
        print(verb, *(f"{name}={value:,.0f}" for name, value in values.items()))
    return 0


def mixed(paths: list[Path], folder: Path, *, n_recordings: int, seconds: float) -> None:
    """Write recordings that are sums of two of ``paths``, mono, 16-bit, the same for every run."""
    sounds = [soundfile.read(path, dtype="float32", always_2d=True) for path in paths]
    rate = min(rate for _, rate in sounds)
    n_samples = round(seconds * rate)
    generator = np.random.default_rng(0)
    folder.mkdir(parents=True)

    def piece(number: int) -> np.ndarray:
        sound = sounds[number][0][:, 0]
        begin = int(generator.integers(len(sound)))
        return np.resize(np.roll(sound, -begin), n_samples)

    for number in range(n_recordings):
        one, other = (piece(chosen) for chosen in generator.choice(len(sounds), 2, replace=False))
        share = generator.uniform(0.2, 0.8)
        sound = np.sqrt(share) * one + np.sqrt(1 - share) * other
        soundfile.write(folder / f"{number:05}.wav", sound, rate, subtype="PCM_16")


def _figures(command: list[str], verb: str) -> dict[str, float]:
    began = time.perf_counter()
    peaks = watched(command, verb)
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 1)} | {
        name: max(peak[name] for peak in peaks.values()) for name in ("largest_mb", "all_mb")
    }


if __name__ == "__main__":
    raise SystemExit(main())
