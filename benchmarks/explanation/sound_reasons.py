"""Does a faulty machine get the reason that it is faulty for, at the right rate or frequency?

Takes runs of the corpus of machines (preset ``sounds``) and counts, of all faulty recordings, of those that
are flagged at ``evaluation.alpha``, and by size of the fault: how many have a first reason that names the
planted kind, and how many of these at the right rate, frequency or time. Of the machines' own test recordings
it counts those that have a reason at all.

    python -m pipeline evaluate --corpus machines --target all --preset sounds --run runs/machines
    python -m benchmarks.explanation.sound_reasons --runs runs/machines [--out runs/bench]

The kinds of deviation, their limits and this table of what names a fault were made while looking at this
corpus: expect less of faults that nobody thought of.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.corpora.machines.fan import BEARING as FAN_BEARING
from pipeline.corpora.machines.plans import KINDS, Recording, recordings_of, samples_of, whole
from pipeline.corpora.machines.pump import BEARING as PUMP_BEARING, LEAK_HERTZ
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.corpora.machines.slider import SQUEAL_HERTZ
from pipeline.explanation.reasons import NO_REASON
from pipeline.files.artefacts import write_json
from pipeline.files.tables import read_table

__all__ = ["FAULTS", "main"]

PERIODIC = ("periodic impacts", "periodic swelling")
Row = dict[str, float | str | None]


class Named(NamedTuple):
    """What names a fault, and whether a row's place is the fault's."""

    reasons: tuple[str, ...]
    is_there: Callable[[Row, Recording], bool]


def _at_rate(*of_shaft: float) -> Callable[[Row, Recording], bool]:
    """Return whether the rate is one of these multiples of the shaft's turns, within 3 %."""

    def is_there(row: Row, recording: Recording) -> bool:
        turns = recording.state.speed / 60
        rate = _number(row, "rate_hertz")
        return any(abs(rate - multiple * turns) <= 0.03 * multiple * turns for multiple in of_shaft)

    return is_there


def _overlaps(low: float, high: float) -> Callable[[Row, Recording], bool]:
    def is_there(row: Row, recording: Recording) -> bool:
        return _number(row, "low_hertz") < high and _number(row, "high_hertz") > low

    return is_there


def _at_tone(row: Row, recording: Recording) -> bool:
    """Return whether a tone is the one that the fault adds, within 3 %, or a band holds it."""
    added = samples_of(recording).astype(float) - samples_of(whole(recording))
    power = np.square(np.abs(np.fft.rfft(added)))
    hertz = np.fft.rfftfreq(len(added), 1 / SAMPLE_RATE)
    inside = (hertz > 0.95 * SQUEAL_HERTZ[0]) & (hertz < 1.05 * SQUEAL_HERTZ[1])
    tone = float(np.average(hertz[inside], weights=power[inside]))
    return 0.97 * _number(row, "low_hertz") <= tone <= 1.03 * _number(row, "high_hertz")


def _has_time(row: Row, recording: Recording) -> bool:
    return row["start_seconds"] is not None


def _has_place(row: Row, recording: Recording) -> bool:
    """Return whether a moment is told, or a band of a part of each cycle."""
    return row["start_seconds"] is not None or row["low_hertz"] is not None


def _number(row: Row, name: str) -> float:
    value = row[name]
    return float("nan") if value is None else float(value)


