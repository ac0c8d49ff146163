"""Are clips that cannot be used, and words that cannot be ranked, counted and named in a whole run?"""

import json

import numpy as np
import pytest

from pipeline.files import tables
from tests.command import Ended
from tests.conftest import FinishedRun
from tests.tiny_corpus import speakers_of, spoken, write_clip, write_corpus

FOLLOWED = '--set=training.monitored_words=["one", "absent"]'


@pytest.fixture(scope="module")
def blemished_run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A run over a corpus with clips that cannot be used and a word that nobody says in the test split."""
    folder = tmp_path_factory.mktemp("blemished")
    corpus = write_corpus(folder / "words")
    for number, speaker in enumerate(speakers_of("train")[:5]):
        sound = spoken("two", number, np.random.default_rng(number))
        write_clip(corpus / "never_tested" / f"{speaker}_nohash_0.wav", sound)
    good = (corpus / "one" / f"{speakers_of('test')[0]}_nohash_0.wav").read_bytes()
    bad = {"empty": b"", "text": b"this is no sound", "cut": good[:30], "halved": good[: len(good) // 2]}
    for name, content in bad.items():
        (corpus / "one" / f"{name}_nohash_0.wav").write_bytes(content)
    run = FinishedRun(folder / "run", corpus, Ended(0, "", ""))
    return FinishedRun(folder / "run", corpus, run.call("evaluate", FOLLOWED))


def test_clips_that_cannot_be_used_end_in_status_3(blemished_run: FinishedRun) -> None:
    assert blemished_run.ended.status == 3, blemished_run.ended.err
    assert (
        "done, but 4 clips were set aside; manifest.parquet gives the reason of each"
        in blemished_run.ended.err
    )
    assert (blemished_run.path / "report" / "index.html").is_file()


def test_clips_that_cannot_be_used_are_in_the_manifest_with_a_reason(blemished_run: FinishedRun) -> None:
    manifest = tables.read_table(blemished_run.path / "manifest.parquet")
    aside = {
        path: reason
        for path, status, reason in zip(manifest["path"], manifest["status"], manifest["reason"], strict=True)
        if status == "set_aside"
    }
    assert set(aside) == {f"one/{name}_nohash_0.wav" for name in ("empty", "text", "cut", "halved")}
    assert all(aside.values())


def test_clips_that_cannot_be_used_are_counted_and_in_no_score(blemished_run: FinishedRun) -> None:
    metrics = json.loads((blemished_run.path / "metrics.json").read_text("utf-8"))
    assert metrics["set_aside"] == 4
    assert metrics["words"]["one"]["n"] == 4
    scored = tables.read_table(blemished_run.path / "scores.parquet")["path"]
    assert not [
        path for path in scored if path.startswith(("one/empty", "one/text", "one/cut", "one/halved"))
    ]


def test_a_word_without_test_clips_is_named_with_its_number(blemished_run: FinishedRun) -> None:
    metrics = json.loads((blemished_run.path / "metrics.json").read_text("utf-8"))
    warnings = [sentence for sentence in metrics["warnings"] if "0 test clips" in sentence]
    assert len(warnings) == 1
    assert "never_tested (5 clips)" in warnings[0]


def test_a_word_without_test_clips_is_in_no_ranking(blemished_run: FinishedRun) -> None:
    metrics = json.loads((blemished_run.path / "metrics.json").read_text("utf-8"))
    assert metrics["words_without_test_clips"] == ["never_tested"]
    assert "never_tested" not in metrics["words"]


def test_a_second_call_over_blemished_clips_says_so_again(blemished_run: FinishedRun) -> None:
    ended = blemished_run.call("evaluate", FOLLOWED)
    assert ended.status == 3
    assert "4 clips were set aside" in ended.err
    assert ": running" not in ended.err


def test_a_monitored_word_without_clips_is_named_and_left_out(blemished_run: FinishedRun) -> None:
    assert len([line for line in blemished_run.ended.err.splitlines() if "absent" in line]) == 1
    header = (blemished_run.path / "history.csv").read_text("utf-8").splitlines()[0]
    assert header == "epoch,batch,test,one"
