"""Are the windows of a long recording what files of these windows are?"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.audio import open_stream
from tests.command import Ended, call
from tests.recordings.conftest import RATE, Hum


def scored(run: Path, path: Path, *more: str) -> Ended:
    return call("score", f"--run={run}", *more, path)


def lines_of(ended: Ended) -> list[dict[str, Any]]:
    assert ended.status == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def recording(kind: str, hum: Hum) -> tuple[np.ndarray, int, str, str]:
    """Return samples, rate, subtype and suffix of one kind of recording."""
    left, right = hum(9.0, 120.0, 100), hum(9.0, 150.0, 101)
    if kind == "dying":  # silent at first, so that the living channels of windows differ from those of all
        right[: 4 * RATE] = 0.0
        return np.stack([left, right], axis=1), RATE, "PCM_16", "wav"
    if kind == "stereo float":
        left[: 4 * RATE] = (
            np.round(left[: 4 * RATE] * 1000) / 1000
        )  # full scale differs from window to window
        return np.stack([left, -left + 0.1 * right], axis=1), RATE, "FLOAT", "wav"
    if kind == "other rate":
        return np.repeat(left, 2), 2 * RATE, "PCM_16", "wav"
    return (
        left,
        RATE,
        *{"mono": ("PCM_16", "wav"), "24 bits": ("PCM_24", "wav"), "flac": ("PCM_16", "flac")}[kind],
    )


@pytest.mark.parametrize("kind", ["mono", "dying", "stereo float", "24 bits", "other rate", "flac"])
def test_a_window_has_the_figures_of_a_file_that_holds_it(
    kind: str, hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    sound, rate, subtype, suffix = recording(kind, hum)
    path = tmp_path / f"long.{suffix}"
    soundfile.write(path, sound, rate, subtype=subtype)
    windows = lines_of(scored(hum_run, path, "--every=0.7", "--window=1.9"))
    assert len(windows) == 1 + math.floor((9.0 - 1.9) / 0.7)
    held, _ = soundfile.read(path, dtype="float32", always_2d=True)
    cuts = []
    for number, window in enumerate(windows):
        first, last = round(window["start_seconds"] * rate), round(window["end_seconds"] * rate)
        assert (first, last) == (round(number * 0.7 * rate), round(number * 0.7 * rate) + round(1.9 * rate))
        cuts.append(tmp_path / f"{number}.wav")
        soundfile.write(cuts[-1], held[first:last], rate, subtype=subtype)
    ended = call("score", f"--run={hum_run}", *cuts)
    files = lines_of(ended)
    for window, file in zip(windows, files, strict=True):
        assert window.pop("path") == str(path)
        file.pop("path")
        del window["start_seconds"], window["end_seconds"]
        assert window == file


def test_windows_do_not_depend_on_the_blocks_they_are_read_in(
    hum: Hum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "long.wav", hum(9.0, 120.0, 0), RATE)

    def cut() -> list[np.ndarray]:
        return [window.frames for window in open_stream(tmp_path / "long.wav").windows(1.9, 2.7)]

    whole = cut()
    monkeypatch.setattr("pipeline.audio.blocks.BLOCK_VALUES", 997)
    assert len(whole) == 3
    assert all(np.array_equal(one, other) for one, other in zip(whole, cut(), strict=True))


def test_the_window_is_by_default_as_long_as_the_clips_that_were_learned_from(
    hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "long.wav", hum(6.5, 120.0, 0), RATE)
    ended = scored(hum_run, tmp_path / "long.wav", "--every=2")
    assert [(line["start_seconds"], line["end_seconds"]) for line in lines_of(ended)] == [
        (0.0, 2.0),
        (2.0, 4.0),
        (4.0, 6.0),
    ]
    assert "the last 0.5 s are in no window of 2 s" in ended.err


def test_a_window_with_samples_that_are_no_numbers_alone_is_unusable(
    hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    sound = hum(6.0, 120.0, 0)
    sound[3 * RATE] = np.nan
    soundfile.write(tmp_path / "long.wav", sound, RATE, subtype="FLOAT")
    ended = scored(hum_run, tmp_path / "long.wav", "--every=2")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 3
    assert [line["score"] is None for line in lines] == [False, True, False]
    assert lines[1]["tags"][0].startswith("unusable: not_finite: 1 of 8,000 samples")


def test_a_recording_that_is_shorter_than_a_window_is_set_aside_and_the_next_is_scored(
    hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    for name, seconds in (("short", 1.0), ("long", 4.0)):
        soundfile.write(tmp_path / f"{name}.wav", hum(seconds, 120.0, 0), RATE)
    ended = call("score", f"--run={hum_run}", "--every=2", tmp_path / "short.wav", tmp_path / "long.wav")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 3
    assert [(Path(line["path"]).stem, line["start_seconds"]) for line in lines] == [
        ("short", None),
        ("long", 0.0),
        ("long", 2.0),
    ]
    assert lines[0]["tags"] == ["unusable: the recording has 1 s, a window 2 s; give --window less"]


def test_a_file_that_ends_within_a_sample_is_scored_up_to_there(
    hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, hum(6.0, 120.0, 0), RATE, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[: -2 * RATE - 1])
    ended = scored(hum_run, path, "--every=2")
    assert [line["end_seconds"] for line in lines_of(ended)] == [2.0, 4.0]
    assert "the last 0.99975 s are in no window" in ended.err


def test_windows_before_a_file_shrank_are_scored_and_the_rest_is_said(
    hum_run: Path, hum: Hum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.audio.blocks.BLOCK_VALUES", 3 * RATE)
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(6.0, 120.0, 0), RATE, subtype="PCM_16")
    from pipeline.audio.containers import LargeFile

    read = LargeFile.__getitem__

    def shrinking(file: LargeFile, part: slice) -> bytes:
        return read(file, part)[:-1] if part.start > 2 * RATE * 2 else read(file, part)

    monkeypatch.setattr(LargeFile, "__getitem__", shrinking)
    ended = scored(hum_run, path, "--every=2")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 3
    assert [line["start_seconds"] for line in lines] == [0.0, None]
    assert "lost 1 bytes while it was read" in lines[1]["tags"][0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--every=0"], "--every 0 is no length"),
        (["--every=-1"], "--every -1 is no length"),
        (["--every=nan"], "--every nan is no length"),
        (["--every=inf"], "--every inf is no length"),
        (["--every=some"], "'some' is not a valid float"),
        (["--every=2", "--window=0"], "--window 0 is no length"),
        (["--every=2", "--window=601"], "--window 601 is longer than the 600 s that the run hears"),
        (["--window=2"], "--window cuts recordings into windows; give --every SECONDS too"),
        (["--events"], "--events cuts recordings into windows; give --every SECONDS too"),
        (["--every=2", "--events-per-hour=1"], "--events-per-hour is a rate of events; give --events too"),
        (["--every=2", "--events", "--events-per-hour=0"], "must be above 0 and below the 1800 windows"),
        (["--every=2", "--events", "--events-per-hour=1800"], "must be above 0 and below the 1800 windows"),
    ],
)
def test_wrong_lengths_end_with_a_sentence_and_status_2(
    options: list[str], sentence: str, hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "long.wav", hum(4.0, 120.0, 0), RATE)
    ended = scored(hum_run, tmp_path / "long.wav", *options)
    assert ended.status == 2
    assert sentence in ended.err
    assert ended.out == ""