_TURN = 2 * FAN_BEARING.strikes_a_turn
FAULTS: dict[str, Named] = {
    "fan_imbalance": Named(PERIODIC, _at_rate(1.0)),
    "fan_bearing": Named(PERIODIC, _at_rate(FAN_BEARING.strikes_a_turn, _TURN)),
    "fan_rubbing": Named(PERIODIC, _at_rate(1.0)),
    "fan_clogged": Named(("band quieter", "band louder"), lambda row, _: _number(row, "low_hertz") < 1_500),
    "pump_cavitation": Named(
        ("irregular clicks", "level wavers", "rougher", "burst", "band louder"), _overlaps(2_000, 7_000)
    ),
    "pump_leak": Named(("band louder",), _overlaps(*LEAK_HERTZ)),
    "pump_contaminated": Named(("level wavers", "tone weaker"), lambda row, _: True),
    # The strikes swell once a turn, so that the turn itself is a rate of the fault.
    "pump_bearing": Named(
        PERIODIC, _at_rate(1.0, PUMP_BEARING.strikes_a_turn, PUMP_BEARING.strikes_a_turn - 1.0)
    ),
    "slider_dry_rail": Named(("new tone", "band louder"), _at_tone),
    "slider_loose_belt": Named(("double clicks", "irregular clicks"), lambda row, _: True),
    "slider_missing_stroke": Named(("quiet part", "something missing"), _has_time),
    "slider_rattle": Named(("irregular clicks", "rougher", "burst"), _overlaps(1_500, 4_000)),
    "valve_leaking": Named(("pauses louder", "band louder"), _overlaps(2_200, 6_800)),
    "valve_slow_closing": Named(("slower decay", "part of the cycle louder"), _overlaps(1_400, 6_500)),
    "valve_double_click": Named(("double clicks",), lambda row, _: True),
    "valve_missing_click": Named(("something missing", "part of the cycle quieter"), _has_place),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="folder with a run for each machine")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of sound_reasons.json")
    chosen = parser.parse_args(arguments)
    counts: dict[str, dict[str, int]] = {}
    normal = {"clips": 0, "with a reason": 0, "flagged": 0, "flagged, with a reason": 0}
    for machine in KINDS:
        _count(chosen.runs / machine, machine, counts, normal)
    _print(counts)
    print(f"\nthe machines' own test recordings: {normal}")
    write_json(chosen.out / "sound_reasons.json", {"faults": counts, "normal": normal})


def _count(run: Path, machine: str, counts: dict[str, dict[str, int]], normal: dict[str, int]) -> None:
    recordings = {recording.path: recording for recording in recordings_of(machine)}
    scores, reasons = read_table(run / "scores.parquet"), read_table(run / "evaluation" / "reasons.parquet")
    rows = {path: {name: reasons[name][i] for name in reasons} for i, path in enumerate(reasons["path"])}
    columns = (scores[name] for name in ("path", "word", "split", "flagged"))
    for path, word, split, flagged in zip(*columns, strict=True):
        row = rows.get(path)
        if split != "test" or row is None:
            continue
        if word == machine:
            has_one = row["reason"] != NO_REASON
            normal["clips"] += 1
            normal["with a reason"] += has_one
            normal["flagged"] += flagged
            normal["flagged, with a reason"] += flagged and has_one
            continue
        named, recording = FAULTS[word], recordings[path]
        size = {0.3: "small", 0.6: "medium", 1.0: "large"}[recording.state.severity]
        is_right = row["reason"] in named.reasons
        for group in ("all", size, *(["flagged"] if flagged else [])):
            entry = counts.setdefault(word, defaultdict(int))
            entry[f"{group}: clips"] += 1
            entry[f"{group}: first reason"] += is_right
            entry[f"{group}: and its place"] += is_right and named.is_there(row, recording)


def _print(counts: dict[str, dict[str, int]]) -> None:
    groups = ("all", "flagged", "large", "medium", "small")
    print("| fault | " + " | ".join(groups) + " |")
    print("| --- " * (len(groups) + 1) + "|")
    totals: dict[str, int] = defaultdict(int)
    for entry in counts.values():
        for name, n in entry.items():
            totals[name] += n
    for word, entry in [*counts.items(), ("all", totals)]:
        cells = [
            f"{entry.get(f'{group}: first reason', 0)}, {entry.get(f'{group}: and its place', 0)} "
            f"of {entry.get(f'{group}: clips', 0)}"
            for group in groups
        ]
        print(f"| {word} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
