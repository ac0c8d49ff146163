"""Does the features stage account for every clip, and stay small while it does?"""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.corpora.folder.corpus import Clip, Corpus
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.features.batches import extract
from pipeline.features.records import Source
from pipeline.features.stage import compute_features
from pipeline.files import artefacts, tables
from pipeline.settings.features import FeatureSettings

COLUMNS = [
    *("path", "word", "speaker", "split", "sha256", "sample_rate", "n_samples", "status", "reason"),
    "recording",
]
LOGMEL = FeatureSettings(kind="logmel", n_workers=1, batch_size=4)


def make_corpus(root: Path, n_clips: int, n_samples: int = 16_000) -> Corpus:
    generator = np.random.default_rng(0)
    clips = []
    (root / "zero").mkdir(parents=True)
    for number in range(n_clips):
        path = f"zero/{number:04}.wav"
        soundfile.write(root / path, 0.1 * generator.standard_normal(n_samples), 16_000)
        clips.append(Clip(path=path, word="zero", speaker=f"speaker{number % 3}", split="train"))
    return Corpus(name="noise", root=root, clips=tuple(clips))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Ten clips: number 3 is junk, number 7 has a defect and no file."""
    made = make_corpus(tmp_path / "corpus", 10)
    (made.root / made.clips[3].path).write_bytes(b"junk")
    (made.root / made.clips[7].path).unlink()
    clips = list(made.clips)
    clips[7] = Clip(
        path=clips[7].path, word="zero", speaker="x", split="test", defect="a link out of the corpus"
    )
    return Corpus(name=made.name, root=made.root, clips=tuple(clips))


def test_row_i_of_both_files_is_clip_i(corpus: Corpus, tmp_path: Path) -> None:
    compute_features(corpus, LOGMEL, tmp_path / "out")
    features = artefacts.open_array(tmp_path / "out" / "features.npy")
    manifest = tables.read_table(tmp_path / "out" / "manifest.parquet")
    assert manifest["path"] == [clip.path for clip in corpus.clips]
    for i in (0, 4, 9):
        (alone,) = extract([Source(corpus.root / corpus.clips[i].path)], LOGMEL)
        np.testing.assert_array_equal(features[i], alone.features[0])
        assert manifest["sha256"][i] == artefacts.sha256_file(corpus.root / corpus.clips[i].path)


def test_the_manifest_has_exactly_the_stated_columns(corpus: Corpus, tmp_path: Path) -> None:
    compute_features(corpus, LOGMEL, tmp_path / "out")
    manifest = tables.read_table(tmp_path / "out" / "manifest.parquet")
    assert list(manifest) == COLUMNS
    assert {len(column) for column in manifest.values()} == {10}


def test_every_clip_is_either_used_or_set_aside_with_a_reason(corpus: Corpus, tmp_path: Path) -> None:
    summary = compute_features(corpus, LOGMEL, tmp_path / "out")
    manifest = tables.read_table(tmp_path / "out" / "manifest.parquet")
    assert (summary.n_clips, summary.n_ok, summary.n_set_aside) == (10, 8, 2)
    assert [i for i, status in enumerate(manifest["status"]) if status == "set_aside"] == [3, 7]
    assert sum(summary.reasons.values()) == 2
    assert all(manifest["reason"][i] for i in (3, 7))


def test_a_clip_with_a_defect_is_not_opened(corpus: Corpus, tmp_path: Path) -> None:
    soundfile.write(corpus.root / corpus.clips[7].path, np.ones(16_000), 16_000)
    compute_features(corpus, LOGMEL, tmp_path / "out")
    manifest = tables.read_table(tmp_path / "out" / "manifest.parquet")
    assert manifest["reason"][7] == "a link out of the corpus"
    assert (manifest["sha256"][7], manifest["n_samples"][7]) == ("", 0)


def test_rows_of_clips_set_aside_are_zeros(corpus: Corpus, tmp_path: Path) -> None:
    compute_features(corpus, LOGMEL, tmp_path / "out")
    features = artefacts.open_array(tmp_path / "out" / "features.npy")
    assert [i for i in range(10) if not features[i].any()] == [3, 7]


def test_several_processes_write_the_same_bytes_as_one(corpus: Corpus, tmp_path: Path) -> None:
    for n_workers in (1, 2):
        settings = FeatureSettings(kind="aligned", n_workers=n_workers, batch_size=3)
        compute_features(corpus, settings, tmp_path / str(n_workers))
    for name in ("features.npy", "manifest.parquet"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_reasons_that_differ_only_in_numbers_are_counted_together(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 3)
    for kept, clip in zip((1_000, 2_000), corpus.clips, strict=False):
        path = corpus.root / clip.path
        path.write_bytes(path.read_bytes()[:kept])
    summary = compute_features(corpus, LOGMEL, tmp_path / "out")
    assert list(summary.reasons.values()) == [2]


def test_memory_does_not_grow_with_the_number_of_clips(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 200, n_samples=1_000)
    settings = FeatureSettings(kind="waveform", n_workers=1, batch_size=8)
    compute_features(corpus, settings, tmp_path / "warm")
    tracemalloc.start()
    compute_features(corpus, settings, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 8 windows and 8 rows are 1 MB; all 200 rows would be 13 MB.
    assert (tmp_path / "out" / "features.npy").stat().st_size > 12_800_000
    assert peak < 4_000_000


def test_no_usable_clip_is_an_error_that_names_a_reason_and_leaves_nothing(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 2)
    for clip in corpus.clips:
        (corpus.root / clip.path).write_bytes(b"")
    with pytest.raises(PipelineError, match="none of the 2 clips of noise can be used; .*the file is empty"):
        compute_features(corpus, LOGMEL, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failed_run_leaves_what_was_there_before(corpus: Corpus, tmp_path: Path) -> None:
    compute_features(corpus, LOGMEL, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(ConfigurationError):
        compute_features(corpus, FeatureSettings(kind="logmel", fmin_hertz=7_600.0), tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_corpus_without_clips_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="has no clips"):
        compute_features(Corpus(name="nothing", root=tmp_path, clips=()), LOGMEL, tmp_path / "out")


def test_real_speech_is_used_whole(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech_commands_v0.01"
    if not root.is_dir():
        pytest.skip("Speech Commands is not beside the repository")
    clips = tuple(
        Clip(path=f"zero/{path.name}", word="zero", speaker=path.name[:8], split="train")
        for path in sorted((root / "zero").glob("*.wav"))
    )
    summary = compute_features(Corpus(name="zero", root=root, clips=clips), LOGMEL, tmp_path)
    assert (summary.n_ok, summary.n_set_aside) == (len(clips), 0)
