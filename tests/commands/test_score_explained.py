"""Does a scored file say why it is strange and what its score is from, where that is asked for?"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.runs import read_reasons
from tests.command import call
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET

REASON = ("reason", "evidence", "nearest_path", "nearest_distance")


def explained(run: Path, *paths: Path) -> list[dict[str, Any]]:
    ended = call("score", f"--run={run}", "--explain", *paths)
    assert ended.status in (0, 3), ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture(scope="module")
def clips(finished_run: FinishedRun) -> list[Path]:
    return [
        path for word in ("one", TARGET) for path in sorted((finished_run.corpus / word).glob("*.wav"))[:4]
    ]


@pytest.fixture(scope="module")
def lines(finished_run: FinishedRun, clips: list[Path]) -> list[dict[str, Any]]:
    return explained(finished_run.path, *clips)


def test_clips_of_a_run_get_the_reasons_of_its_report(
    finished_run: FinishedRun, clips: list[Path], lines: list[dict[str, Any]]
) -> None:
    known = read_reasons(finished_run.path)
    for path, line in zip(clips, lines, strict=True):
        told = known[path.relative_to(finished_run.corpus).as_posix()]
        assert [line[name] for name in REASON[:3]] == [told.reason, told.evidence, told.nearest_path]
        assert line["nearest_distance"] == pytest.approx(told.nearest_distance, abs=1e-3)  # float32 products


def test_a_line_tells_the_terms_of_its_score_the_largest_first(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        nats = [*line["terms"].values()]
        assert nats == sorted(nats, reverse=True)
        assert sum(nats) == pytest.approx(line["score"], rel=1e-4)  # float32 sums


def test_a_new_file_is_compared_with_clips_of_other_speakers(
    finished_run: FinishedRun, clips: list[Path], tmp_path: Path
) -> None:
    sound, rate = soundfile.read(clips[-1])
    speaker = clips[-1].name.partition("_nohash_")[0]
    new = tmp_path / f"{speaker}_nohash_99.wav"
    soundfile.write(new, np.roll(0.9 * sound, 160), rate)
    (line,) = explained(finished_run.path, new)
    assert line["nearest_path"].startswith(f"{TARGET}/")
    assert not line["nearest_path"].startswith(f"{TARGET}/{speaker}_")


def test_a_broken_new_file_has_a_bad_recording_for_its_reason(
    finished_run: FinishedRun, clips: list[Path], tmp_path: Path
) -> None:
    sound, rate = soundfile.read(clips[-1])
    soundfile.write(tmp_path / "loud.wav", np.clip(40 * sound, -1, 1), rate)
    (tmp_path / "none.wav").write_bytes(b"RIFF")
    loud, none = explained(finished_run.path, tmp_path)
    assert loud["reason"] == "bad recording"
    assert "clipping" in loud["tags"]
    assert {none[name] for name in REASON} == {None}


def test_nothing_is_explained_unasked(finished_run: FinishedRun) -> None:
    clip = sorted((finished_run.corpus / "one").glob("*.wav"))[0]
    line = json.loads(call("score", f"--run={finished_run.path}", clip).out)
    assert not {"terms", "faults", *REASON} & set(line)


def test_windows_are_not_explained(finished_run: FinishedRun) -> None:
    ended = call("score", f"--run={finished_run.path}", "--explain", "--every=1", finished_run.corpus)
    assert ended.status == 2
    assert "give one of the two" in ended.error
