"""Does a corpus that changed cost the clips that changed, with the bytes of one that is new?"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.corpora import open_corpus
from pipeline.features import EarlierFeatures, batches, earlier, keep_known, writing
from pipeline.features.stage import compute_features
from pipeline.files import states
from pipeline.runs import RunFolder
from pipeline.settings import FeatureSettings, resolve_settings
from tests.command import contents, flip_a_bit

CHANGES = ("features.n_workers=1", "features.batch_size=4", "features.n_bands=32")
SETTINGS = resolve_settings("fft", CHANGES).features


def computed(corpus: Path, run_path: Path, settings: FeatureSettings = SETTINGS) -> dict[str, bytes]:
    """Do the features stage as the program does it, and return its files."""
    run, opened = RunFolder(run_path), open_corpus(str(corpus), target="zero")
    inputs = {"corpus": {"digest": "another"}, "features": settings.model_dump(mode="json")}
    before = EarlierFeatures.of_run(run, inputs)
    with run.stage("features", inputs) as folder:
        found = compute_features(opened, settings, folder.own, kept=folder.kept, earlier=before)
        (folder.own / "manifest.parquet").rename(folder.top / "manifest.parquet")
    keep_known(run, inputs, found.known)
    return contents(run_path)


class Counts:
    """Names of the files that features were computed of, and how many were read to be known again."""

    def __init__(self) -> None:
        self.computed: list[str] = []
        self.n_read = 0


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    found, extract, content = Counts(), writing.extract_batch, earlier._content_of

    def counted(sources: tuple[batches.Source, ...], **named: FeatureSettings) -> batches.FeatureBatch:
        found.computed += [source.path.name for source in sources]
        return extract(sources, **named)

    def read(path: Path) -> str | None:
        found.n_read += 1
        return content(path)

    monkeypatch.setattr(writing, "extract_batch", counted)
    monkeypatch.setattr(earlier, "_content_of", read)
    return found


@pytest.fixture
def corpus(small_corpus: Callable[..., Path], tmp_path: Path, counts: Counts) -> Path:
    """A corpus whose features stand in the folder ``run``; one of its clips holds no sound."""
    root = small_corpus(n_target=6, n_other=2)
    (root / "one" / "a_nohash_0.wav").write_bytes(b"no sound")
    computed(root, tmp_path / "run")
    counts.computed.clear()
    return root


def clips_of(corpus: Path, word: str) -> list[Path]:
    return sorted((corpus / word).iterdir())


def test_added_removed_and_renamed_clips_cost_the_added_ones(
    corpus: Path, tmp_path: Path, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third, *_ = clips_of(corpus, "zero")
    first.unlink()
    second.rename(corpus / "two" / "renamed_nohash_0.wav")
    samples, rate = soundfile.read(third)
    soundfile.write(corpus / "one" / "0added_nohash_0.wav", samples[::-1], rate)
    again = computed(corpus, tmp_path / "run")
    assert counts.computed == ["0added_nohash_0.wav", "a_nohash_0.wav"]
    assert "11 of 13 clips are files of before, and keep their features" in capsys.readouterr().err
    assert again == computed(corpus, tmp_path / "fresh")


def test_files_in_the_state_of_before_are_not_read(
    corpus: Path, tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "SETTLED_NS", -1)
    computed(corpus, tmp_path / "run")
    counts.n_read = 0
    clips_of(corpus, "two")[0].unlink()
    computed(corpus, tmp_path / "run")
    assert counts.n_read == 1  # the one without sound


def test_clips_that_changed_their_names_among_themselves_are_told_apart(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "SETTLED_NS", -1)
    one, other, *_ = clips_of(corpus, "zero")
    for path in (one, other):
        os.utime(path, ns=(0, 10**18))
    computed(corpus, tmp_path / "run")
    assert one.stat().st_size == other.stat().st_size
    aside = one.rename(corpus / "aside")
    other.rename(one)
    aside.rename(other)
    again = computed(corpus, tmp_path / "run")
    assert again == computed(corpus, tmp_path / "fresh")


def test_nothing_is_taken_of_other_settings_or_of_damaged_rows(
    corpus: Path, tmp_path: Path, counts: Counts
) -> None:
    other = SETTINGS.model_copy(update={"n_bands": 16})
    fresh = computed(corpus, tmp_path / "fresh", other)
    counts.computed.clear()
    assert computed(corpus, tmp_path / "run", other) == fresh
    flip_a_bit(tmp_path / "run" / "features" / "features.npy", 0.9)
    assert computed(corpus, tmp_path / "run", other) == fresh
    assert len(counts.computed) == 2 * 13


def test_channels_keep_their_own_features(tmp_path: Path, counts: Counts) -> None:
    root, rate = tmp_path / "words", 8_000
    noise = 0.1 * np.random.default_rng(0).standard_normal((6, rate, 2))
    for number, sound in enumerate(noise):
        path = root / "zero" / f"s{number}_nohash_0.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound if number % 3 else sound[:, 0], rate)
    changes = ["features.channels=largest", f"features.recording_rate={rate}", "features.n_workers=1"]
    settings = resolve_settings("sounds", changes).features
    computed(root, tmp_path / "run", settings)
    counts.computed.clear()
    shutil.copy(root / "zero" / "s4_nohash_0.wav", root / "zero" / "a_nohash_0.wav")
    soundfile.write(root / "zero" / "b_nohash_0.wav", noise[0], rate)
    again = computed(root, tmp_path / "run", settings)
    assert counts.computed == ["b_nohash_0.wav"]
    assert "features/channels.npy" in again
    assert again == computed(root, tmp_path / "fresh", settings)
