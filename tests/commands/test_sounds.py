"""Does `--preset sounds` tell one machine from another, in recordings of any length and of a low rate?"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.command import Ended, call

RATE = 4_000
QUICK = ("--preset=sounds", "--set=evaluation.n_bootstrap=100", "--set=features.n_workers=1")


def hum(seconds: float, hertz: float, generator: np.random.Generator) -> np.ndarray:
    """A tone and its octave in noise, at any level."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * hertz * time) + 0.3 * np.sin(4 * np.pi * hertz * time)
    sound = tone + 0.5 * generator.standard_normal(len(time))
    return 10 ** generator.uniform(-4, -1) * sound


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty recordings of a running machine and ten of another speed, of 0.1 to 6 seconds."""
    root = tmp_path_factory.mktemp("machines") / "corpus"
    generator = np.random.default_rng(0)
    for name, hertz, n in (("running", 120.0, 40), ("faulty", 170.0, 10)):
        (root / name).mkdir(parents=True)
        for number in range(n):
            seconds = 0.1 if number == 0 else generator.uniform(0.5, 6.0)
            path = root / name / f"machine{number}.wav"
            soundfile.write(path, hum(seconds, hertz, generator), RATE, subtype="FLOAT")
    (root.parent / "splits.csv").write_text(
        "file,split\n"
        + "".join(
            f"{word}/machine{number}.wav,{split}\n"
            for word, n in (("running", 40), ("faulty", 10))
            for number in range(n)
            for split in [("train" if number < 26 else "validation" if number < 32 else "test")]
            if word == "running"
        )
        + "".join(f"faulty/machine{number}.wav,test\n" for number in range(10)),
        "utf-8",
    )
    return root


def evaluated(machines: Path, run: Path, *more: str) -> Ended:
    return call(
        "evaluate",
        f"--corpus={machines}",
        "--target=running",
        f"--splits={machines.parent / 'splits.csv'}",
        f"--run={run}",
        *QUICK,
        *more,
    )


@pytest.fixture(scope="module")
def run(machines: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "run"
    ended = evaluated(machines, path)
    assert ended.status == 0, ended.err
    assert (
        "recordings are heard at 4,000 Hz: of 32 recordings of 'running' to learn from, 32 have" in ended.err
    )
    return path


def test_the_rate_of_the_recordings_is_found_and_kept(run: Path) -> None:
    card = json.loads((run / "model" / "model.json").read_text("utf-8"))
    assert card["features"]["recording_rate"] == RATE
    assert f"recording_rate = {RATE}" in (run / "config.toml").read_text("utf-8")


def test_what_was_noticed_of_all_recordings_is_in_the_figures(run: Path) -> None:
    warnings = json.loads((run / "metrics.json").read_text("utf-8"))["warnings"]
    assert warnings[0].startswith("recordings are heard at 4,000 Hz")
    assert "the lengths of 50 recordings differ, from 0.10 to" in warnings[1]


def test_a_file_that_is_too_long_is_scored_on_its_beginning_and_it_is_said(run: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    beginning = hum(600.0, 120.0, generator).astype(np.float32)
    for name, tail in (("whole", 0), ("longer", 50)):
        sound = np.concatenate([beginning, np.zeros(tail * RATE, np.float32)])
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE, subtype="FLOAT")
    ended = call("score", f"--run={run}", tmp_path / "longer.wav", tmp_path / "whole.wav")
    assert ended.status == 0, ended.err
    longer, whole = (json.loads(line) for line in ended.out.splitlines())
    assert longer["score"] == pytest.approx(whole["score"], abs=1e-6)
    assert "1 of 2 files are longer than features.longest_seconds=600" in ended.err


def test_a_file_of_a_lower_rate_is_set_aside_by_score(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "low.wav"
    soundfile.write(path, np.random.default_rng(0).standard_normal(4_000) / 10, 2_000)
    ended = call("score", f"--run={run}", path)
    assert ended.status == 3
    assert "recorded at 2,000 Hz, below features.recording_rate=4000" in ended.out


def test_another_machine_is_stranger_than_the_target(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    # One recording is so short that it may look like anything.
    assert metrics["words"]["faulty"]["auroc"] > 0.85


def test_baselines_of_machine_listening_stand_beside_the_score(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    heard_again = {
        "autoencoder_mse",
        "autoencoder_mahalanobis",
        "neighbours_moments",
        "gaussian_statistics",
        "local_density_sum",
    }
    assert heard_again <= set(metrics["baselines"])
    # A tone at another place is easy for each of them, and a coin would be at 0.5.
    assert all(metrics["baselines"][name]["macro_auroc"] > 0.7 for name in heard_again)
    assert "DCASE autoencoder" in (run / "report" / "index.html").read_text("utf-8")


def test_all_validation_recordings_calibrate_for_none_stops_the_fit(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    calibration = metrics["calibration"]
    assert (calibration["n_calibration"], calibration["is_shared_with_stopping"]) == (6, False)
    assert metrics["protocol"] == "one-class" and metrics["cross_fitting"] is None


def test_a_corpus_of_no_words_is_told_of_in_classes(run: Path) -> None:
    page = (run / "report" / "index.html").read_text("utf-8")
    assert "How far is each class from" in page
    shown = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert not re.findall(r"[^.]*\bwords?\b[^.]*", shown, re.IGNORECASE)


def test_bare_files_are_scored_from_end_to_end(run: Path, machines: Path, tmp_path: Path) -> None:
    quiet, rate = soundfile.read(machines / "running" / "machine39.wav", dtype="float32")
    path = tmp_path / "spoiled.wav"
    noise = np.random.default_rng(1).standard_normal(3 * RATE).astype(np.float32)
    soundfile.write(path, np.concatenate([quiet, noise]), rate, subtype="FLOAT")
    ended = call("score", f"--run={run}", machines / "running" / "machine39.wav", path)
    assert ended.status == 0, ended.err
    assert "spoiled.wav" in ended.out


def test_recordings_of_a_lower_rate_end_with_what_to_do(machines: Path, tmp_path: Path) -> None:
    ended = evaluated(machines, tmp_path / "run", "--set=features.recording_rate=16000")
    assert ended.status != 0
    assert "recorded at 4,000 Hz, below features.recording_rate=16000" in ended.error
    assert "lowest rate of the recordings" in ended.error


def test_the_channel_that_decides_is_named(run: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    usual = [hum(3.0, 120.0, generator) for _ in range(2)]
    faulty = hum(3.0, 170.0, generator)
    silent = np.zeros_like(faulty)
    level = 0.1 * np.stack([sound / np.abs(sound).max() for sound in (*usual, faulty)])
    files = {"all": np.stack([*level, silent], axis=1), "faulty": level[2], "usual": level[0]}
    for name, sound in files.items():
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE, subtype="FLOAT")
    ended = call("score", f"--run={run}", *(tmp_path / f"{name}.wav" for name in files))
    several, alone, other = (json.loads(line) for line in ended.out.splitlines())
    assert [several["channel"], several["tags"]] == [3, ["dead_channel"]]
    assert several["score"] == pytest.approx(alone["score"], abs=0.1)
    assert "channel" not in other
