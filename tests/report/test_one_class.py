"""Does the page of one class alone say what can be known of it, and leave out what cannot?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.files.tables import read_table
from pipeline.html.text import signed
from pipeline.report.one_class import one_class_figures, one_class_verdict
from pipeline.report.page import build_report
from pipeline.runs.finished import read_run
from tests.browser import Opened
from tests.conftest import FinishedRun
from tests.report.report_run import write_run
from tests.simulated_clips import simulated_clips
from tests.tiny_corpus import TARGET

# What the figures are where other words are in the corpus, and none of them has a test clip.
NOTHING: dict[str, Any] = {
    "words": {},
    "macro_auroc": None,
    "worst_word": None,
    "worst_auroc": None,
    "words_outranking_target": 0,
    "baselines": {},
}


@pytest.fixture
def opened_alone(browser: Any, one_class_run: FinishedRun) -> Iterator[Opened]:
    """The page of one class alone, opened from disk."""
    page = one_class_run.path / "report" / "index.html"
    opened = Opened(browser, page, viewport={"width": 1200, "height": 900})
    yield opened
    opened.context.close()


def test_the_page_opens_without_a_complaint_and_shows_how_its_clips_spread(opened_alone: Opened) -> None:
    page = opened_alone.page
    page.wait_for_load_state("networkidle")
    assert opened_alone.complaints == []
    histogram = page.locator("#scores .wide svg")
    assert histogram.is_visible()
    assert histogram.locator("path.hist.target").count() == 1
    assert histogram.locator("text", has_text="flagged from here").is_visible()
    n_marks = (histogram.locator("path.rug").get_attribute("d") or "").count("M")
    assert n_marks == 12


def test_the_page_has_no_empty_part_and_speaks_of_no_other_word(opened_alone: Opened) -> None:
    page = opened_alone.page
    sections = page.locator("main > section").evaluate_all("sections => sections.map(one => one.id)")
    assert sections[:3] == ["scores", "strange", "calibration"]
    assert not {"ranking", "baselines", "roc"} & set(sections)
    assert page.locator("#target-like").count() == 0
    linked = page.locator("nav a").evaluate_all(
        "links => links.map(one => one.getAttribute('href').slice(1))"
    )
    assert set(linked) <= {*sections}
    told = page.locator("body").inner_text().replace("other word\n", "")  # a reason's name
    assert not re.search(r"\bNaN\b|\bNone of\b|AUROC|other words|0 clips of", told)


def test_a_row_of_a_strange_clip_leads_to_its_card(opened_alone: Opened, one_class_run: FinishedRun) -> None:
    page = opened_alone.page
    scores = {name: np.array(v) for name, v in read_table(one_class_run.path / "scores.parquet").items()}
    tested = np.flatnonzero(scores["split"] == "test")
    first = tested[np.argmax(scores["score"][tested])]
    row = page.locator("table.strange tbody tr").first
    assert row.locator("a").inner_text() == scores["path"][first]
    assert row.locator("td").first.inner_text() == signed(float(scores["nats_above_usual"][first]), 1)
    row.locator("a").click()
    place = row.locator("a").get_attribute("href")
    assert page.locator(f"{place} > .path").inner_text().startswith(scores["path"][first])


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (768, "light")])
def test_no_screen_has_to_be_scrolled_sideways(
    browser: Any, one_class_run: FinishedRun, width: int, scheme: str
) -> None:
    page = one_class_run.path / "report" / "index.html"
    opened = Opened(browser, page, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.context.close()


def _verdict(tmp_path: Path, n_flagged: int, n_calibration: int = 99) -> tuple[str, str]:
    """Return the verdict on 100 fresh clips, at a false-alarm rate of 5 %."""
    calibration = {"alpha": 0.05, "n_calibration": n_calibration}
    clips = simulated_clips(["happy"], "happy", 400, 1)
    write_run(tmp_path, clips, "happy", extras={"calibration": calibration, "n_test_target": 100})
    run = read_run(tmp_path, "happy")
    own = np.flatnonzero(run.scores.split == "test")
    run.scores.flagged[own] = np.arange(own.size) < n_flagged
    verdict = one_class_verdict(run)
    return verdict.state, re.sub("<[^>]+>", "", verdict.sentence)


@pytest.mark.parametrize(
    ("n_flagged", "told"),
    [
        (0, "0 are flagged as strange, where about 5 would be by chance alone."),
        (11, "11 are flagged as strange, where about 5 would be by chance alone."),
        (20, "20 are flagged as strange, more than the 5 that chance explains."),
    ],
)
def test_the_verdict_weighs_the_flags_against_chance(tmp_path: Path, n_flagged: int, told: str) -> None:
    # Two standard errors, of 100 fresh and 99 calibration clips: 2 sqrt(0.05 x 0.95 x (100 + 101)) = 6.2.
    assert _verdict(tmp_path, n_flagged) == ("alone", f"Of 100 fresh clips of “happy”, {told}")


def test_calibration_clips_too_few_for_a_flag_are_the_verdict(tmp_path: Path) -> None:
    assert _verdict(tmp_path, 0, n_calibration=5) == (
        "unknown",
        "100 fresh clips of “happy” can be ranked but not flagged: 5 calibration clips are too few.",
    )


def test_a_run_without_a_column_of_nats_above_usual_still_has_a_page(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["happy"], "happy", 60, 1), "happy")
    page = build_report(tmp_path, None, settings)
    assert "One class alone has test clips here" in page
    assert not re.search(r"\bnan\b", page)
    assert one_class_figures(read_run(tmp_path, "happy"))[2].value == "–"


def test_a_quantile_is_not_told_of_a_handful_of_clips(one_class_run: FinishedRun) -> None:
    spread = one_class_figures(read_run(one_class_run.path, TARGET))[2]
    assert (spread.value, str(spread.note)) == ("–", "not told of fewer than 20 fresh clips")


def test_clips_of_other_words_that_no_test_uses_are_still_listed(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 60, 12)
    settings = write_run(tmp_path, clips, "happy", extras=NOTHING)
    page = build_report(tmp_path, None, settings)
    assert 'id="target-like"' in page
    assert 'id="ranking"' not in page
