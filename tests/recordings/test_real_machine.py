"""Is a real fault heard in minutes of a real machine that were not learned from?"""

import json
from pathlib import Path

from benchmarks.detection.joined_events import FAULT_SECONDS, SETS, join_recordings
from tests.command import call


def test_the_ten_seconds_of_a_fans_fault_are_found_in_its_joined_recordings(
    shared_data: Path, tmp_path: Path
) -> None:
    corpus, joined = join_recordings(SETS["fan"], shared_data, tmp_path, seed=0, n_faults=2)
    run = tmp_path / "run"
    trained = call(
        "evaluate",
        f"--corpus={corpus}",
        "--target=normal",
        "--preset=sounds",
        f"--run={run}",
        "--set=evaluation.sound_baselines=false",
        "--set=evaluation.n_bootstrap=100",
        "--set=features.n_workers=1",
    )
    assert trained.status == 0, trained.err
    for path, seconds, begin in joined:
        ended = call("score", f"--run={run}", "--every=10", "--events", path)
        assert ended.status == 0, ended.err
        assert "false events an hour on average, for 360 windows an hour and 10 calibration" in ended.err
        events = [json.loads(line) for line in ended.out.splitlines()]
        fault = [e for e in events if e["start_seconds"] < begin + FAULT_SECONDS and e["end_seconds"] > begin]
        assert fault, f"no event from {begin} to {begin + FAULT_SECONDS} s of {seconds} s: {events}"
        assert max(events, key=lambda event: event["score"]) in fault
