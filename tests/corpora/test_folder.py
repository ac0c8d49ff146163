"""Does a folder become exactly the clips that it holds, with nothing dropped and nothing dangerous opened?"""

import os
import socket
from pathlib import Path

import pytest

from pipeline.corpora.digest import fingerprint
from pipeline.corpora.folder.corpus import Corpus
from pipeline.corpora.folder.listing import list_audio
from pipeline.corpora.opening import open_corpus
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.settings import Settings, resolve_settings

DIGITS = r"(?P<word>\d)_(?P<speaker>[a-z]+)_\d+"


def make_corpus(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"RIFF")
    return root


def paths_of(corpus: Corpus) -> list[str]:
    return [clip.path for clip in corpus.clips]


@pytest.mark.parametrize("target", ["h\u00e9llo", "he\u0301llo"])
def test_a_word_is_found_in_either_form_of_its_accents(tmp_path: Path, target: str) -> None:
    root = make_corpus(tmp_path, "he\u0301llo/x.wav", "h\u00e9llo/y.wav")
    wanted = resolve_settings("default", target=target).target
    corpus = open_corpus(str(root))
    assert corpus.words == (wanted,)
    assert len(corpus.clips) == 2


def defect_of(corpus: Corpus, path: str) -> str:
    return next(clip.defect for clip in corpus.clips if clip.path == path)


