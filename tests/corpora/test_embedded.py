"""Does rendering repeat to the byte, and is a damaged store noticed and rendered again?"""

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.corpora.embedded import opening as embedded, rendering
from pipeline.corpora.embedded.rendering import ESPEAK
from pipeline.corpora.embedded.speakers import WORDS
from pipeline.corpora.opening import open_corpus
from pipeline.corpora.storage import cache
from pipeline.errors import PipelineError

N_SPEAKERS = 10  # two batches, so two processes of espeak-ng


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The first ten speakers, rendered by two workers."""
    folder = tmp_path_factory.mktemp("rendered")
    return folder, rendering.render(folder, range(N_SPEAKERS), n_workers=2)


@pytest.fixture
def small_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """An empty cache, and a renderer that writes a small corpus; returns the folders that it filled."""
    filled: list[Path] = []

    def render(folder: Path, speaker_numbers: range) -> dict[str, str]:
        filled.append(folder)
        files = {}
        for path in (
            "zero/aa_nohash_0.wav",
            "one/bb_nohash_0.wav",
            "validation_list.txt",
            "testing_list.txt",
        ):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(path if path.endswith("wav") else "")
            files[path] = cache.sha256_file(folder / path)
        return files

    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(rendering, "render", render)
    return filled


def a_request(variant: str) -> dict[str, str | int]:
    return {"text": "zero", "voice": "gmw/en", "variant": variant, "rate": 140, "pitch": 50, "range": 50}


def stored(path: str) -> Path:
    return cache.cache_folder() / f"embedded-{embedded.VERSION}" / path


def test_two_renderings_give_the_same_bytes_alone_and_among_others(
    rendered: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    alone = rendering.render(tmp_path, range(5, 10), n_workers=1)
    clips = {path: digest for path, digest in alone.items() if path.endswith(".wav")}
    assert len(clips) >= 5 * len(WORDS) and clips.items() <= rendered[1].items()


@pytest.mark.parametrize("variant", ["f2", "victor"])
def test_a_breathy_voice_is_the_same_in_the_next_second(variant: str) -> None:
    request = a_request(variant)
    first = rendering._voices([request])[0]
    time.sleep(1.1)  # espeak-ng would seed its breath with the second of the day
    assert rendering._voices([request])[0].tobytes() == first.tobytes()


def test_the_digests_are_those_of_the_files(rendered: tuple[Path, dict[str, str]]) -> None:
    folder, files = rendered
    assert {path: cache.sha256_file(folder / path) for path in files} == files


def test_all_clips_of_all_words_differ(rendered: tuple[Path, dict[str, str]]) -> None:
    clips = [digest for path, digest in rendered[1].items() if path.endswith(".wav")]
    assert len(set(clips)) == len(clips) >= N_SPEAKERS * len(WORDS)


def test_every_clip_has_one_second_at_16_khz(rendered: tuple[Path, dict[str, str]]) -> None:
    for path in rendered[0].glob("*/*.wav"):
        with wave.open(str(path)) as file:
            assert file.getparams()[:4] == (1, 2, 16_000, 16_000)


def test_an_unknown_variant_is_an_error_and_not_another_voice() -> None:
    with pytest.raises(PipelineError, match="has no voice 'gmw/en\\+nosuch'"):
        rendering._voices([a_request("nosuch")])


def test_espeak_is_never_loaded_into_this_process(rendered: tuple[Path, dict[str, str]]) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not list the libraries of a process")
    assert "espeak" not in maps.read_text()


def test_without_espeakng_loader_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PipelineError, match=r"pip install 'audio-anomaly\[embedded\]'"):
        rendering.render(tmp_path, range(5))


def test_a_whole_store_is_not_rendered_again(small_store: list[Path]) -> None:
    open_corpus("embedded")
    open_corpus("embedded")
    assert len(small_store) == 1


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda: stored("zero/aa_nohash_0.wav").unlink(), "had 1 files missing, 0 changed and 0 too many"),
        (
            lambda: stored("one/bb_nohash_0.wav").write_text("x"),
            "had 0 files missing, 1 changed and 0 too many",
        ),
        (lambda: stored("one/new.wav").write_text("x"), "had 0 files missing, 0 changed and 1 too many"),
        (lambda: stored("../embedded-1.json").write_text("{"), "has no readable record of its digests"),
    ],
)
def test_a_damaged_store_is_rendered_again_and_says_so(
    small_store: list[Path], damage: Callable[[], object], sentence: str
) -> None:
    open_corpus("embedded")
    damage()
    warnings = open_corpus("embedded").warnings
    assert len(small_store) == 2
    assert any(sentence in warning and "rendered again" in warning for warning in warnings)
    assert cache.damage_of(stored("")) is None


def test_a_store_that_was_only_touched_is_kept(small_store: list[Path]) -> None:
    open_corpus("embedded")
    os.utime(stored("zero/aa_nohash_0.wav"), ns=(1, 1))
    open_corpus("embedded")
    assert len(small_store) == 1


def test_a_rendering_that_breaks_off_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def break_off(folder: Path, speaker_numbers: range) -> dict[str, str]:
        (folder / "zero").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(rendering, "render", break_off)
    with pytest.raises(KeyboardInterrupt):
        open_corpus("embedded")
    assert [path.name for path in tmp_path.iterdir()] == [".embedded-1.lock"]


def test_two_runs_at_once_render_once(monkeypatch: pytest.MonkeyPatch, small_store: list[Path]) -> None:
    at_work, go_on = threading.Event(), threading.Event()
    render = rendering.render

    def wait_and_render(folder: Path, speaker_numbers: range) -> dict[str, str]:
        at_work.set()
        go_on.wait(10)
        return render(folder, speaker_numbers)

    monkeypatch.setattr(rendering, "render", wait_and_render)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(open_corpus, "embedded")
        at_work.wait(10)
        second = pool.submit(open_corpus, "embedded")
        time.sleep(0.1)
        go_on.set()
        assert first.result().clips == second.result().clips
    assert len(small_store) == 1


def test_a_digest_other_than_the_published_one_is_a_warning(small_store: list[Path]) -> None:
    assert any("in place of" in warning for warning in open_corpus("embedded").warnings)


def test_a_cache_that_cannot_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(PipelineError, match=cache.CACHE_VARIABLE):
        open_corpus("embedded")


def test_the_renderer_imports_neither_tensorflow_nor_numpy() -> None:
    code = (
        f"import runpy, sys, json; runpy.run_path({str(ESPEAK)!r}, run_name='espeak');"
        "print(json.dumps(sorted({'numpy', 'scipy', 'tensorflow', 'pipeline'} & set(sys.modules))))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == []
