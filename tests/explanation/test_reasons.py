"""Does a planted fault get its own reason, and an ordinary clip none?"""

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pytest
import scipy.signal

from pipeline.audio.decoding import Recording
from pipeline.explanation.evidence import strength
from pipeline.explanation.reasons import (
    BAD_RECORDING,
    NO_REASON,
    ODD_CHANNEL,
    OTHER_WORD,
    PART_MISSING,
    explain,
)
from pipeline.quality.measures import measure
from pipeline.quality.record import QualityRecord
from pipeline.quality.sketch import sketch
from pipeline.quality.tags import find_faults
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.page import Settings
from pipeline.settings.quality import QualitySettings
from tests.tiny_corpus import FORMANTS, SAMPLE_RATE, TARGET, spoken

N_TRAIN, N_PLANTED = 60, 8
Change = Callable[[np.ndarray], np.ndarray]


def halved(sound: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(sound) > 0.05)
    return np.where(np.arange(len(sound)) < (loud[0] + loud[-1]) // 2, sound, 0.0)


def noisy(sound: np.ndarray) -> np.ndarray:
    return sound + 0.1 * np.random.default_rng(0).standard_normal(len(sound))


def filtered(sound: np.ndarray) -> np.ndarray:
    taps = scipy.signal.butter(2, 1_200, "highpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(4 * scipy.signal.sosfilt(taps, sound))


PLANTED: dict[str, tuple[str, Change]] = {
    "other": ("three", lambda sound: sound),
    "half": (TARGET, halved),
    "clipped": (TARGET, lambda sound: np.clip(20 * sound, -1, 1)),
    "noisy": (TARGET, noisy),
    "filtered": (TARGET, filtered),
    "fine": (TARGET, lambda sound: sound),
}


@dataclasses.dataclass(frozen=True)
class World:
    table: ClipTable
    record: QualityRecord
    columns: dict[str, np.ndarray]

    def explained(
        self, feature_shape: tuple[int, ...] = (3,), asked: np.ndarray | None = None
    ) -> dict[str, dict[str, object]]:
        rows = np.arange(len(self.table.path))
        table = dataclasses.replace(self.table, features=np.empty((len(rows), *feature_shape), np.float32))
        findings = [find_faults(found, 1.0, QualitySettings()) for found in self.record.clips(rows)]
        told = explain(table, rows, self.columns, self.record, findings, Settings(target=TARGET), asked)
        names = [name for name in told if name != "path"]
        return {path: {name: told[name][row] for name in names} for row, path in enumerate(told["path"])}


@pytest.fixture(scope="module")
def world() -> World:
    clips: list[tuple[str, str, str, str, np.ndarray]] = []
    for word in FORMANTS:
        for number in range(N_TRAIN):
            sound = spoken(word, 100 + number // 2, np.random.default_rng(1_000 + number))
            clips.append((f"{word}/{number}.wav", word, f"speaker {number // 2}", "train", sound))
    for name, (word, change) in PLANTED.items():
        for number in range(N_PLANTED):
            sound = change(spoken(word, 500 + number, np.random.default_rng(5_000 + number)))
            clips.append((f"{name}/{number}.wav", TARGET, f"{name} {number}", "test", sound))
    recordings = [
        Recording(
            samples=np.round(np.clip(sound, -1, 1) * 32_767).astype(np.float32) / np.float32(32_768),
            sample_rate=SAMPLE_RATE,
            n_samples=len(sound),
            n_channels=1,
            sha256="",
        )
        for *_, sound in clips
    ]
    paths, words, speakers, splits, _ = (
        np.array(column, dtype=object) for column in zip(*((*c[:4], "") for c in clips), strict=True)
    )
    n = len(clips)
    table = ClipTable(
        path=paths,
        word=words,
        speaker=speakers,
        split=splits,
        status=np.full(n, "ok", dtype=object),
        reason=np.full(n, "", dtype=object),
        features=np.empty((n, 3), np.float32),
    )
    record = QualityRecord.of(
        digests=list(map(str, range(n))),
        measures=[measure(recording) for recording in recordings],
        sketches=np.array([sketch(recording.samples, SAMPLE_RATE) for recording in recordings]),
    )
    columns = {"p_value": np.full(n, 0.5), "term_flow": np.arange(n, dtype=float)}
    return World(table, record, columns)


@pytest.fixture(scope="module")
def explained(world: World) -> dict[str, dict[str, object]]:
    return world.explained()


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ("other", OTHER_WORD),
        ("half", PART_MISSING),
        ("clipped", BAD_RECORDING),
        ("noisy", BAD_RECORDING),
        ("filtered", ODD_CHANNEL),
    ],
)
def test_a_planted_fault_gets_its_reason(
    planted: str, reason: str, explained: dict[str, dict[str, object]]
) -> None:
    given = [explained[f"{planted}/{number}.wav"]["reason"] for number in range(N_PLANTED)]
    assert given.count(reason) >= N_PLANTED - 1, given


def test_another_word_is_named_in_the_evidence(explained: dict[str, dict[str, object]]) -> None:
    told = [str(explained[f"other/{number}.wav"]["evidence"]) for number in range(N_PLANTED)]
    assert sum("nearest clips of three" in sentence for sentence in told) >= N_PLANTED - 1


def test_most_ordinary_clips_have_no_reason(explained: dict[str, dict[str, object]]) -> None:
    given = [explained[f"fine/{number}.wav"]["reason"] for number in range(N_PLANTED)]
    assert given.count(NO_REASON) >= N_PLANTED // 2, given


def test_every_evidence_is_one_sentence_with_a_number(explained: dict[str, dict[str, object]]) -> None:
    for row in explained.values():
        assert re.fullmatch(r"[A-Z0-9].*\d.*[^.]\.", str(row["evidence"]))


def test_the_nearest_clip_is_a_training_clip_of_the_target_by_another_speaker(
    world: World, explained: dict[str, dict[str, object]]
) -> None:
    speaker = dict(zip(world.table.path, world.table.speaker, strict=True))
    for path, row in explained.items():
        nearest = str(row["nearest_path"])
        assert nearest.startswith(f"{TARGET}/")
        assert speaker[nearest] != speaker[path]
        assert float(str(row["nearest_distance"])) >= 0


def test_reasons_do_not_depend_on_the_kind_of_features(
    world: World, explained: dict[str, dict[str, object]]
) -> None:
    assert world.explained((257,)) == explained
    assert world.explained((48, 40)) == explained


def test_a_speaker_whose_other_clips_are_strange_makes_the_speaker_likelier(world: World) -> None:
    speaker = np.where(
        np.char.startswith(world.table.path[:].astype(str), "filtered"), "one voice", world.table.speaker
    ).astype(object)
    table = dataclasses.replace(world.table, speaker=speaker)
    alone = dataclasses.replace(world, table=table).explained()
    p_value = np.where(speaker == "one voice", 0.01, 0.5)
    together = dataclasses.replace(
        world, table=table, columns={**world.columns, "p_value": p_value}
    ).explained()
    for number in range(N_PLANTED):
        path = f"filtered/{number}.wav"
        assert float(str(together[path]["strength"])) > float(str(alone[path]["strength"]))
        assert "7 other clips have a median p-value of 0.01" in str(together[path]["evidence"])


def test_a_target_whose_only_speaker_is_the_clips_own_has_no_nearest_clip(world: World) -> None:
    table = dataclasses.replace(world.table, speaker=np.full(len(world.table.path), "x", dtype=object))
    explained = dataclasses.replace(world, table=table).explained()
    assert {row["nearest_path"] for row in explained.values()} == {""}
    assert {row["nearest_distance"] for row in explained.values()} == {None}


def test_strength_is_0_at_the_median_and_1_at_95_percent() -> None:
    ordinary = np.arange(101.0)
    np.testing.assert_allclose(strength(np.array([50.0, 95.0, 140.0]), ordinary), [0.0, 1.0, 2.0])


def test_what_cannot_be_compared_speaks_for_nothing() -> None:
    assert strength(np.array([np.inf, np.nan]), np.arange(9.0)).tolist() == [0.0, 0.0]
    assert strength(np.array([3.0]), np.full(4, np.inf)).tolist() == [0.0]


def test_clips_that_alone_are_asked_about_get_the_reasons_that_they_get_among_all(world: World) -> None:
    everything = world.explained()
    planted = np.flatnonzero(world.table.split == "test")
    some = world.explained(asked=planted)
    assert list(some) == world.table.path[planted].tolist()
    for path, told in some.items():
        assert {name: told[name] for name in ("reason", "nearest_path")} == {
            name: everything[path][name] for name in ("reason", "nearest_path")
        }
        # Products of other blocks of clips may round otherwise.
        assert told["strength"] == pytest.approx(everything[path]["strength"], rel=1e-4, abs=1e-4)
