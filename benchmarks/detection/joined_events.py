r"""Are ten seconds of a real fault found in held-out recordings of a real machine, joined to one?

Of the normal recordings some are learned from. The others are joined, 40 to 100 seconds of them, and ten
seconds of the other class stand in their middle. ``score --every SECONDS --events`` then hears it, with
windows as long as the recordings were and one after another. A fault is found where an event overlaps it, and
in time where that event begins and ends at most one window away from it. Other events are false.

    python -m benchmarks.detection.joined_events --data path/to/data [--seeds 0 1 2] [--faults 5]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

__all__ = ["SETS", "Machine", "join_recordings", "main"]

FAULT_SECONDS = 10.0


class Machine(NamedTuple):
    """Folders of both classes, seconds of a recording, and how many normal ones are learned from."""

    normal: str
    other: str
    seconds: float
    n_learned: int


SETS = {
    "fan": Machine("mimii_fan_id_00/normal", "mimii_fan_id_00/abnormal", 10.0, 10),
    "drone": Machine("drone_motor/propeller", "drone_motor/no_propeller", 2.0, 30),
}
RATES = (None, 1.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, join, score, and print a line for each machine and rate."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the sets")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--faults", type=int, default=5, help="joined recordings a seed (default 5)")
    options = parser.parse_args(arguments)
    for name in options.sets:
        found: dict[float | None, list[tuple[bool, bool, int, float]]] = {rate: [] for rate in RATES}
        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as folder:
                for rate, rows in _one_seed(SETS[name], options.data, Path(folder), seed, options.faults):
                    found[rate] += rows
        for rate, rows in found.items():
            is_found, is_timely, n_false, seconds = map(np.array, zip(*rows, strict=True))
            asked = "default" if rate is None else f"--events-per-hour {rate:g}"
            print(
                f"{name}, {asked}: {is_found.sum()} of {len(rows)} found ({is_timely.sum()} in time), "
                f"{n_false.mean():.2f} false events in a recording of {seconds.mean():.0f} s",
                flush=True,
            )
    return 0


def join_recordings(
    machine: Machine, data: Path, folder: Path, *, seed: int, n_faults: int
) -> tuple[Path, list[tuple[Path, float, float]]]:
    """Write a corpus of what is learned from, and recordings with a fault in the middle.

    Returns:
        The corpus, and of each recording its path, its seconds and where the fault begins; the fault lasts
        ``FAULT_SECONDS``.
    """
    generator = np.random.default_rng(seed)
    normal, other = (sorted((data / part).glob("*.wav")) for part in (machine.normal, machine.other))
    drawn = [normal[place] for place in generator.permutation(len(normal))]
    faults = [other[place] for place in generator.permutation(len(other))]
    corpus = folder / "corpus"
    (corpus / "normal").mkdir(parents=True)
    for path in drawn[: machine.n_learned]:
        shutil.copy(path, corpus / "normal")
    around = [soundfile.read(path)[0] for path in drawn[machine.n_learned :]]
    rate, middle = soundfile.info(drawn[0]).samplerate, len(around) // 2
    before, after = np.concatenate(around[:middle]), np.concatenate(around[middle:])
    n_each = round(FAULT_SECONDS / machine.seconds)
    joined = []
    for number in range(n_faults):
        sounds = [soundfile.read(path)[0] for path in faults[number * n_each : (number + 1) * n_each]]
        sound = np.concatenate([before, *sounds, after])
        path = folder / f"joined{number}.wav"
        soundfile.write(path, sound, rate, subtype="PCM_16")
        joined.append((path, len(sound) / rate, len(before) / rate))
    return corpus, joined


def _one_seed(
    machine: Machine, data: Path, folder: Path, seed: int, n_faults: int
) -> list[tuple[float | None, list[tuple[bool, bool, int, float]]]]:
    """Return for each rate a row a recording: found, in time, false events, seconds."""
    from pipeline.recordings.long_recordings import Windowing, score_recordings

    corpus, joined = join_recordings(machine, data, folder, seed=seed, n_faults=n_faults)
    command = [sys.executable, "-m", "pipeline", "evaluate", "--target", "normal", "--preset", "sounds"]
    command += ["--corpus", str(corpus), "--run", str(folder / "run"), "--seed", str(seed), "--quiet"]
    subprocess.run([*command, "--set", "evaluation.sound_baselines=false"], check=True, capture_output=True)
    rows = []
    for rate in RATES:
        windowing = Windowing(
            every_seconds=machine.seconds,
            window_seconds=machine.seconds,
            has_events=True,
            events_per_hour=rate,
        )
        own = []
        for path, seconds, begin in joined:
            events = list(score_recordings(folder / "run", [path], windowing))
            end = begin + FAULT_SECONDS
            hits = [e for e in events if e["start_seconds"] < end and e["end_seconds"] > begin]
            is_timely = any(
                abs(e["start_seconds"] - begin) <= machine.seconds
                and abs(e["end_seconds"] - end) <= machine.seconds
                for e in hits
            )
            own.append((bool(hits), is_timely, len(events) - len(hits), seconds))
        rows.append((rate, own))
    return rows


if __name__ == "__main__":
    sys.exit(main())
