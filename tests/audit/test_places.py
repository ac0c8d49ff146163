"""Does an audit of recordings say where in each of them the strange part lies?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.audit.folds import Fold
from pipeline.audit.places import with_places
from pipeline.frontend.statistics import statistics
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.page import Settings
from pipeline.settings.presets import resolve_settings

RATE, SECONDS, N = 16_000, 4.0, 16
GAP = (2.5, 3.0)  # seconds


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClipTable]:
    """Recordings of noise, the first of which is silent for half a second."""
    root = tmp_path_factory.mktemp("recordings")
    sounds = [0.05 * np.random.default_rng(seed).standard_normal(round(SECONDS * RATE)) for seed in range(N)]
    first, last = (round(at * RATE) for at in GAP)
    sounds[0][first:last] = 0.0
    for number, sound in enumerate(sounds):
        soundfile.write(root / f"{number:02}.wav", sound, RATE)
    said = {"word": "fan", "speaker": "", "split": "fold_0", "status": "ok", "reason": ""}
    table = ClipTable(
        path=np.array([f"{number:02}.wav" for number in range(N)], object),
        **{name: np.full(N, value, dtype=object) for name, value in said.items()},
        features=np.stack([statistics(sound.astype(np.float32), RATE) for sound in sounds]),
    )
    return root, table


def _settings(preset: str) -> Settings:
    overrides = ["features.recording_rate=16000"] if preset == "sounds" else []
    return resolve_settings(preset, overrides, target="fan")


def _placed(root: Path | None, table: ClipTable, settings: Settings) -> dict[str, list[Any]]:
    rows = np.arange(N)
    sides = [(rows[:8], rows[8:]), (rows[8:], rows[:8])]
    folds = [Fold(held_out=held_out, train=train, validation=train[:0]) for held_out, train in sides]
    columns = {
        "path": list(table.path[::-1]),
        "reason": ["other"] * N,
        "evidence": ["as before"] * N,
        "rank": list(range(N)),
    }
    return with_places(columns, folds, table, rows, settings, root)


def test_a_recording_is_listed_with_start_and_end_of_what_is_strange_in_it(
    recordings: tuple[Path, ClipTable],
) -> None:
    columns = _placed(*recordings, _settings("sounds"))
    row = columns["path"].index("00.wav")
    assert columns["start_seconds"][row] == pytest.approx(GAP[0], abs=0.1)
    assert columns["end_seconds"][row] == pytest.approx(GAP[1], abs=0.1)
    assert columns["reason"][row] != "other"
    assert "quiet from 2.5" in columns["evidence"][row]
    assert columns["rank"] == list(range(N))


def test_where_nothing_stands_out_there_is_no_place_and_the_reason_stays(
    recordings: tuple[Path, ClipTable],
) -> None:
    columns = _placed(*recordings, _settings("sounds"))
    plain = [row for row, reason in enumerate(columns["reason"]) if reason == "other"]
    assert len(plain) > N // 2
    assert {columns["start_seconds"][row] for row in plain} == {None}
    assert {columns["evidence"][row] for row in plain} == {"as before"}


def test_words_have_no_place(recordings: tuple[Path, ClipTable]) -> None:
    root, table = recordings
    assert "start_seconds" not in _placed(root, table, _settings("default"))
    assert "start_seconds" not in _placed(None, table, _settings("sounds"))


def test_a_recording_that_is_gone_has_no_place(recordings: tuple[Path, ClipTable]) -> None:
    root, table = recordings
    paths = table.path[:]
    paths[0] = "gone.wav"
    columns = _placed(root, replace(table, path=paths), _settings("sounds"))
    row = columns["path"].index("gone.wav")
    assert (columns["start_seconds"][row], columns["evidence"][row]) == (None, "as before")
