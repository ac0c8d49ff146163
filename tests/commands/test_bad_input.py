"""Does every mistake end in one sentence, with its exit status, and leave what was there untouched?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import contents, evaluate, run_command
from tests.tiny_corpus import CLIPS_A_SPEAKER, TARGET, speakers_of


def made_nothing(cwd: Path) -> bool:
    """Whether there is no file of a run below ``cwd`` but perhaps the lock."""
    return contents(cwd / "run") == {} if (cwd / "run").exists() else not (cwd / "runs").exists()


# What is refused before anything is done.


def test_a_missing_corpus(tmp_path: Path) -> None:
    ended = evaluate(tmp_path / "nowhere", tmp_path)
    assert ended.status == 1
    assert "nowhere" in ended.error
    assert "CORPUS=embedded" in ended.error
    assert made_nothing(tmp_path)


def test_a_corpus_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    ended = evaluate(tmp_path / "file", tmp_path)
    assert ended.status == 1
    assert "is no folder" in ended.error


def test_a_folder_without_sounds(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = evaluate(tmp_path / "empty", tmp_path)
    assert ended.status == 1
    assert "holds no word folder" in ended.error


def test_an_unknown_target_suggests_the_nearest(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--target=zeroo")
    assert ended.status == 1
    assert "no word 'zeroo' among its 4; did you mean 'zero'? it has one, three, two, zero" in ended.error
    assert made_nothing(tmp_path)


def test_an_unknown_verb_suggests_the_nearest(tmp_path: Path) -> None:
    ended = run_command("evalute", cwd=tmp_path)
    assert ended.status == 2
    assert "evalute" in ended.error
    assert "evaluate" in ended.error.replace("evalute", "")


def test_an_unknown_option_suggests_the_nearest(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--traget=zero")
    assert ended.status == 2
    assert "--traget" in ended.error
    assert "--target" in ended.error


@pytest.mark.parametrize("option", ["--seed=x", "--seed=-1", "--seed=4294967296"])
def test_a_seed_that_is_none(option: str, tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, option)
    assert ended.status == 2
    assert "seed" in ended.error


def test_an_unknown_key_suggests_the_nearest(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--set=features.n_mel=64")
    assert ended.status == 2
    assert "'features.n_mel' is unknown; did you mean 'features.n_mels'?" in ended.error
    assert made_nothing(tmp_path)


def test_a_value_of_the_wrong_kind(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--set=training.max_epochs=many")
    assert ended.status == 2
    assert "training.max_epochs='many' cannot be used" in ended.error


def test_numbers_that_do_not_fit_each_other(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--preset=logmel", "--set=features.fmax_hertz=9000")
    assert ended.status == 2
    assert "9" in ended.error
    assert made_nothing(tmp_path)


@pytest.mark.parametrize(
    ("override", "suggestion"), [("features.kind=logml", "'logmel'"), ("model.kind=templat", "'template'")]
)
def test_an_unknown_kind_suggests_the_nearest(
    override: str, suggestion: str, tiny_corpus: Path, tmp_path: Path
) -> None:
    ended = evaluate(tiny_corpus, tmp_path, f"--set={override}")
    assert ended.status == 2
    assert f"is unknown; did you mean {suggestion}" in ended.error
    assert made_nothing(tmp_path)


def test_an_unknown_preset_suggests_the_nearest(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--preset=legcy")
    assert ended.status == 2
    assert "'legcy' is unknown; did you mean 'legacy'?" in ended.error
    assert made_nothing(tmp_path)


@pytest.mark.parametrize("pattern", ["(?P<word>[0-9])_", "(?P<speaker>[a-z", "(?P<speakr>[a-z]+)"])
def test_a_name_pattern_that_tells_no_speaker(pattern: str, tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, f"--name-pattern={pattern}")
    assert ended.status == 2
    assert "pattern" in ended.error
    assert made_nothing(tmp_path)


def test_a_splits_file_that_does_not_exist(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--splits=nowhere.csv")
    assert ended.status == 2
    assert "nowhere.csv does not exist" in ended.error


# What a run folder cannot be.


def test_a_run_folder_below_a_file(tiny_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    ended = evaluate(tiny_corpus, tmp_path, "--run=file/run")
    assert ended.status == 1
    assert "run folder file/run cannot be used: Not a directory; name another with RUN=" in ended.error


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc on this system")
def test_a_run_folder_where_nothing_can_be_written(tiny_corpus: Path, tmp_path: Path) -> None:
    ended = evaluate(tiny_corpus, tmp_path, "--run=/proc/run")
    assert ended.status == 1
    assert "run folder /proc/run cannot be used" in ended.error


def test_a_run_folder_that_is_a_file(tiny_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("text")
    ended = evaluate(tiny_corpus, tmp_path)
    assert ended.status == 4
    assert "is a file, not a run folder" in ended.error
    assert (tmp_path / "run").read_text() == "text"


def test_a_run_folder_of_something_else(tiny_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("years of work")
    ended = evaluate(tiny_corpus, tmp_path)
    assert ended.status == 4
    assert "holds 1 files and no config.toml" in ended.error
    assert contents(tmp_path / "run") == {"thesis.tex": b"years of work"}


# What a corpus can lack.


def test_too_few_training_clips_says_both_numbers(small_corpus: Callable[..., Path], tmp_path: Path) -> None:
    ended = evaluate(small_corpus(n_target=22), tmp_path)
    assert ended.status == 1
    n_train = 22 - len(speakers_of("test")) - len(speakers_of("validation")) - 2
    assert f"'zero' has {n_train} usable train clips, and at least 20 are needed" in ended.error
    assert not (tmp_path / "run" / "model").exists()


def test_clips_that_cannot_be_used_do_not_count_for_training(
    small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpus = small_corpus()
    for speaker in speakers_of("train")[:6]:
        for number in range(CLIPS_A_SPEAKER):
            (corpus / TARGET / f"{speaker}_nohash_{number}.wav").write_bytes(b"")
    ended = evaluate(corpus, tmp_path)
    assert ended.status == 1
    assert (
        "'zero' has 18 usable train clips (18 more were set aside), and at least 20 are needed" in ended.error
    )


@pytest.mark.parametrize(("split", "least"), [("test", 1), ("validation", 2)])
def test_a_target_without_clips_of_a_split(
    split: str, least: int, small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpus = small_corpus()
    lists = {"validation": "validation_list.txt", "test": "testing_list.txt"}
    for name in lists.values():
        (corpus / name).write_text("")
    for other in set(lists) - {split}:
        clips = sorted((corpus / TARGET).iterdir())[:6]
        (corpus / lists[other]).write_text("".join(f"{TARGET}/{clip.name}\n" for clip in clips))
    ended = evaluate(corpus, tmp_path)
    assert ended.status == 1
    assert f"'zero' has 0 usable {split} clips, and at least {least} are needed" in ended.error


def test_a_corpus_with_no_usable_clip(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / "words" / TARGET).mkdir(parents=True, exist_ok=True)
        (tmp_path / "words" / TARGET / f"{number}_nohash_0.wav").write_bytes(b"text")
    ended = evaluate(tmp_path / "words", tmp_path)
    assert ended.status == 1
    assert "none of the 30 clips" in ended.error
    assert made_nothing(tmp_path)
