"""Do folds hold each of a few recordings out once, and leave a corpus alone that has splits of its own?"""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.corpora.folder import Corpus
from pipeline.corpora.folds import FEWER_FOLDS, MANY_CLIPS, put_into_folds
from pipeline.corpora.opening import open_corpus
from pipeline.settings.page import TrainingSettings
from tests.corpora.test_splits import make_corpus

FEW = TrainingSettings(cross_fit_below=100)
PATTERN = r"(?P<recording>r\d+)_\d+"


def opened(root: Path, n_recordings: int = 30, n_clips: int = 1, **options: str) -> Corpus:
    own = (f"normal/r{n}_{clip}.wav" for n in range(n_recordings) for clip in range(n_clips))
    make_corpus(root, *own, *(f"broken/r{n}_0.wav" for n in range(1000, 1010)))
    return open_corpus(str(root), name_pattern=PATTERN, **options)


def folds_of(corpus: Corpus) -> dict[str, str]:
    return {clip.path: clip.split for clip in corpus.clips if clip.word == "normal"}


def test_each_recording_is_a_fold_and_other_classes_are_test(tmp_path: Path) -> None:
    corpus = put_into_folds(opened(tmp_path, n_clips=2), "normal", FEW)
    folds = Counter(folds_of(corpus).values())
    assert folds == {f"fold_{k}": 2 for k in range(30)}
    assert {clip.split for clip in corpus.clips if clip.word == "broken"} == {"test"}


def test_no_recording_is_in_two_folds(tmp_path: Path) -> None:
    training = TrainingSettings(cross_fit_below=100, cross_fit_folds=4)
    corpus = put_into_folds(opened(tmp_path, 30, 3), "normal", training)
    own = {(clip.recording, clip.split) for clip in corpus.clips if clip.word == "normal"}
    assert len(own) == 30 and len({fold for _, fold in own}) == 4


def test_folds_differ_by_one_recording_at_most(tmp_path: Path) -> None:
    training = TrainingSettings(cross_fit_below=100, cross_fit_folds=7)
    sizes = Counter(folds_of(put_into_folds(opened(tmp_path), "normal", training)).values())
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_folds_follow_from_names_alone(tmp_path: Path) -> None:
    one = folds_of(put_into_folds(opened(tmp_path / "one"), "normal", FEW))
    assert one == folds_of(put_into_folds(opened(tmp_path / "two"), "normal", FEW))


def test_many_clips_of_few_recordings_get_fewer_folds(tmp_path: Path) -> None:
    corpus = put_into_folds(opened(tmp_path, 30, MANY_CLIPS // 30 + 1), "normal", FEW)
    assert len(set(folds_of(corpus).values())) == FEWER_FOLDS


@pytest.mark.parametrize(("n", "is_folded"), [(99, True), (100, False)])
def test_folds_are_for_fewer_recordings_than_the_setting(n: int, is_folded: bool, tmp_path: Path) -> None:
    corpus = put_into_folds(opened(tmp_path, n), "normal", FEW)
    assert any(split.startswith("fold_") for split in folds_of(corpus).values()) is is_folded


def test_nothing_is_put_into_folds_by_default(tmp_path: Path) -> None:
    corpus = opened(tmp_path)
    assert put_into_folds(corpus, "normal", TrainingSettings()) is corpus


def test_splits_that_come_with_the_corpus_stay_unless_asked(tmp_path: Path) -> None:
    rows = "".join(f"normal/r{n}_0.wav,{'test' if n < 5 else 'train'}\n" for n in range(30))
    (tmp_path / "s.csv").write_text("file,split\n" + rows)
    corpus = opened(tmp_path / "corpus", splits=str(tmp_path / "s.csv"))
    assert put_into_folds(corpus, "normal", FEW) is corpus
    asked = TrainingSettings(cross_fit_below=100, keep_splits=False)
    assert set(folds_of(put_into_folds(corpus, "normal", asked)).values()) == {f"fold_{k}" for k in range(30)}


def test_warnings_about_splits_that_are_not_used_are_not_told(tmp_path: Path) -> None:
    corpus = open_corpus(str(make_corpus(tmp_path, "normal/a.wav", "normal/b.wav")))
    assert any("no clip is in the" in sentence for sentence in corpus.warnings)
    told = put_into_folds(corpus, "normal", FEW).warnings
    assert len(told) == 1 and "do not name their speaker" in told[0]


def test_a_file_that_cannot_be_used_is_no_recording(tmp_path: Path) -> None:
    make_corpus(tmp_path, *(f"normal/r{n}_0.wav" for n in range(6)), "normal/odd.wav")
    corpus = put_into_folds(open_corpus(str(tmp_path), name_pattern=PATTERN), "normal", FEW)
    assert len({clip.split for clip in corpus.clips if not clip.defect}) == 6
