"""Does the review say why a run lists a clip, and let the nearest clip of the target be heard beside it?"""

from pathlib import Path
from typing import Any

import pytest

from pipeline.files.tables import read_table, write_table
from pipeline.html.text import visible
from tests.report.run_explanations import write_explanations
from tests.review.review_run import HOSTILE_WORD, TARGET, Served, copy_review_run, served, write_review_run
from tests.review.reviewer import Reviewer


@pytest.fixture(scope="module")
def review_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder with reasons; never changed by a test."""
    folder = write_review_run(tmp_path_factory.mktemp("review"))
    write_explanations(folder, TARGET)
    return folder


def test_a_clip_is_told_with_its_reason_and_the_nearest_clip(served_run: Served, review_run: Path) -> None:
    rows = read_table(review_run / "evaluation" / "reasons.parquet")
    why = served_run.ask("api/clips/5").told["why"]
    assert (why["reason"], why["evidence"]) == (rows["reason"][5], rows["evidence"][5])
    nearest = served_run.review.session.run.clips[why["nearest"]]
    assert (nearest.path, nearest.word) == (rows["nearest_path"][5], TARGET)
    assert served_run.ask(f"clips/{why['nearest']}/audio").body.startswith(b"RIFF")


def test_a_clip_is_not_its_own_nearest(served_run: Served, review_run: Path) -> None:
    rows = read_table(review_run / "evaluation" / "reasons.parquet")
    place = next(i for i, path in enumerate(rows["path"]) if path == rows["nearest_path"][i])
    assert served_run.ask(f"api/clips/{place}").told["why"]["nearest"] is None


def test_a_run_without_reasons_gives_none(tmp_path: Path) -> None:
    with served(write_review_run(tmp_path), tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("api/clips/0").told["why"] is None


def test_a_hostile_reason_is_told_as_text_that_can_be_seen(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    rows = read_table(own / "evaluation" / "reasons.parquet")
    rows["evidence"] = [HOSTILE_WORD] * len(rows["path"])
    write_table(own / "evaluation" / "reasons.parquet", rows)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("api/clips/0").told["why"]["evidence"] == visible(HOSTILE_WORD)


def test_a_key_plays_the_nearest_clip_and_the_reason_is_read(
    browser: Any, served_run: Served, review_run: Path
) -> None:
    anna = Reviewer(browser, served_run.review.address)
    anna.page.wait_for_selector("#why:not([hidden])")
    assert anna.text("#reason") in set(read_table(review_run / "evaluation" / "reasons.parquet")["reason"])
    assert anna.text("#compare").split()[:2] == ["Nearest", TARGET]
    anna.page.wait_for_selector("#nearest-view:not([hidden])")  # it is fetched after the reason is shown
    anna.page.keyboard.press("c")
    anna.until("document.getElementById('nearest').played.length > 0")
    assert anna.page.evaluate("document.getElementById('nearest').played.length > 0")
    assert anna.page.evaluate("document.getElementById('player').paused")
    assert anna.complaints == []
    anna.context.close()


def test_the_nearest_clip_is_seen_above_the_clip_with_seconds_and_kilohertz(
    browser: Any, served_run: Served
) -> None:
    anna = Reviewer(browser, served_run.review.address)
    anna.page.wait_for_selector("#nearest-view:not([hidden])")
    above = anna.page.locator("#nearest-sight").bounding_box()
    own = anna.page.locator("#sight").bounding_box()
    assert above["y"] + above["height"] <= own["y"]
    assert (above["x"], above["width"]) == (own["x"], own["width"])
    assert anna.page.locator("#hertz span").all_inner_texts()[-1] in ("0.1", "0.2", "0.5")
    assert anna.page.locator("#seconds span").first.inner_text() == "0.0"
    anna.context.close()
