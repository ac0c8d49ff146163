"""Does a folder in the layout of task 2 of DCASE, of any of its years, open as the corpus of one machine?"""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.corpora import Corpus, fingerprint, kinds_of, open_corpus, section_columns
from pipeline.corpora.dcase import held_out, read_name
from pipeline.errors import PipelineError

SHARED = "section_00_source_train_normal_{:04d}_spd_{}.wav"


def lay(root: Path, *paths: str) -> Path:
    """Write empty files: opening a corpus hears none."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two machines; of the fan two sections, the second with recordings to learn from alone."""
    return lay(
        tmp_path / "dev",
        *(f"fan/train/{SHARED.format(number, 7)}" for number in range(6)),
        *(f"fan/train/section_00_target_train_normal_{number:04d}_spd_9.wav" for number in range(3)),
        *(f"fan/train/section_01_source_train_normal_{number:04d}_noAttribute.wav" for number in range(3)),
        "fan/test/section_00_source_test_normal_0000_spd_7.wav",
        "fan/test/section_00_target_test_anomaly_0000_spd_9.wav",
        "fan/test/section_00_0004.wav",
        "ToyCar/train/section_00_source_train_normal_0000_car_A1.wav",
        "ToyCar/test/section_00_source_test_normal_0000_car_A1.wav",
    )


def of_path(corpus: Corpus, name: str) -> list[str]:
    return [clip.path for clip in corpus.clips if name in clip.path]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "section_00_source_train_normal_0012_spd_28V.wav",
            ("00", "source", "normal", "spd_28V", "train"),
        ),
        ("section_03_target_test_anomaly_0000.wav", ("03", "target", "anomaly", "", "test")),
        ("section_02_target_test_0099.wav", ("02", "target", "", "", "test")),
        ("section_05_0000.wav", ("05", "", "", "", "")),
        ("normal_id_02_00000123.wav", ("02", "source", "normal", "", "")),
        ("anomaly_id_00_00000000.flac", ("00", "source", "anomaly", "", "")),
        ("id_01_00000007.wav", ("01", "source", "", "", "")),
    ],
)
def test_names_of_every_year_are_read(name: str, told: tuple[str, ...]) -> None:
    reading = read_name(name)
    assert reading is not None
    labels = reading.labels
    assert (labels.section, labels.domain, labels.condition, labels.attributes, reading.part) == told


@pytest.mark.parametrize(
    "name", ["section_0_source_train_normal_0000.wav", "section_00_here_test_normal_0000.wav", "noise.wav"]
)
def test_another_name_is_none_of_the_task(name: str) -> None:
    assert read_name(name) is None


def test_a_target_opens_the_recordings_of_its_machine_alone(root: Path) -> None:
    corpus = open_corpus(str(root), target="fan")
    assert {clip.path.split("/")[0] for clip in corpus.clips} == {"fan"}
    assert corpus.words == ("fan", "fan_anomaly", "fan_unlabelled")
    assert open_corpus(str(root), target="fan_anomaly").clips == corpus.clips


def test_the_machines_are_the_kinds_of_such_a_folder(root: Path, tmp_path: Path) -> None:
    lay(root, "documents/read_me.wav")
    assert kinds_of(str(root)) == ("ToyCar", "fan")
    assert kinds_of(str(lay(tmp_path / "words", "zero/train/a.wav"))) == ()


def test_a_third_of_each_section_and_domain_is_held_out_of_what_is_learned_from(root: Path) -> None:
    clips = open_corpus(str(root), target="fan").clips
    held = Counter((c.labels.section, c.labels.domain) for c in clips if c.split == "validation" and c.labels)
    assert held == {("00", "source"): 2, ("00", "target"): 1, ("01", "source"): 1}
    assert {clip.word for clip in clips if clip.split in ("train", "validation")} == {"fan"}


def test_of_many_recordings_no_more_than_a_hundred_are_held_out() -> None:
    assert len(held_out({"00": [str(number) for number in range(990)]})) == 100


def test_a_recording_of_unknown_condition_is_in_no_split(root: Path) -> None:
    (clip,) = [clip for clip in open_corpus(str(root), target="fan").clips if clip.path.endswith("_0004.wav")]
    assert (clip.word, clip.split) == ("fan_unlabelled", "unlabelled")


def test_folders_for_testing_of_2021_are_one_part(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "pump/train/section_00_source_train_normal_0000.wav",
        "pump/source_test/section_00_source_test_normal_0000.wav",
        "pump/target_test/section_00_target_test_anomaly_0000.wav",
    )
    splits = {clip.path.split("/")[1]: clip.split for clip in open_corpus(str(tmp_path), target="pump").clips}
    assert splits == {"train": "train", "source_test": "test", "target_test": "test"}


