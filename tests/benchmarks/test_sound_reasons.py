"""Does the count of right reasons know a right reason, a wrong place and a wrong kind?"""

from pathlib import Path

import pytest

from benchmarks.explanation.sound_reasons import FAULTS, main
from pipeline.corpora.machines.fan import BEARING
from pipeline.corpora.machines.plans import KINDS, recordings_of
from pipeline.explanation.reasons import NO_REASON
from pipeline.files.artefacts import read_json
from pipeline.files.tables import write_table

PLACES = ("start_seconds", "end_seconds", "low_hertz", "high_hertz", "rate_hertz")


def write_run(folder: Path, rows: list[tuple[str, str, bool, str, float | None]]) -> None:
    """Write a run of recordings: path, class, whether flagged, reason and rate."""
    (folder / "evaluation").mkdir(parents=True)
    write_table(
        folder / "scores.parquet",
        {
            "path": [row[0] for row in rows],
            "word": [row[1] for row in rows],
            "split": ["test"] * len(rows),
            "flagged": [row[2] for row in rows],
        },
    )
    columns: dict[str, list[float | None]] = {name: [1.0] * len(rows) for name in PLACES}
    columns["rate_hertz"] = [row[4] for row in rows]
    table = {"path": [row[0] for row in rows], "reason": [row[3] for row in rows], **columns}
    write_table(folder / "evaluation" / "reasons.parquet", table)


def test_every_fault_of_the_corpus_has_an_entry():
    assert set(FAULTS) == {f"{kind.name}_{fault}" for kind in KINDS.values() for fault in kind.faults}


def test_reasons_and_their_places_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bearings = [one for one in recordings_of("fan") if one.state.fault == "bearing"][:3]
    normal = next(one.path for one in recordings_of("fan") if "test_normal" in one.path)
    rate = bearings[0].state.speed / 60 * BEARING.strikes_a_turn
    write_run(
        tmp_path / "runs" / "fan",
        [
            (bearings[0].path, "fan_bearing", True, "periodic impacts", 1.01 * rate),
            (bearings[1].path, "fan_bearing", False, "periodic impacts", 0.5 * rate),
            (bearings[2].path, "fan_bearing", True, "band louder", None),
            (normal, "fan", True, NO_REASON, None),
        ],
    )
    for machine in KINDS:
        if machine != "fan":
            other = next(one.path for one in recordings_of(machine) if "test_normal" in one.path)
            write_run(tmp_path / "runs" / machine, [(other, machine, False, NO_REASON, 1.0)])
    main(["--runs", str(tmp_path / "runs"), "--out", str(tmp_path)])
    assert "| fan_bearing | 2, 1 of 3 | 1, 1 of 2 |" in capsys.readouterr().out
    counts = read_json(tmp_path / "sound_reasons.json")
    assert counts["normal"] == {"clips": 4, "with a reason": 0, "flagged": 1, "flagged, with a reason": 0}
