"""Are splits stable, disjoint by speaker, and refused where they make no sense?"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.corpora.folder.splits import split_by_speaker, with_enough_in_each
from pipeline.corpora.opening import open_corpus
from pipeline.errors import ConfigurationError, PipelineError

SPEAKERS = st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=40)


def make_corpus(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"RIFF")
    return root


def splits_of(root: Path, splits: str = "") -> dict[str, str]:
    return {clip.path: clip.split for clip in open_corpus(str(root), splits=splits).clips if not clip.defect}


def test_no_speaker_is_in_two_splits(tmp_path: Path) -> None:
    make_corpus(
        tmp_path, *(f"{word}/s{n}_nohash_{k}.wav" for word in ("a", "b") for n in range(30) for k in (0, 1))
    )
    pairs = {(clip.speaker, clip.split) for clip in open_corpus(str(tmp_path)).clips}
    assert len(pairs) == 30


@given(speakers=SPEAKERS)
def test_splits_do_not_depend_on_the_order_of_speakers(speakers: set[str]) -> None:
    assert split_by_speaker(sorted(speakers)) == split_by_speaker(sorted(speakers, reverse=True))


@given(speakers=SPEAKERS.filter(lambda speakers: len(speakers) >= 3))
def test_no_split_is_empty_from_three_speakers_on(speakers: set[str]) -> None:
    assert set(split_by_speaker(speakers).values()) == {"train", "validation", "test"}


def test_another_speaker_moves_nobody() -> None:
    many = [f"speaker {n}" for n in range(200)]
    before, after = split_by_speaker(many), split_by_speaker([*many, "newcomer"])
    assert all(after[speaker] == before[speaker] for speaker in many)


def test_shares_are_close_to_80_10_10() -> None:
    sizes = Counter(split_by_speaker(f"speaker {n}" for n in range(10_000)).values())
    # five standard deviations of a binomial share of 10,000: 0.02 at 0.8, 0.015 at 0.1
    assert abs(sizes["train"] - 8000) < 200 and abs(sizes["validation"] - 1000) < 150


def test_the_hash_is_the_same_on_every_machine_and_version() -> None:
    six = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]
    assert [split_by_speaker(six)[name] for name in six] == [
        "train",
        "validation",
        "train",
        "train",
        "train",
        "test",
    ]


@st.composite
def classes(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Clips, as speaker and class, of a few classes whose speakers overlap."""
    names = draw(st.lists(st.text(min_size=1, max_size=6), min_size=6, max_size=40, unique=True))
    return draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from("abc")), min_size=1, max_size=120))


@given(clips=classes())
def test_speakers_move_only_where_a_class_lacks_clips_and_none_loses_what_it_needs(
    clips: list[tuple[str, str]],
) -> None:
    before = split_by_speaker(speaker for speaker, _ in clips)
    after, n_moved = with_enough_in_each(before, clips)
    assert (n_moved == 0) == (after == before)
    for word in {word for _, word in clips}:
        own = [speaker for speaker, of in clips if of == word]
        if len(set(own)) < 6:
            continue
        had, has = (Counter(chosen[speaker] for speaker in own) for chosen in (before, after))
        for split, needed in (("validation", 2), ("test", 1)):
            assert has[split] >= min(had[split], needed)


def test_six_speakers_of_a_class_are_enough_for_each_split() -> None:
    for number in range(200):
        clips = [(f"{number} {speaker}", "a") for speaker in range(6) for _ in range(2)]
        chosen, _ = with_enough_in_each(split_by_speaker(speaker for speaker, _ in clips), clips)
        sizes = Counter(chosen[speaker] for speaker, _ in clips)
        assert sizes["validation"] >= 2 and sizes["test"] >= 1 and sizes["train"] >= 1


def test_speakers_are_exchanged_where_nobody_can_move_alone() -> None:
    """Classes for which a split exists (the largest speakers train) get one, however uneven they are."""
    for number in range(150):
        draw = random.Random(number)
        sizes = {f"{number} {speaker}": draw.choice([1, 2, 2, 3, 5, 8, 13]) for speaker in range(6)}
        clips = [(speaker, "a") for speaker, n in sizes.items() for _ in range(n)]
        chosen, _ = with_enough_in_each(split_by_speaker(sizes), clips)
        has = Counter(chosen[speaker] for speaker, _ in clips)
        small = sorted(sizes.values())
        spared = min(small[0] + small[1] + (small[2] if small[1] < 2 else 0), len(clips))
        assert has["validation"] >= 2 and has["test"] >= 1
        assert has["train"] >= (20 if len(clips) - spared >= 20 else 1)


