"""Can a run of one class alone be reviewed, without a list that nothing could ever fill?

The browser's test is skipped, saying so, where there is no Chromium.
"""

from pathlib import Path
from typing import Any

from pipeline.files.tables import read_table
from tests.conftest import FinishedRun
from tests.review.review_run import committed, served
from tests.review.reviewer import Reviewer
from tests.tiny_corpus import TARGET


def test_every_list_is_offered_but_that_of_look_alikes(one_class_run: FinishedRun, tmp_path: Path) -> None:
    with served(one_class_run.path, tmp_path / "verdicts.sqlite") as served_run:
        told = served_run.ask("api/run").told
        assert told["words"] == [TARGET]
        names = [queue["name"] for queue in told["queues"]]
        assert names == ["strangest", "flagged", "audit", "unsure", "disagreements"]
        scores = read_table(one_class_run.path / "scores.parquet")
        strangest = served_run.queue("strangest")
        assert strangest["n_in_all"] == len(scores["path"])
        flagged = served_run.queue("flagged")
        assert flagged["n_in_all"] == sum(scores["flagged"])


def test_a_clip_of_a_class_that_the_run_does_not_have_can_be_named(
    one_class_run: FinishedRun, tmp_path: Path
) -> None:
    with served(one_class_run.path, tmp_path / "verdicts.sqlite") as served_run:
        clip = served_run.queue("strangest")["clips"][0]["id"]
        assert served_run.judge(clip, "wrong-label", other_word="hello").status == 200
        assert served_run.judge(clip, "wrong-label", word=0).status == 400
    assert committed(tmp_path / "verdicts.sqlite") == [("wrong-label", "hello", "Anna")]


def test_a_word_is_typed_where_there_is_none_to_choose(
    browser: Any, one_class_run: FinishedRun, tmp_path: Path
) -> None:
    with served(one_class_run.path, tmp_path / "verdicts.sqlite") as served_run:
        anna = Reviewer(browser, served_run.review.address)
        assert anna.page.locator("#queues button").count() == 5
        anna.page.keyboard.press("w")
        anna.page.wait_for_selector("#words[open]")
        anna.page.keyboard.type("hello")
        anna.page.keyboard.press("Enter")
        anna.wait("2 of ")
        assert anna.complaints == []
        anna.context.close()
    assert committed(tmp_path / "verdicts.sqlite") == [("wrong-label", "hello", "Anna")]