def test_audio_files_at_any_depth_belong_to_the_first_folder(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav", "one/deep/er/b.FLAC", "two/c.Ogg", "two/d.mp3", "two/notes.txt")
    clips = open_corpus(str(tmp_path)).clips
    assert [(clip.path, clip.word) for clip in clips] == [
        ("one/a.wav", "one"),
        ("one/deep/er/b.FLAC", "one"),
        ("two/c.Ogg", "two"),
        ("two/d.mp3", "two"),
    ]


def test_folders_that_begin_with_underscore_or_dot_are_no_words(tmp_path: Path) -> None:
    make_corpus(tmp_path, "_noise_/a.wav", ".cache/b.wav", "one/.trash/c.wav", "one/_kept/d.wav")
    assert paths_of(open_corpus(str(tmp_path))) == ["one/_kept/d.wav"]


def test_sound_files_of_other_kinds_and_hidden_ones_are_counted_in_a_warning(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a_nohash_0.wav", "one/b.m4a", "one/c.wma", "one/._a.wav")
    warnings = " ".join(open_corpus(str(tmp_path)).warnings)
    assert (
        "2 sound files of other kinds" in warnings and "1 audio files whose names begin with '.'" in warnings
    )


def test_the_speaker_stands_before_nohash_even_where_a_pattern_is_given(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/ann_nohash_0.wav", "one/x-bob.wav")
    clips = open_corpus(str(tmp_path), name_pattern=r"-(?P<speaker>\w+)\.").clips
    assert [clip.speaker for clip in clips] == ["ann", "bob"]


def test_a_name_that_the_pattern_does_not_fit_is_kept_with_a_defect(tmp_path: Path) -> None:
    make_corpus(tmp_path, "0_ann_1.wav", "readme.wav")
    corpus = open_corpus(str(tmp_path), name_pattern=DIGITS)
    assert defect_of(corpus, "readme.wav") == "name_pattern: the file name does not match the name pattern"


@pytest.mark.parametrize("root", [".", "recordings"])
def test_a_flat_folder_is_read_through_the_pattern_from_itself_or_its_parent(
    tmp_path: Path, root: str
) -> None:
    make_corpus(tmp_path, "recordings/0_ann_0.wav", "recordings/7_bob_12.wav")
    clips = open_corpus(str(tmp_path / root), name_pattern=DIGITS).clips
    assert [(clip.word, clip.speaker) for clip in clips] == [("0", "ann"), ("7", "bob")]


def test_files_directly_under_the_root_are_counted_where_no_pattern_names_their_word(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a_nohash_0.wav", "stray.wav")
    corpus = open_corpus(str(tmp_path))
    assert paths_of(corpus) == ["one/a_nohash_0.wav"]
    assert any(sentence.startswith("1 audio files stand directly in") for sentence in corpus.warnings)


def test_files_without_a_speaker_are_their_own_speakers_with_a_count(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav", "one/b.wav", "one/ann_nohash_0.wav")
    corpus = open_corpus(str(tmp_path))
    assert len({clip.speaker for clip in corpus.clips}) == 3
    assert any(sentence.startswith("2 of 3 clips do not name their speaker") for sentence in corpus.warnings)


def test_a_link_that_leaves_the_corpus_is_never_followed(tmp_path: Path) -> None:
    secret = make_corpus(tmp_path, "secret.wav") / "secret.wav"
    root = make_corpus(tmp_path / "corpus", "one/a.wav")
    (root / "one/out.wav").symlink_to(secret)
    assert "outside the corpus" in defect_of(open_corpus(str(root)), "one/out.wav")


def test_a_link_to_a_file_of_the_corpus_is_an_ordinary_clip(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav")
    (tmp_path / "one/again.wav").symlink_to(tmp_path / "one/a.wav")
    assert defect_of(open_corpus(str(tmp_path)), "one/again.wav") == ""


@pytest.mark.parametrize("aim", ["nowhere.wav", "loop.wav"])
def test_a_link_that_leads_nowhere_or_to_itself_has_a_defect(tmp_path: Path, aim: str) -> None:
    make_corpus(tmp_path, "one/a.wav")
    (tmp_path / "one/loop.wav").symlink_to(tmp_path / "one" / aim)
    assert defect_of(open_corpus(str(tmp_path)), "one/loop.wav") == "unreadable: a link that leads to no file"


def test_a_cycle_of_folder_links_ends_and_is_counted(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav")
    (tmp_path / "one/again").symlink_to(tmp_path)
    corpus = open_corpus(str(tmp_path))
    assert paths_of(corpus) == ["one/a.wav"]
    assert any(sentence.startswith("1 links to folders") for sentence in corpus.warnings)


def test_pipes_and_sockets_have_a_defect(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav")
    os.mkfifo(tmp_path / "one/pipe.wav")
    (tmp_path / "one/to_pipe.wav").symlink_to(tmp_path / "one/pipe.wav")
    folder = os.open(tmp_path / "one", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/s.wav")  # a short name: socket paths end at 108 bytes
    os.close(folder)
    corpus = open_corpus(str(tmp_path))
    assert [clip.defect for clip in corpus.clips] == [
        "",
        "not_regular: not a regular file but a named pipe",
        "not_regular: not a regular file but a socket",
        "not_regular: not a regular file but a named pipe",
    ]


def test_a_name_that_is_not_utf_8_is_escaped_and_has_a_defect(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav")
    with open(os.fsencode(tmp_path / "one") + b"/caf\xe9.wav", "wb"):
        pass
    assert "not UTF-8" in defect_of(open_corpus(str(tmp_path)), "one/caf\\xe9.wav")


def test_a_missing_folder_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"no corpus folder stands at .*CORPUS=embedded"):
        open_corpus(str(tmp_path / "absent"))


def test_a_mistyped_corpus_name_suggests_the_known_one() -> None:
    with pytest.raises(PipelineError, match="did you mean 'embedded'"):
        open_corpus("embeded")


@pytest.mark.parametrize("path", ["notes.txt", "one/notes.txt", "_noise_/a.wav"])
def test_a_folder_without_clips_is_an_error_that_names_what_was_looked_for(tmp_path: Path, path: str) -> None:
    make_corpus(tmp_path, path)
    with pytest.raises(PipelineError, match=r"\.wav, .*\.flac, \.ogg, .*\.mp3"):
        open_corpus(str(tmp_path))


def test_a_flat_folder_without_a_pattern_says_that_a_pattern_is_needed(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a.wav", "b.wav")
    with pytest.raises(PipelineError, match="2 audio files but no folder of a word.*--name-pattern"):
        open_corpus(str(tmp_path))


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(?P<speaker>", "is not a regular expression"),
        (r"(\w+)_", "lacks the group speaker"),
        (r"(?P<speeker>\w+)_", "did you mean 'speaker'"),
    ],
)
def test_a_wrong_name_pattern_is_a_configuration_error(tmp_path: Path, pattern: str, sentence: str) -> None:
    make_corpus(tmp_path, "one/a.wav")
    with pytest.raises(ConfigurationError) as raised:
        open_corpus(str(tmp_path), name_pattern=pattern)
    assert sentence in str(raised.value)


def test_the_fingerprint_stays_equal_when_nothing_changes(tmp_path: Path) -> None:
    make_corpus(tmp_path, "one/a.wav", "two/b.wav")
    assert fingerprint(open_corpus(str(tmp_path))) == fingerprint(open_corpus(str(tmp_path)))


@pytest.mark.parametrize("change", ["grow", "touch", "add", "remove", "split"])
def test_the_fingerprint_changes_with_every_kind_of_change(tmp_path: Path, change: str) -> None:
    make_corpus(tmp_path, "one/a.wav", "two/b.wav")
    before = fingerprint(open_corpus(str(tmp_path)))
    if change == "grow":
        (tmp_path / "one/a.wav").write_bytes(b"RIFFRIFF")
    elif change == "touch":
        os.utime(tmp_path / "one/a.wav", ns=(1, 1))
    elif change == "add":
        make_corpus(tmp_path, "one/c.wav")
    elif change == "remove":
        (tmp_path / "two/b.wav").unlink()
    else:
        (tmp_path / "validation_list.txt").write_text("one/a.wav\n")
        (tmp_path / "testing_list.txt").write_text("two/b.wav\n")
    assert fingerprint(open_corpus(str(tmp_path))) != before


def test_real_clips_keep_their_official_splits() -> None:
    root = Path(__file__).resolve().parents[3] / "shared/data/speech_commands_v0.01"
    if not root.is_dir():
        pytest.skip(f"the real clips are not at {root}")
    corpus = open_corpus(str(root))
    test_list = set((root / "testing_list.txt").read_text().split())
    assert len(corpus.clips) == 5458 and len(corpus.words) == 30
    assert all("_list.txt name no audio file" in sentence for sentence in corpus.warnings)
    assert {clip.path for clip in corpus.clips if clip.split == "test"} == test_list & set(paths_of(corpus))


def test_real_digits_are_read_from_one_flat_folder() -> None:
    root = Path(__file__).resolve().parents[3] / "shared/data/free_spoken_digit_dataset"
    if not root.is_dir():
        pytest.skip(f"the real clips are not at {root}")
    corpus = open_corpus(str(root), name_pattern=DIGITS)
    assert corpus.words == tuple("0123456789") and len(corpus.clips) == 3000 and not corpus.warnings
    assert len({clip.speaker for clip in corpus.clips}) == 6
    assert {clip.split for clip in corpus.clips} == {"train", "validation", "test"}


def test_a_word_in_decomposed_letters_is_the_word_in_composed_ones(tmp_path: Path) -> None:
    decomposed, composed = "he\u0301llo", "h\u00e9llo"
    make_corpus(tmp_path, f"{decomposed}/a.wav", f"{composed}/b.wav")
    assert open_corpus(str(tmp_path)).words == (composed,)
    assert Settings(target=decomposed).target == composed


def test_files_of_other_systems_are_no_clips(tmp_path: Path) -> None:
    make_corpus(
        tmp_path, "a.wav", "._a.wav", ".DS_Store", "Thumbs.db", "desktop.ini", "_more/b.w64", ".x/c.wav"
    )
    listing = list_audio(tmp_path, of_words=False)
    assert [file.path for file in listing.files] == ["_more/b.w64", "a.wav"]
    assert listing.n_other == 3
    assert [sentence.split()[0] for sentence in listing.left_out] == ["1", "1"]
