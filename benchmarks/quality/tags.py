"""How many clips of a run get which tag, and how far from a recording are changed copies of it?

    python -m benchmarks.quality.tags --run RUN

Prints two tables: the clips of each tag, and for each change of 300 clips the distance between the
sketches of the clip and of its changed copy. Above the second, the nearest two different recordings.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soxr

from pipeline.audio import read_clip, to_window
from pipeline.files.artefacts import read_json
from pipeline.files.tables import read_table
from pipeline.quality.near_pairs import near_pairs
from pipeline.quality.record import read_quality
from pipeline.quality.sketch import sketch
from pipeline.quality.tags import TAGS
from pipeline.runs.clip_table import read_clip_table

__all__ = ["main"]

RATE, N_CLIPS = 16_000, 300
FURTHEST_DECIBEL = 40.0  # above any distance: a copy's distance is wanted however far it is
NEAREST_DECIBEL = 4.0
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and measure; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    run = parser.parse_args(arguments).run
    table, record = read_clip_table(run), read_quality(run)
    rows = np.flatnonzero(table.usable)
    _print_tags(run, len(rows))
    numbers = record.sounds(rows)
    distances = [
        distance
        for i, j, distance in near_pairs(record.sketches[rows], NEAREST_DECIBEL)
        if numbers[i] != numbers[j]
    ]
    nearest = f"{min(distances):.1f}" if distances else f"more than {NEAREST_DECIBEL:g}"
    print(f"\nThe nearest two different recordings are {nearest} dB apart.\n")
    root = Path(read_json(run / "provenance.json")["corpus"]["root"])
    generator = np.random.default_rng(0)
    chosen = generator.choice(rows, min(N_CLIPS, len(rows)), replace=False)
    sounds = [to_window(read_clip(root / table.path[row]), RATE, 1.0)[0] for row in chosen]
    print("| change | median, dB | 95 %, dB |\n| --- | --- | --- |")
    for name, change in _CHANGES.items():
        apart = [_apart(sound, change(sound, generator)) for sound in sounds if sound.any()]
        print(f"| {name} | {np.median(apart):.1f} | {np.quantile(apart, 0.95):.1f} |")


def _print_tags(run: Path, n_clips: int) -> None:
    found = read_table(run / "evaluation" / "quality.parquet")
    clips = {tag: {p for p, t in zip(found["path"], found["tag"], strict=True) if t == tag} for tag in TAGS}
    print(f"| tag | clips of {n_clips} | share |\n| --- | --- | --- |")
    for tag, paths in clips.items():
        print(f"| `{tag}` | {len(paths)} | {len(paths) / n_clips:.1%} |")
    n_any = len(set(found["path"]))
    print(f"| any | {n_any} | {n_any / n_clips:.1%} |")


def _apart(sound: np.ndarray, changed: np.ndarray) -> float:
    pair = np.array([sketch(np.asarray(clip, np.float32), RATE) for clip in (sound, changed)])
    return next((distance for _, _, distance in near_pairs(pair, FURTHEST_DECIBEL)), FURTHEST_DECIBEL)


def _later(seconds: float) -> Change:
    n = round(seconds * RATE)
    return lambda sound, generator: np.concatenate([np.zeros(n, np.float32), sound[:-n]])


def _with_noise(decibel: float) -> Change:
    def change(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        level = float(np.sqrt(np.mean(np.square(sound)))) * 10 ** (-decibel / 20)
        return sound + level * generator.standard_normal(len(sound))

    return change


_CHANGES: dict[str, Change] = {
    "14 dB fainter": lambda sound, generator: 0.2 * sound,
    "3.3 ms later": _later(0.0033),
    "10 ms later": _later(0.01),
    "20 ms later": _later(0.02),
    "through 8 kHz and back": lambda sound, generator: soxr.resample(
        soxr.resample(sound, RATE, RATE // 2), RATE // 2, RATE
    ),
    "white noise 40 dB below": _with_noise(40),
    "white noise 30 dB below": _with_noise(30),
    "2 % slower": lambda sound, generator: soxr.resample(sound, RATE, RATE * 1.02)[:RATE],
    "in 8 bits, unscaled": lambda sound, generator: np.round(sound * 127) / 127,
}


if __name__ == "__main__":
    main()
