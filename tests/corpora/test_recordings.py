"""Do clips of one recording stay together, whoever names the recording?"""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.corpora.folder.listing import FoundFile
from pipeline.corpora.folder.names import NameReading
from pipeline.corpora.folder.recordings import origins_of
from pipeline.corpora.opening import open_corpus
from pipeline.errors import ConfigurationError
from tests.corpora.test_splits import make_corpus

PATTERN = r"(?P<recording>r\d+)_\d+"


def pieces(root: Path, n_recordings: int = 30, n_clips: int = 3) -> Path:
    return make_corpus(
        root, *(f"normal/r{number}_{clip}.wav" for number in range(n_recordings) for clip in range(n_clips))
    )


def table(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_file_is_its_own_recording_where_nothing_is_said(tmp_path: Path) -> None:
    corpus = open_corpus(str(make_corpus(tmp_path, "normal/a.wav", "normal/b.wav")))
    assert [clip.recording for clip in corpus.clips] == ["normal/a.wav", "normal/b.wav"]


def test_the_name_tells_the_recording_and_the_recording_the_speaker(tmp_path: Path) -> None:
    corpus = open_corpus(str(pieces(tmp_path)), name_pattern=PATTERN)
    assert {(clip.recording, clip.speaker) for clip in corpus.clips} == {
        (f"r{n}", f"r{n}") for n in range(30)
    }
    assert not corpus.warnings


def test_no_recording_is_in_two_splits(tmp_path: Path) -> None:
    corpus = open_corpus(str(pieces(tmp_path)), name_pattern=PATTERN)
    assert len({(clip.recording, clip.split) for clip in corpus.clips}) == 30


def test_a_speaker_group_stands_beside_the_recording(tmp_path: Path) -> None:
    root = make_corpus(tmp_path, "normal/ann_r1_0.wav", "normal/ann_r2_0.wav")
    corpus = open_corpus(str(root), name_pattern=r"(?P<speaker>[a-z]+)_(?P<recording>r\d+)")
    assert [(clip.speaker, clip.recording) for clip in corpus.clips] == [("ann", "r1"), ("ann", "r2")]


def test_a_mark_names_the_speaker_and_the_pattern_the_recording(tmp_path: Path) -> None:
    root = make_corpus(tmp_path, "zero/r7_ann_nohash_0.wav")
    (clip,) = open_corpus(str(root), name_pattern=r"^(?P<recording>r\d+)").clips
    assert (clip.speaker, clip.recording) == ("r7_ann", "r7")


def test_a_name_without_its_recording_is_set_aside(tmp_path: Path) -> None:
    root = make_corpus(tmp_path, "normal/r1_0.wav", "normal/_0.wav")
    clips = open_corpus(str(root), name_pattern=r"^(?P<recording>r\d+)?_\d").clips
    assert [clip.defect for clip in clips] == [
        "name_pattern: the name pattern found no recording in the file name",
        "",
    ]


def test_a_pattern_with_neither_speaker_nor_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"lacks the group speaker.*\(\?P<recording>"):
        open_corpus(str(pieces(tmp_path)), name_pattern=r"(?P<word>r)")


def test_the_csv_tells_recordings_without_splits(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", *(f"normal/{n}.wav" for n in range(40)))
    rows = "".join(f"normal/{n}.wav,take {n // 4}\n" for n in range(40))
    corpus = open_corpus(str(root), splits=table(tmp_path / "s.csv", "file,recording\n" + rows))
    assert len({clip.recording for clip in corpus.clips}) == 10
    assert len({(clip.recording, clip.split) for clip in corpus.clips}) == 10
    assert {clip.split for clip in corpus.clips} == {"train", "validation", "test"}
    assert not corpus.has_own_splits


def test_the_csv_tells_recordings_beside_splits(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", "normal/a.wav", "normal/b.wav")
    text = "file,split,recording\nnormal/a.wav,test,one\nnormal/b.wav,train,one\n"
    corpus = open_corpus(str(root), splits=table(tmp_path / "s.csv", text))
    assert [(clip.split, clip.recording) for clip in corpus.clips] == [("test", "one"), ("train", "one")]
    assert corpus.has_own_splits
    assert any(sentence.startswith("1 of 1 recordings have clips in more") for sentence in corpus.warnings)


def test_the_csv_tells_recordings_where_the_lists_tell_splits(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", "normal/a.wav", "normal/b.wav")
    (root / "validation_list.txt").write_text("normal/a.wav\n")
    (root / "testing_list.txt").write_text("normal/b.wav\n")
    text = "file,recording\nnormal/a.wav,one\nnormal/b.wav,two\n"
    corpus = open_corpus(str(root), splits=table(tmp_path / "s.csv", text))
    assert [(clip.split, clip.recording) for clip in corpus.clips] == [("validation", "one"), ("test", "two")]
    assert not any("was not used" in sentence for sentence in corpus.warnings)


def test_a_file_in_two_recordings_is_refused(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", "normal/a.wav")
    text = "file,recording\nnormal/a.wav,one\nnormal/a.wav,two\n"
    with pytest.raises(ConfigurationError, match="line 3: 'normal/a.wav' is in both one and two"):
        open_corpus(str(root), splits=table(tmp_path / "s.csv", text))


def test_speakers_who_share_a_recording_count_as_one(tmp_path: Path) -> None:
    names = ("ann_r1", "bob_r1", "bob_r2", "cy_r2", "dan_r3")
    root = make_corpus(tmp_path, *(f"normal/{name}.wav" for name in names))
    corpus = open_corpus(str(root), name_pattern=r"(?P<speaker>[a-z]+)_(?P<recording>r\d+)")
    assert [clip.speaker for clip in corpus.clips] == ["ann + bob + cy"] * 4 + ["dan"]
    assert any(sentence.startswith("2 recordings hold clips of several") for sentence in corpus.warnings)


@given(pairs=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), min_size=1))
def test_clips_of_one_recording_are_of_one_speaker(pairs: list[tuple[str, str]]) -> None:
    files = [FoundFile(f"normal/{n}.wav", "normal", f"{n}.wav", "") for n in range(len(pairs))]
    readings = [NameReading("normal", speaker, recording, "") for speaker, recording in pairs]
    origins = origins_of(files, readings, {})
    together = set(zip(origins.recording, origins.speaker, strict=True))
    assert len(together) == len(set(origins.recording))
    # Who was one speaker before still is.
    assert len({(pair[0], now) for pair, now in zip(pairs, origins.speaker, strict=True)}) == len(
        {pair[0] for pair in pairs}
    )
