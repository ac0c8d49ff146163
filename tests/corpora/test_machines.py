"""Does the corpus of machines repeat to the byte, lie as DCASE has it, and open for one machine?"""

import itertools
import os
import re
import wave
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpora.machines import opening as machines, rendering
from pipeline.corpora.machines.names import clips_of, machine_of
from pipeline.corpora.machines.plans import KINDS, Recording, recordings_of, samples_of
from pipeline.corpora.opening import open_corpus
from pipeline.corpora.storage import cache
from pipeline.errors import PipelineError
from tests.command import call

NAMES = tuple(KINDS)


def a_few(machine: str) -> list[Recording]:
    """Three normal recordings of the source domain and every twentieth of the rest."""
    return [*recordings_of(machine)[:3], *recordings_of(machine)[100::20]]


FEW = [recording for machine in NAMES for recording in a_few(machine)]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A few recordings of each machine, rendered by two workers."""
    folder = tmp_path_factory.mktemp("rendered")
    return folder, rendering.render(folder, FEW, n_workers=2)


@pytest.fixture
def small_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """An empty cache, and a renderer that writes empty files; returns the folders that it filled."""
    filled: list[Path] = []

    def render(folder: Path, recordings: Sequence[Recording]) -> dict[str, str]:
        filled.append(folder)
        for recording in recordings:
            (folder / recording.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / recording.path).touch()
        return {recording.path: cache.sha256_file(folder / recording.path) for recording in recordings}

    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(rendering, "render", render)
    return filled


def stored(path: str) -> Path:
    return cache.cache_folder() / f"machines-{machines.VERSION}" / path


def test_one_worker_and_another_order_give_the_same_bytes(
    rendered: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    again = rendering.render(tmp_path, FEW[::-3], n_workers=1)
    assert again.items() <= rendered[1].items()


def test_the_digests_are_those_of_the_files(rendered: tuple[Path, dict[str, str]]) -> None:
    folder, files = rendered
    assert {path: cache.sha256_file(folder / path) for path in files} == files


def test_no_two_recordings_are_equal(rendered: tuple[Path, dict[str, str]]) -> None:
    assert len(set(rendered[1].values())) == len(FEW) == len({recording.path for recording in FEW})


def test_normal_recordings_differ_in_more_than_their_noise() -> None:
    """Levels in five bands spread by decibels; noise alone would spread them by tenths."""
    for machine in NAMES:
        spectra = [
            np.abs(np.fft.rfft(samples_of(one).astype(float))) ** 2 for one in recordings_of(machine)[:6]
        ]
        levels = [[10 * np.log10(part.mean()) for part in np.array_split(power, 5)] for power in spectra]
        assert np.std(levels, axis=0).min() > 0.5


def test_every_file_has_its_rate_and_length_and_does_not_clip(
    rendered: tuple[Path, dict[str, str]],
) -> None:
    for recording in FEW:
        with wave.open(str(rendered[0] / recording.path)) as file:
            n_samples = KINDS[recording.machine].duration_seconds * 16_000
            assert file.getparams()[:4] == (1, 2, 16_000, n_samples) and 6 <= n_samples / 16_000 <= 10
            samples = np.frombuffer(file.readframes(n_samples), "<i2").astype(int)
        assert 300 < np.abs(samples).max() < 32_000
        assert abs(samples.mean()) < 1


@pytest.mark.parametrize("machine", NAMES)
def test_names_are_those_of_dcase(machine: str) -> None:
    patterns = (
        rf"{machine}/(train|test)/section_00_(source|target)_\1_normal_\d{{4}}_spd_\d+_load_\d+\.wav",
        rf"{machine}/test/section_00_(source|target)_test_anomaly_\d{{4}}_[a-z_]+_(small|medium|large)\.wav",
    )
    for recording in recordings_of(machine):
        assert re.fullmatch(patterns[bool(recording.state.fault)], recording.path)


@pytest.mark.parametrize("machine", NAMES)
def test_many_normal_recordings_train_and_each_fault_is_tested_at_each_size(machine: str) -> None:
    counted = Counter(
        (one.path.split("/")[1], one.domain, one.state.fault, one.state.severity)
        for one in recordings_of(machine)
    )
    normal = {(part, domain): n for (part, domain, fault, _), n in counted.items() if not fault}
    assert normal == {
        ("train", "source"): 100,
        ("train", "target"): 20,
        ("test", "source"): 20,
        ("test", "target"): 20,
    }
    faulty = {place: n for place, n in counted.items() if place[2]}
    wanted = itertools.product(["test"], ["source", "target"], KINDS[machine].faults, [0.3, 0.6, 1.0])
    assert faulty == dict.fromkeys(wanted, 2)


@pytest.mark.parametrize("machine", NAMES)
def test_speed_and_load_are_of_the_domain(machine: str) -> None:
    kind = KINDS[machine]
    for one in recordings_of(machine):
        for value, ranges in ((one.state.speed, kind.speeds), (one.state.load, kind.loads)):
            assert ranges[one.domain][0] <= value <= ranges[one.domain][1]
    assert max(kind.speeds["target"]) < min(kind.speeds["source"])


@pytest.mark.parametrize("machine", NAMES)
def test_a_path_tells_class_and_split(machine: str) -> None:
    recordings = {one.path: one for one in recordings_of(machine)}
    clips = clips_of(recordings)
    assert [clip.path for clip in clips] == sorted(recordings)
    for clip in clips:
        fault = recordings[clip.path].state.fault
        assert clip.word == (f"{machine}_{fault}" if fault else machine)
        assert machine_of(clip.word) == machine and clip.speaker == clip.path
        assert (clip.split == "test") == ("/test/" in clip.path)


@pytest.mark.parametrize("machine", NAMES)
def test_a_third_of_each_domain_validates_and_a_half_of_it_can_calibrate(machine: str) -> None:
    clips = clips_of(one.path for one in recordings_of(machine))
    validating = Counter("_source_" in clip.path for clip in clips if clip.split == "validation")
    assert validating == {True: 33, False: 7}  # 40, and a half must have 19


def test_a_target_chooses_its_machine(small_store: list[Path]) -> None:
    corpus = open_corpus("machines", target="pump")
    assert corpus.words == ("pump", "pump_bearing", "pump_cavitation", "pump_contaminated", "pump_leak")
    assert corpus.root == stored("") and all((corpus.root / clip.path).is_file() for clip in corpus.clips)
    assert open_corpus("machines", target="pump_leak").clips == corpus.clips


def test_without_a_target_all_machines_are_there(small_store: list[Path]) -> None:
    corpus = open_corpus("machines")
    assert {machine_of(word) for word in corpus.words} == set(NAMES)
    assert [clip.path for clip in corpus.clips] == sorted(clip.path for clip in corpus.clips)


def test_an_unknown_machine_is_told_which_there_are(small_store: list[Path]) -> None:
    ended = call("corpus", "--corpus=machines", "--target=fann")
    assert ended.status == 1
    assert "has no word 'fann'" in ended.error and "did you mean 'fan'" in ended.error


def test_a_recording_is_its_own_speaker_without_a_warning(small_store: list[Path]) -> None:
    assert not [warning for warning in open_corpus("machines", target="fan").warnings if "speaker" in warning]


def test_what_is_not_used_is_said(small_store: list[Path]) -> None:
    warnings = open_corpus("machines", splits="mine.csv", name_pattern="x").warnings
    assert any("--splits mine.csv was not used" in warning for warning in warnings)
    assert any("--name-pattern x was not used" in warning for warning in warnings)


def test_a_whole_store_is_not_rendered_again(small_store: list[Path]) -> None:
    open_corpus("machines", target="fan")
    os.utime(stored(recordings_of("fan")[0].path), ns=(1, 1))
    open_corpus("machines", target="valve")
    assert len(small_store) == 1


def test_a_damaged_store_is_rendered_again_and_says_so(small_store: list[Path]) -> None:
    open_corpus("machines")
    stored(recordings_of("fan")[0].path).unlink()
    warnings = open_corpus("machines").warnings
    assert len(small_store) == 2
    assert any("had 1 files missing" in warning and "rendered again" in warning for warning in warnings)


def test_a_digest_other_than_the_published_one_is_a_warning(small_store: list[Path]) -> None:
    assert any("in place of" in warning for warning in open_corpus("machines").warnings)


def test_a_cache_that_cannot_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(PipelineError, match=cache.CACHE_VARIABLE):
        open_corpus("machines")
