"""Do tables and manifests hold every clip of the list, under the names that other programs document?"""

import csv
import gzip
import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.exchange.listed import read_listed_run
from pipeline.files.tables import read_table
from pipeline.verdicts.store import VerdictStore
from tests.command import Ended, call
from tests.exchange.conftest import SUSPICIONS
from tests.review.review_run import HOSTILE_WORD, TARGET, write_review_run


def export(run: Path, file: Path, form: str, *more: str) -> Ended:
    ended = call("verdicts", "export", file, f"--format={form}", f"--run={run}", *more)
    assert ended.status == 0, ended.err
    return ended


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


@pytest.fixture(scope="module")
def scored_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with scores under usual and hostile names; never changed by a test."""
    return write_review_run(tmp_path_factory.mktemp("scored"))


@pytest.fixture
def store_path(swept_run: Path, tmp_path: Path) -> Path:
    """Return verdicts of two reviewers on the first clip of the sweep, and of one on the second."""
    manifest = read_table(swept_run / "manifest.parquet")
    digests = dict(zip(manifest["path"], manifest["sha256"], strict=True))
    first, second = read_table(swept_run / "sweep" / "sweep.parquet")["path"][:2]
    with closing(VerdictStore(tmp_path / "verdicts.sqlite", create=True)) as store:
        for reviewer in ("Ben", "Anna"):
            store.add(sha256=digests[first], kind="wrong-label", word="zero", reviewer=reviewer)
        store.add(sha256=digests[second], kind="noise", reviewer="Anna")
    return store.path


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_label_issues_have_the_columns_of_cleanlab_in_the_order_of_the_manifest(
    swept_run: Path, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"issues.{ending}"
    export(swept_run, file, "cleanlab")
    if ending == "parquet":
        columns = read_table(file)
    else:
        with open(file, newline="") as opened:
            rows = list(csv.DictReader(opened))
        columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert list(columns)[:5] == ["row", "is_label_issue", "label_quality", "given_label", "predicted_label"]
    manifest = read_table(swept_run / "manifest.parquet")
    assert columns["path"] == manifest["path"]
    assert [int(row) for row in columns["row"]] == list(range(len(manifest["path"])))
    swept = read_table(swept_run / "sweep" / "sweep.parquet")
    wrong = dict(zip(swept["path"], swept["probability_wrong"], strict=True))
    assert [float(value) for value in columns["label_quality"]] == [
        1 - wrong[path] for path in columns["path"]
    ]
    assert [str(value) for value in columns["is_label_issue"]].count("True") == len(SUSPICIONS)


def test_labels_of_label_issues_are_the_places_of_the_sorted_classes(swept_run: Path, tmp_path: Path) -> None:
    export(swept_run, tmp_path / "issues.parquet", "cleanlab")
    columns = read_table(tmp_path / "issues.parquet")
    words = sorted(set(columns["given_class"]))
    assert columns["given_class"] == [words[number] for number in columns["given_label"]]
    assert columns["predicted_class"] == [words[number] for number in columns["predicted_label"]]
    assert columns["given_class"] == read_table(swept_run / "manifest.parquet")["word"]


def test_a_data_frame_holds_the_verdicts_on_each_clip(
    swept_run: Path, store_path: Path, tmp_path: Path
) -> None:
    ended = export(swept_run, tmp_path / "clips.parquet", "data-frame", f"--verdicts={store_path}")
    assert ended.out.endswith("clips of the list sweep, 2 of them judged\n")
    columns = read_table(tmp_path / "clips.parquet")
    assert columns["path"] == read_table(swept_run / "sweep" / "sweep.parquet")["path"]
    assert columns["verdict"][:3] == ["wrong-label", "noise", ""]
    assert columns["right_class"][:3] == ["zero", "", ""]
    assert columns["n_verdicts"][:3] == [2, 1, 0]
    assert columns["reviewers"][:3] == ["Anna, Ben", "Anna", ""]
    assert all(Path(file).is_file() for file in columns["file"])
    assert columns["suspicion"][:3] == list(SUSPICIONS)


def test_a_data_frame_of_scores_holds_the_target_strangest_first(scored_run: Path, tmp_path: Path) -> None:
    export(scored_run, tmp_path / "clips.parquet", "data-frame")
    columns = read_table(tmp_path / "clips.parquet")
    assert set(columns["word"]) == {TARGET}
    assert columns["score"] == sorted(columns["score"], reverse=True)
    assert columns["suspicion"] == [1 - value for value in columns["p_value"]]
    scores = read_table(scored_run / "scores.parquet")
    flagged = dict(zip(scores["path"], scores["flagged"], strict=True))
    assert columns["is_suspected"] == [flagged[path] for path in columns["path"]]


def test_classes_of_scores_are_numbered_among_all_words_whatever_they_are_called(
    scored_run: Path, tmp_path: Path
) -> None:
    export(scored_run, tmp_path / "issues.csv", "cleanlab")
    words = sorted({TARGET, "cat", "dog", HOSTILE_WORD})
    with open(tmp_path / "issues.csv", newline="") as opened:
        assert {row["given_label"] for row in csv.DictReader(opened)} == {str(words.index(TARGET))}


def test_manifests_have_the_fields_of_lhotse(swept_run: Path, store_path: Path, tmp_path: Path) -> None:
    import soundfile

    export(swept_run, tmp_path / "manifests", "lhotse", f"--verdicts={store_path}")
    recordings = lines(tmp_path / "manifests" / "recordings.jsonl.gz")
    supervisions = lines(tmp_path / "manifests" / "supervisions.jsonl.gz")
    swept = read_table(swept_run / "sweep" / "sweep.parquet")
    assert [row["id"] for row in recordings] == [row["recording_id"] for row in supervisions] == swept["path"]
    for recording, supervision in zip(recordings, supervisions, strict=True):
        (source,) = recording["sources"]
        assert source["type"] == "file"
        head = soundfile.info(source["source"])
        assert source["channels"] == recording["channel_ids"] == list(range(head.channels))
        assert (recording["num_samples"], recording["sampling_rate"]) == (head.frames, head.samplerate)
        assert recording["duration"] == supervision["duration"] == head.frames / head.samplerate
        assert (supervision["start"], supervision["channel"]) == (0.0, 0)
    assert [row["text"] for row in supervisions] == swept["word"]
    assert [row["speaker"] for row in supervisions] == swept["speaker"]
    assert [row["custom"]["score"] for row in supervisions] == swept["score"]
    assert [row["custom"].get("verdict") for row in supervisions[:3]] == ["wrong-label", "noise", None]
    assert supervisions[0]["custom"]["right_class"] == "zero"


def test_equal_lists_give_equal_manifests(swept_run: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        export(swept_run, tmp_path / name, "lhotse")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes()


def test_names_are_percent_encoded_in_addresses_and_not_in_paths(swept_run: Path, tmp_path: Path) -> None:
    run = read_listed_run(swept_run)
    clip = replace(run.clips[0], path="a b/c#d.wav")
    assert run.place_of(clip, "https://sounds.example/") == "https://sounds.example/a%20b/c%23d.wav"
    assert run.place_of(clip, "/elsewhere/") == "/elsewhere/a b/c#d.wav"
    assert run.place_of(clip) == str(run.root / "a b/c#d.wav")


def test_a_clip_that_is_gone_is_named_and_nothing_is_written(scored_run: Path, tmp_path: Path) -> None:
    shutil.move(scored_run.parent / "corpus", scored_run.parent / "away")
    try:
        ended = call("verdicts", "export", tmp_path / "m", "--format=lhotse", f"--run={scored_run}")
    finally:
        shutil.move(scored_run.parent / "away", scored_run.parent / "corpus")
    assert ended.status == 1
    assert "clip 1 of 24, cannot be read to count its channels" in ended.error
    assert not (tmp_path / "m").exists()