def test_names_of_2020_are_the_same_in_both_parts_and_no_twins(tmp_path: Path) -> None:
    lay(tmp_path, "pump/train/normal_id_00_00000000.wav", "pump/test/normal_id_00_00000000.wav")
    assert [clip.defect for clip in open_corpus(str(tmp_path), target="pump").clips] == ["", ""]


def test_attributes_are_those_of_the_list_where_it_names_a_recording(root: Path) -> None:
    name = SHARED.format(0, 7)
    (root / "fan" / "attributes_00.csv").write_text(
        f"file_name,d1p,d1v,d2p,d2v\nfan/train/{name},spd,28V,mic,1\ntrain/{SHARED.format(1, 7)},spd,9V,,\n"
        "fan/train/section_00_source_train_normal_9999.wav,spd,28V,mic,1\n",
        "utf-8",
    )
    corpus = open_corpus(str(root), target="fan")
    told = {clip.path.split("/")[-1]: clip.labels.attributes for clip in corpus.clips if clip.labels}
    assert told[name] == "spd=28V, mic=1"
    assert told[SHARED.format(1, 7)] == "spd=9V"
    assert told[SHARED.format(2, 7)] == "spd_7"
    (sentence,) = [warning for warning in corpus.warnings if "rows" in warning]
    assert "1 of 3 rows of" in sentence and "section_00_source_train_normal_9999.wav" in sentence


def test_a_list_of_attributes_without_its_first_line_is_refused(root: Path) -> None:
    (root / "fan" / "attributes_00.csv").write_text("fan/train/a.wav,spd,28V\n", "utf-8")
    with pytest.raises(PipelineError, match=r"first column of .*attributes_00\.csv is .*must be 'file_name'"):
        open_corpus(str(root), target="fan")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (
            "fan/test/section_0_normal.wav",
            "name: 'section_0_normal.wav' is no name of DCASE task 2; rename it",
        ),
        ("fan/train/section_00_source_test_normal_0000.wav", "says test and stands in train; move it"),
        ("fan/train/section_00_source_train_anomaly_0000.wav", "stands in train and does not say normal"),
    ],
)
def test_a_name_that_cannot_be_right_sets_its_recording_aside(root: Path, path: str, reason: str) -> None:
    corpus = open_corpus(str(lay(root, path)), target="fan")
    (clip,) = [clip for clip in corpus.clips if clip.path == path]
    assert reason in clip.defect
    assert sum(bool(clip.defect) for clip in corpus.clips) == 1


def test_two_files_of_one_name_in_two_folders_are_both_set_aside(root: Path) -> None:
    name = "section_00_source_test_normal_0000_spd_7.wav"
    corpus = open_corpus(str(lay(root, f"fan/test/more/{name}")), target="fan")
    defects = {clip.path: clip.defect for clip in corpus.clips if clip.defect}
    assert set(defects) == {f"fan/test/{name}", f"fan/test/more/{name}"}
    assert f"fan/test/more/{name} is another of that name" in defects[f"fan/test/{name}"]


def test_a_section_without_test_recordings_is_told(root: Path) -> None:
    warnings = open_corpus(str(root), target="fan").warnings
    assert any("1 of 2 sections of fan have no test recordings" in warning for warning in warnings)
    assert not any("sections of ToyCar" in warning for warning in warnings)


def test_recordings_beside_the_parts_are_counted_and_take_no_part(root: Path) -> None:
    corpus = open_corpus(str(lay(root, "fan/supplemental/section_00_source_clean_0000.wav")), target="fan")
    assert not of_path(corpus, "supplemental")
    assert any("1 recordings of fan stand neither in train nor in test" in text for text in corpus.warnings)


def test_the_folder_of_one_machine_names_the_one_to_give(root: Path) -> None:
    with pytest.raises(PipelineError, match=r"is the folder of one machine .* TARGET=fan"):
        open_corpus(str(root / "fan"), target="fan")


def test_the_manifest_has_columns_of_sections_for_such_corpora_alone(root: Path, tmp_path: Path) -> None:
    columns = section_columns(open_corpus(str(root), target="fan").clips)
    assert list(columns) == ["section", "domain", "condition", "attributes"]
    assert Counter(columns["domain"]) == {"source": 10, "target": 4, "": 1}
    words = lay(tmp_path / "words", "zero/a.wav")
    assert section_columns(open_corpus(str(words)).clips) == {}


def test_a_changed_attribute_changes_the_fingerprint(root: Path) -> None:
    before = fingerprint(open_corpus(str(root), target="fan"))
    path = root / "fan" / "attributes_00.csv"
    path.write_text(f"file_name,d1p,d1v\ntrain/{SHARED.format(1, 7)},spd,9V\n", "utf-8")
    assert fingerprint(open_corpus(str(root), target="fan")) != before
