"""Do clips with the same sound stay in one split?"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora import Corpus, open_corpus
from pipeline.features.copies import keep_copies_together
from pipeline.processes import working_with
from tests.command import QUICK, call
from tests.recording_engine import RecordingEngine


@pytest.fixture
def with_copies(small_corpus: Callable[..., Path]) -> Path:
    """A corpus of which each clip of the target stands there again under the name of another speaker."""
    root = small_corpus(n_target=40, n_other=3)
    for number, path in enumerate(sorted((root / "zero").iterdir())):
        shutil.copyfile(path, root / "zero" / f"dead{number:04x}_nohash_0.wav")
    (root / "zero" / "dead_nohash_1.wav").write_bytes(b"no sound")
    return root


def splits_of_sounds(corpus: Corpus) -> list[set[str]]:
    splits: defaultdict[bytes, set[str]] = defaultdict(set)
    for clip in corpus.clips:
        splits[(corpus.root / clip.path).read_bytes()].add(clip.split)
    return list(splits.values())


def test_copies_under_other_names_are_in_one_split(with_copies: Path) -> None:
    corpus = open_corpus(str(with_copies))
    assert any(len(splits) > 1 for splits in splits_of_sounds(corpus))
    engine = RecordingEngine()
    with working_with(engine):
        together = keep_copies_together(corpus, n_workers=1)
    assert engine.n_batches == {"_digests_of": 1}
    assert all(len(splits) == 1 for splits in splits_of_sounds(together))
    assert {clip.split for clip in together.clips} == {"train", "validation", "test"}
    assert "speakers share sounds and are split as one speaker" in together.warnings[-1]
    by_speaker = {(clip.speaker, clip.split) for clip in together.clips}
    assert len(by_speaker) == len({clip.speaker for clip in together.clips})


def test_speakers_who_count_as_one_leave_no_split_empty(small_corpus: Callable[..., Path]) -> None:
    """Eight speakers, of whom the three in validation share a sound with one who trains."""
    root = small_corpus(n_target=40, n_other=3)
    files = sorted((root / "zero").iterdir())
    for number, path in enumerate(files):
        path.rename(root / "zero" / f"s{number % 8}_nohash_{number}.wav")
    before = {clip.speaker: clip.split for clip in open_corpus(str(root)).clips if clip.word == "zero"}
    trains = next(speaker for speaker, split in before.items() if split == "train")
    for speaker in (name for name, split in before.items() if split != "train"):
        shutil.copyfile(
            next((root / "zero").glob(f"{trains}_nohash_*.wav")), root / "zero" / f"{speaker}_nohash_99.wav"
        )
    together = keep_copies_together(open_corpus(str(root)), n_workers=1)
    assert all(len(splits) == 1 for splits in splits_of_sounds(together))
    sizes = Counter(clip.split for clip in together.clips if clip.word == "zero")
    assert sizes["train"] >= 20 and sizes["validation"] >= 2 and sizes["test"] >= 1


def test_speakers_without_copies_stay_where_they_are(small_corpus: Callable[..., Path]) -> None:
    corpus = open_corpus(str(small_corpus(n_target=10, n_other=3)))
    assert keep_copies_together(corpus, n_workers=1) == corpus


def test_splits_of_lists_are_only_told_of(with_copies: Path) -> None:
    for name in ("validation_list.txt", "testing_list.txt"):
        (with_copies / name).write_text("")
    corpus = open_corpus(str(with_copies))
    together = keep_copies_together(corpus)
    assert together.clips == corpus.clips
    assert together.warnings[-1].startswith("splits come from lists and were not changed")


def test_the_option_takes_the_leak_out_of_a_run(with_copies: Path, tmp_path: Path) -> None:
    options = (f"--corpus={with_copies}", *QUICK)
    leaking = call("evaluate", *options, f"--run={tmp_path / 'leaking'}")
    assert "test clips are also in the training split" in leaking.err
    page = (tmp_path / "leaking" / "report" / "index.html").read_text("utf-8")
    assert "test clips are also in the training split" in page.partition("<nav")[0]
    sound = call("evaluate", *options, f"--run={tmp_path / 'sound'}", "--keep-duplicates-together")
    assert "also in the training split" not in sound.err