def test_classes_of_the_same_few_speakers_are_split_together() -> None:
    """Two classes that can only be split one way: each has two speakers who have enough for it."""
    sizes = {"a": [30, 1, 1, 1, 2, 1], "b": [1, 1, 30, 1, 2, 1]}
    clips = [(str(who), word) for word, own in sizes.items() for who, n in enumerate(own) for _ in range(n)]
    chosen, _ = with_enough_in_each(dict.fromkeys(map(str, range(6)), "train") | {"0": "test"}, clips)
    for word in sizes:
        has = Counter(chosen[speaker] for speaker, of in clips if of == word)
        assert has["train"] >= 20 and has["validation"] >= 2 and has["test"] >= 1


def test_as_few_speakers_move_as_possible(tmp_path: Path) -> None:
    speakers = [f"s{number}" for number in range(29)]
    hashed = split_by_speaker(speakers)
    lone = next(speaker for speaker in speakers if hashed[speaker] == "validation")
    kept = [name for name in speakers if hashed[name] != "validation" or name == lone]
    make_corpus(tmp_path, *(f"a/{name}_nohash_0.wav" for name in kept))
    corpus = open_corpus(str(tmp_path))
    moved = {clip.speaker for clip in corpus.clips if clip.split != hashed[clip.speaker]}
    assert len(moved) == 1
    assert any(sentence.startswith("1 speaker was moved") for sentence in corpus.warnings)


def test_an_empty_split_for_want_of_speakers_is_a_warning(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/ann_nohash_0.wav")
    assert sum("split" in sentence for sentence in open_corpus(str(tmp_path)).warnings) == 2


def test_lists_decide_and_may_name_absent_clips(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x_nohash_0.wav", "a/y_nohash_0.wav", "a/z_nohash_0.wav")
    (tmp_path / "validation_list.txt").write_bytes(b"a/y_nohash_0.wav\r\na/absent_nohash_0.wav\r\n")
    (tmp_path / "testing_list.txt").write_text("./a/z_nohash_0.wav\n\n")
    assert list(splits_of(tmp_path).values()) == ["train", "validation", "test"]


def test_a_clip_in_both_lists_is_set_aside(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav", "a/y.wav")
    for name in ("validation_list.txt", "testing_list.txt"):
        (tmp_path / name).write_text("a/x.wav\n")
    assert "stands in both" in open_corpus(str(tmp_path)).clips[0].defect


def test_one_list_without_the_other_is_an_error(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav")
    (tmp_path / "testing_list.txt").write_text("a/x.wav\n")
    with pytest.raises(PipelineError, match=r"not validation_list\.txt"):
        open_corpus(str(tmp_path))


def test_a_list_that_is_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav", "testing_list.txt")
    os.mkfifo(tmp_path / "validation_list.txt")
    with pytest.raises(PipelineError, match="not a regular file"):
        open_corpus(str(tmp_path))


def test_lists_that_tear_speakers_apart_are_warned_about(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x_nohash_0.wav", "a/x_nohash_1.wav")
    (tmp_path / "validation_list.txt").write_text("")
    (tmp_path / "testing_list.txt").write_text("a/x_nohash_1.wav\n")
    assert any("1 of 1 speakers" in sentence for sentence in open_corpus(str(tmp_path)).warnings)


def test_the_splits_file_decides_where_no_list_stands(tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", "a/x.wav", "a/y.wav")
    table = tmp_path / "splits.csv"
    table.write_bytes(b"\xef\xbb\xbfsplit,file\r\ntest,a/x.wav\r\nvalidation,a/y.wav\r\n")
    assert splits_of(tmp_path / "corpus", str(table)) == {"a/x.wav": "test", "a/y.wav": "validation"}


def test_a_clip_that_the_splits_file_does_not_name_is_set_aside(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav", "a/y.wav")
    (tmp_path / "s.csv").write_text("file,split\na/x.wav,test\na/absent.wav,train\n")
    corpus = open_corpus(str(tmp_path), splits=str(tmp_path / "s.csv"))
    assert corpus.clips[1].defect == "splits: not in the splits file"
    assert any(sentence.startswith("1 of 2 rows") for sentence in corpus.warnings)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "file,split\na/x.wav,tets\n",
            "line 2: unknown split 'tets', use train, validation or test; did you mean 'test'?",
        ),
        ("label,split\na/x.wav,test\n", "needs file and split"),
        ("", "has the columns none"),
        ("file,split\na/x.wav\n", "line 2: 1 fields, needs 2"),
        ("file,split\na/x.wav,test\na/x.wav,train\n", "is in both test and train"),
    ],
)
def test_a_wrong_splits_file_is_a_configuration_error(tmp_path: Path, text: str, sentence: str) -> None:
    make_corpus(tmp_path, "a/x.wav")
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        open_corpus(str(tmp_path), splits=str(tmp_path / "s.csv"))
    assert sentence in str(raised.value)


def test_an_absent_splits_file_is_a_configuration_error(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav")
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_corpus(str(tmp_path), splits=str(tmp_path / "absent.csv"))
