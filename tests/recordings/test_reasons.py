"""Has a recording of any length the reason of the report, and is it said where there can be none?"""

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.files import read_sealed_json, write_sealed_json
from pipeline.runs import read_reasons
from tests.command import call


def explained(run: Path, path: Path) -> dict[str, Any]:
    ended = call("score", f"--run={run}", "--explain", path)
    assert ended.status == 0, ended.err
    return dict(json.loads(ended.out))


def test_a_recording_of_any_length_gets_the_reason_of_the_report(hum_run: Path) -> None:
    root = hum_run.parent / "corpus"
    told = read_reasons(hum_run)
    (path,) = [path for path in told if path.endswith("machine39.wav")]
    line = explained(hum_run, root / path)
    assert [line["reason"], line["evidence"]] == [told[path].reason, told[path].evidence]
    assert line["nearest_path"] == told[path].nearest_path


def test_where_recordings_are_gone_a_line_says_why_it_has_no_reason(hum_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(hum_run, tmp_path / "run"))
    moved = shutil.copy(hum_run.parent / "corpus" / "running" / "machine39.wav", tmp_path)
    provenance = run / "provenance.json"
    page = read_sealed_json(provenance)
    page["corpus"]["root"] = str(tmp_path / "gone")
    write_sealed_json(provenance, {name: value for name, value in page.items() if name != "sha256"})
    line = explained(run, Path(moved))
    assert line["reason"] is None
    assert "gone" in line["evidence"]
    assert line["terms"]
