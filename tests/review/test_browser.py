"""Can a person listen and judge in a real browser, and is nothing lost that the page confirmed?

Skipped, saying so, where there is no Chromium.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT
from tests.review.review_run import Served
from tests.review.reviewer import Reviewer


def test_a_clip_plays_from_the_keyboard(anna: Reviewer) -> None:
    assert anna.page.evaluate("document.getElementById('player').paused")
    anna.page.keyboard.press("Space")
    anna.until("document.getElementById('player').currentTime > 0.1")
    assert anna.page.evaluate("document.getElementById('player').error") is None
    assert anna.page.evaluate("document.getElementById('player').duration") == pytest.approx(1.0, abs=0.01)


def test_a_click_into_the_picture_plays_from_there(anna: Reviewer) -> None:
    box = anna.page.locator("#sight").bounding_box()
    anna.until("document.getElementById('player').readyState >= 2")
    anna.page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 40)
    assert 0.55 < anna.page.evaluate("document.getElementById('player').currentTime") <= 1.0


def test_keys_judge_one_clip_after_another(anna: Reviewer, served_run: Served) -> None:
    for place, (key, told) in enumerate({"n": "normal", "a": "anomaly", "x": "noise"}.items(), start=1):
        anna.press(key, f"Clip {place} saved: {told}")
        anna.wait(rf"\b{place + 1} of \d+")
    assert anna.kinds()[:4] == ["normal", "anomaly", "noise", ""]
    assert [row.kind for row in served_run.review.session.store.rows()] == ["normal", "anomaly", "noise"]
    assert anna.text("#progress").startswith("3 of ")


def test_a_space_after_a_click_on_a_verdict_judges_nothing(anna: Reviewer, served_run: Served) -> None:
    anna.page.click("[data-kind=normal]")
    anna.wait("Clip 1 saved: normal")
    anna.wait(r"\b2 of \d+")
    anna.until("!document.getElementById('player').paused")
    anna.page.keyboard.press("Space")
    anna.until("document.getElementById('player').paused")
    assert [row.kind for row in served_run.review.session.store.rows()] == ["normal"]


def test_the_next_clip_plays_at_once(anna: Reviewer) -> None:
    anna.press("n", "saved: normal")
    anna.until("!document.getElementById('player').paused")


def test_a_wrong_label_asks_for_the_word_and_the_keyboard_names_it(
    anna: Reviewer, served_run: Served
) -> None:
    anna.page.keyboard.press("w")
    anna.page.wait_for_selector("#words[open]")
    anna.page.keyboard.type("do")
    assert anna.page.locator("#choices [aria-selected=true]").inner_text() == "dog"
    anna.press("Enter", "saved: wrong label")
    (row,) = served_run.review.session.store.rows()
    assert (row.kind, row.word, row.label) == ("wrong-label", "dog", "happy")


def test_a_word_that_the_corpus_lacks_can_be_typed(anna: Reviewer, served_run: Served) -> None:
    anna.page.keyboard.press("w")
    anna.page.keyboard.type("sheila")
    anna.press("Enter", "saved: wrong label")
    assert served_run.review.session.store.rows()[0].word == "sheila"


def test_escape_leaves_the_words_without_a_verdict(anna: Reviewer, served_run: Served) -> None:
    anna.page.keyboard.press("w")
    anna.page.wait_for_selector("#words[open]")
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_selector("#words:not([open])", state="hidden")
    assert served_run.review.session.store.rows() == []


def test_keys_in_a_field_are_text(anna: Reviewer, served_run: Served) -> None:
    anna.page.keyboard.press("w")
    anna.page.keyboard.type("nax")
    assert anna.page.input_value("#heard") == "nax"
    assert served_run.review.session.store.rows() == []


def test_undo_goes_back_to_the_clip(anna: Reviewer) -> None:
    anna.press("n", "Clip 1 saved")
    anna.wait("2 of")
    anna.press("u", "Taken back: the verdict on clip 1")
    anna.wait(r"\b1 of")
    assert set(anna.kinds()) == {""}
    anna.press("u", "Not taken back: There is no verdict of yours")


def test_arrows_move_without_judging(anna: Reviewer, served_run: Served) -> None:
    anna.press("ArrowRight", r"\b2 of")
    anna.press("ArrowRight", r"\b3 of")
    anna.press("ArrowLeft", r"\b2 of")
    assert served_run.review.session.store.rows() == []


def test_verdicts_and_the_reviewer_are_there_after_a_reload(anna: Reviewer) -> None:
    anna.press("a", "Clip 1 saved")
    anna.page.reload()
    anna.page.wait_for_selector("#sight:not([hidden])")
    anna.wait(r"\b2 of")
    assert anna.kinds()[0] == "anomaly"
    assert anna.text("#reviewer-name") == "Anna"


def test_a_second_reviewer_judges_unseen_and_both_see_how_they_agree(
    browser: Any, anna: Reviewer, served_run: Served
) -> None:
    anna.press("n", "Clip 1 saved")
    ben = Reviewer(browser, served_run.review.address, "Ben")
    assert ben.text("#said") == ""
    ben.press("x", "Clip 1 saved: noise")
    ben.wait(r"Anna and Ben agree on 0 of 1 clips")
    ben.page.get_by_role("button", name="Disagreements").click()
    ben.wait(r"1 of 1")
    assert re.sub(r"\s+", " ", ben.text("#said")) == "You: noise Anna: normal"
    ben.context.close()


def test_the_verdicts_can_be_taken_from_the_page(anna: Reviewer) -> None:
    anna.press("a", "Clip 1 saved")
    with anna.page.expect_download() as download:
        anna.page.get_by_role("link", name="verdicts as CSV").click()
    text = Path(download.value.path()).read_text("utf-8")
    assert download.value.suggested_filename == "verdicts.csv"
    assert len(text.splitlines()) == 2
    assert ",anomaly," in text


@contextmanager
def process(review_run: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a review in a process of its own, with verdicts in a folder."""
    started = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pipeline",
            "review",
            f"--run={review_run}",
            "--no-browser",
            "--verdicts=v.sqlite",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert started.stdout is not None
        found = re.search(r"http://\S+", started.stdout.readline())
        assert found
        yield started, found[0]
    finally:
        started.kill()
        started.communicate()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_killed_in_the_middle_of_a_judgement_nothing_confirmed_is_lost(
    browser: Any, review_run: Path, tmp_path: Path
) -> None:
    with process(review_run, tmp_path) as (server, address):
        anna = Reviewer(browser, address)
        for place, key in enumerate("naxn", start=1):
            anna.press(key, f"Clip {place} saved")
            anna.wait(rf"\b{place + 1} of")
        confirmed = [kind for kind in anna.kinds() if kind]
        anna.page.keyboard.press("a")  # on its way, perhaps, when the server dies
        server.kill()
        server.wait()
        anna.page.wait_for_timeout(200)
        anna.page.keyboard.press("a")
        anna.wait("Not saved: the review does not answer")
        anna.context.close()
    with process(review_run, tmp_path) as (_, address):
        anna = Reviewer(browser, address)
        kept = [kind for kind in anna.kinds() if kind]
        anna.press("x", "saved: noise")
        anna.context.close()
    assert confirmed == ["normal", "anomaly", "noise", "normal"]
    # The judgement that was on its way was never confirmed: it may have been kept or not.
    assert kept in (confirmed, [*confirmed, "anomaly"])
    connection = sqlite3.connect(tmp_path / "v.sqlite")
    rows = [kind for (kind,) in connection.execute("SELECT kind FROM verdict ORDER BY id")]
    connection.close()
    assert rows == [*kept, "noise"]
