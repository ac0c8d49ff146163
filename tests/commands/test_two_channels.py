"""Does a run keep what the recordings of the room told, and notice when they tell something else?"""

from pathlib import Path

import numpy as np
import soundfile

from pipeline.files import read_toml
from pipeline.frontend import noise
from tests.command import Ended, call

RATE = 4_000


def record(path: Path, n: int, far: float, generator: np.random.Generator) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for number in range(n):
        sound = 0.05 * generator.standard_normal((RATE, 2)) * (1.0, far)
        soundfile.write(path / f"{number}.wav", sound, RATE, subtype="FLOAT")


def features(tmp_path: Path, verb: str = "features") -> Ended:
    return call(
        verb,
        f"--corpus={tmp_path / 'corpus'}",
        "--target=running",
        "--preset=sounds",
        f"--run={tmp_path / 'run'}",
        "--set=features.channels=near",
        f"--set=features.noise_recordings={tmp_path / 'room'}",
        "--set=features.n_workers=1",
        "--set=evaluation.sound_baselines=false",
        "--set=evaluation.n_bootstrap=100",
    )


def far_decibel(tmp_path: Path) -> float:
    return float(read_toml(tmp_path / "run" / "config.toml")["features"]["far_decibel"])


def test_other_recordings_of_the_room_make_the_features_anew(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    record(tmp_path / "corpus" / "running", 12, 0.5, generator)
    record(tmp_path / "room", 2, 0.5, generator)
    first = features(tmp_path)
    assert first.status == 0 and "in the median of 2 recordings without the machine" in first.err
    assert abs(far_decibel(tmp_path) - 6.02) < 0.3
    assert "features: skipped" in features(tmp_path).err
    record(tmp_path / "room", 2, 0.25, generator)
    assert "features: running, features.far_decibel" in features(tmp_path).err
    assert abs(far_decibel(tmp_path) - 12.04) < 0.3


def test_a_run_is_judged_and_explained_without_the_recordings_of_the_room(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    record(tmp_path / "corpus" / "running", 30, 0.5, generator)
    record(tmp_path / "corpus" / "broken", 4, 2.0, generator)
    record(tmp_path / "room", 3, 0.5, generator)
    assert features(tmp_path, "evaluate").status == 0
    (tmp_path / "room").rename(tmp_path / "elsewhere")
    run = f"--run={tmp_path / 'run'}"
    assert call("report", run).status == 0
    told = call("score", run, "--explain", str(tmp_path / "corpus" / "broken"))
    assert told.status == 0 and told.out.count('"reason"') == 4
    record(tmp_path / "corpus" / "running", 31, 0.5, generator)
    noise._known.cache_clear()
    noise._heard.cache_clear()
    again = call("report", run)
    assert again.status != 0 and "is no folder; name one of recordings" in again.err
