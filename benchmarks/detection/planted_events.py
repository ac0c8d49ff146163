r"""Are faults of ten seconds found in an hour of an embedded machine, and how many events are false?

An hour is rendered in pieces of ten windows, each a machine of its own: seeds that no clip of the corpus has,
speed, load and place drawn as for the clips, one piece in six of the target domain. Each fault is planted in
each of three sizes, in a piece of its own, for ten seconds from the middle of a window on: sound of the same
machine with the fault takes the place of that without. A fault is found where an event overlaps it, and in
time where the event begins and ends at most one window away from it; it is named where the event's reason
names its kind at its rate, band or time (``benchmarks.explanation.sound_reasons``). Other events are false.
Windows follow one another without a gap.

    python -m benchmarks.detection.planted_events --runs FOLDER [--machines fan pump slider valve]

FOLDER has one run a machine, under its name, from ``evaluate --corpus machines --preset sounds``.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.explanation.sound_reasons import FAULTS
from pipeline.corpora.machines.kinds import SEVERITIES, State
from pipeline.corpora.machines.plans import KINDS, SEED, Recording, samples_of, whole
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.processes import map_batches
from pipeline.recordings.long_recordings import Windowing, score_recordings

__all__ = ["Fault", "main"]

FIRST_NUMBER = 100_000  # of a piece's seed: beyond all clips of the corpus
WINDOWS_A_PIECE = 10
FAULT_SECONDS = 10.0
FAULT_WINDOW = 3.5  # where in a piece a fault begins, in windows
TARGET_EVERY = 6
RATES = (1.0, 15.0)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A planted fault: its size, when it sounds in seconds, and the piece that it sounds in."""

    size: str
    start: float
    end: float
    piece: Recording


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="folder of one run a machine")
    parser.add_argument("--machines", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--hours", type=int, default=1, help="of each machine (default 1)")
    options = parser.parse_args(arguments)
    for machine in options.machines:
        seconds = KINDS[machine].duration_seconds
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{machine}.wav")
            faults = _write(path, machine, options.hours)
            for rate in RATES:
                windowing = Windowing(
                    every_seconds=seconds, window_seconds=seconds, has_events=True, events_per_hour=rate
                )
                events = list(score_recordings(options.runs / machine, [path], windowing))
                print(_line(machine, rate, options.hours, faults, events, seconds), flush=True)
    return 0


def _write(path: Path, machine: str, hours: int) -> list[Fault]:
    """Write the recording, and return its faults."""
    seconds = WINDOWS_A_PIECE * KINDS[machine].duration_seconds
    n_pieces = hours * 3600 // seconds
    planted = [(fault, size) for fault in KINDS[machine].faults for size in SEVERITIES]
    places = {round((i + 0.5) * n_pieces / len(planted)): plant for i, plant in enumerate(planted)}
    pieces = [_plan(machine, number, *places.get(number, ("", ""))) for number in range(n_pieces)]
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        for piece in map_batches(_sound, pieces):
            file.write(piece)
    offset = FAULT_WINDOW * KINDS[machine].duration_seconds
    return [
        Fault(
            size=size,
            start=number * seconds + offset,
            end=number * seconds + offset + FAULT_SECONDS,
            piece=pieces[number],
        )
        for number, (_, size) in places.items()
    ]


def _plan(machine: str, number: int, fault: str, size: str) -> Recording:
    kind, seed = KINDS[machine], (SEED, list(KINDS).index(machine), FIRST_NUMBER + number)
    domain = "target" if number % TARGET_EVERY == 0 else "source"
    rng = np.random.default_rng([*seed, 0])
    speed, load = (
        int(rng.integers(low, high + 1)) for low, high in (kind.speeds[domain], kind.loads[domain])
    )
    state = State(
        n_samples=WINDOWS_A_PIECE * kind.duration_seconds * SAMPLE_RATE,
        speed=speed,
        load=load,
        fault=fault,
        severity=SEVERITIES.get(size, 0.0),
    )
    return Recording(machine=machine, seed=seed, path="", domain=domain, state=state)


def _sound(piece: Recording) -> np.ndarray:
    sound = samples_of(whole(piece))
    if piece.state.fault:
        first = round(FAULT_WINDOW * KINDS[piece.machine].duration_seconds * SAMPLE_RATE)
        faulty = slice(first, first + round(FAULT_SECONDS * SAMPLE_RATE))
        sound[faulty] = samples_of(piece)[faulty]
    return sound


def _line(
    machine: str,
    rate: float,
    hours: int,
    faults: Sequence[Fault],
    events: Sequence[dict[str, Any]],
    window: float,
) -> str:
    found = []
    for size in SEVERITIES:
        of_size = [fault for fault in faults if fault.size == size]
        hits = [[event for event in events if _overlap(fault, event)] for fault in of_size]
        n_found = sum(bool(hit) for hit in hits)
        n_timely = sum(
            any(
                abs(event["start_seconds"] - fault.start) <= window
                and abs(event["end_seconds"] - fault.end) <= window
                for event in hit
            )
            for fault, hit in zip(of_size, hits, strict=True)
        )
        n_named = sum(
            _is_named(fault, max(hit, key=lambda event: event["score"]))
            for fault, hit in zip(of_size, hits, strict=True)
            if hit
        )
        found.append(f"{size} {n_found} of {len(of_size)} ({n_timely} in time, {n_named} named)")
    n_false = sum(not any(_overlap(fault, event) for fault in faults) for event in events)
    return f"{machine}, at most {rate:g} an hour: {', '.join(found)}; {n_false / hours:g} false an hour"


def _is_named(fault: Fault, event: dict[str, Any]) -> bool:
    named = FAULTS[f"{fault.piece.machine}_{fault.piece.state.fault}"]
    row = {
        **event,
        "start_seconds": event["reason_start_seconds"],
        "end_seconds": event["reason_end_seconds"],
    }
    return event["reason"] in named.reasons and named.is_there(row, fault.piece)


def _overlap(fault: Fault, event: dict[str, Any]) -> bool:
    return bool(event["start_seconds"] < fault.end and event["end_seconds"] > fault.start)


if __name__ == "__main__":
    sys.exit(main())
