"""Are lists of other systems read, and is one that names nothing refused?"""

from pathlib import Path

import pytest

from pipeline.corpora.opening import open_corpus
from pipeline.errors import ConfigurationError, PipelineError
from tests.corpora.test_splits import make_corpus, splits_of

LISTED = ("a/x_nohash_0.wav", "a/Y_nohash_0.wav", "h\u00e9llo/z_nohash_0.wav")


@pytest.mark.parametrize(
    "written",
    [
        "a\\{0}\r\n",
        "\ufeffa/{0}\r\n",
        "A/{0}\n",
        '"a/{0}"\n',
        "{root}/a/{0}\n",
        "{name}/a/{0}\n",
        "C:\\data\\{name}\\a\\{0}\r\n",
        "/another/place/a/{0}\n",
        "clips/of/a/{0}\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_lists_of_other_systems_are_read(tmp_path: Path, written: str, encoding: str) -> None:
    make_corpus(tmp_path, *LISTED)
    for name, file in (("validation_list.txt", "X_nohash_0.wav"), ("testing_list.txt", "y_nohash_0.wav")):
        text = written.format(file, root=tmp_path, name=tmp_path.name)
        (tmp_path / name).write_bytes(text.encode(encoding))
    found = splits_of(tmp_path)
    assert [found[path] for path in LISTED] == ["validation", "test", "train"]


def test_a_list_in_another_form_of_accents_is_read(tmp_path: Path) -> None:
    make_corpus(tmp_path, *LISTED)
    (tmp_path / "validation_list.txt").write_text("he\u0301llo/z_nohash_0.wav\n", "utf-8")
    (tmp_path / "testing_list.txt").write_text("a/x_nohash_0.wav\n", "utf-8")
    assert splits_of(tmp_path)[LISTED[2]] == "validation"


def test_a_line_that_may_mean_two_files_means_none(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav", "a/X.wav", "a/y.wav")
    (tmp_path / "validation_list.txt").write_text("A/x.wav\na/y.wav\n")
    (tmp_path / "testing_list.txt").write_text("a/X.wav\n")
    assert splits_of(tmp_path) == {"a/X.wav": "test", "a/x.wav": "train", "a/y.wav": "validation"}


def test_lines_that_name_no_file_are_counted_and_the_first_is_shown(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav", "a/y.wav", "a/z.wav")
    (tmp_path / "validation_list.txt").write_text("a/x.wav\nb/x.wav\nb/y.wav\n")
    (tmp_path / "testing_list.txt").write_text("a/y.wav\n")
    (note,) = (text for text in open_corpus(str(tmp_path)).warnings if "_list" in text)
    assert note.startswith("2 of 3 lines of validation_list.txt name no audio file of ")
    assert note.endswith("the first is 'b/x.wav'")


def test_a_list_of_which_no_line_names_a_file_is_an_error(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav")
    (tmp_path / "validation_list.txt").write_text("x\ny\n")
    (tmp_path / "testing_list.txt").write_text("a/x.wav\n")
    with pytest.raises(PipelineError, match=r"none of the 2 lines of .*validation_list.txt .* first is 'x'"):
        open_corpus(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "file;split\na/x.wav;test\na/y.wav;validation\n",
        "File\tSplit\na/x.wav\tTest\na/y.wav\tDEV\n",
        "path,subset\na\\x.wav,testing\na\\y.wav,valid\n",
        '"Split";"File name"\n"test";"{root}/a/x.wav"\n"val";"{root}/a/y.wav"\n',
    ],
)
def test_a_splits_file_of_another_program_is_read(tmp_path: Path, text: str) -> None:
    root = make_corpus(tmp_path / "corpus", "a/x.wav", "a/y.wav")
    (tmp_path / "s.csv").write_text(text.format(root=root))
    assert splits_of(root, str(tmp_path / "s.csv")) == {"a/x.wav": "test", "a/y.wav": "validation"}


def test_a_splits_file_of_which_no_row_names_a_file_is_an_error(tmp_path: Path) -> None:
    make_corpus(tmp_path, "a/x.wav")
    (tmp_path / "s.csv").write_text("file,split\nb/x.wav,test\n")
    with pytest.raises(ConfigurationError, match="none of the 1 rows .* first is 'b/x.wav'"):
        open_corpus(str(tmp_path), splits=str(tmp_path / "s.csv"))
