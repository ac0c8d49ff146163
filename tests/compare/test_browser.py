"""Does the page of two runs work in a real browser, opened from disk?

Skipped, saying so, where there is no Chromium.
"""

from pathlib import Path
from typing import Any

import pytest

from pipeline.compare.page import write_comparison
from pipeline.compare.runs import read_pair
from tests.browser import HOSTILE, Opened, wait_until
from tests.compare.test_page import write_evaluated
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of two runs with usual words and one hostile word."""
    folder = tmp_path_factory.mktemp("runs")
    clips = simulated_clips(["bird", "cat", "happy"], "happy", 60, 14)
    write_sounds(folder / "corpus", clips)
    clips += [SimulatedClip(f"{HOSTILE}{n}.wav", HOSTILE, HOSTILE, "test") for n in range(4)]
    origin = {"corpus_root": folder / "corpus", "provenance_root": folder / "corpus"}
    a = write_evaluated(folder / "a", clips, shift=30, **origin)
    b = write_evaluated(folder / "b", clips, shift=30, noise=40, **origin)
    write_comparison(read_pair(a, b), folder / "page.html")
    return folder / "page.html"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1200, "dark")])
def test_the_page_of_two_runs_fits_sorts_and_plays(
    browser: Any, comparison: Path, width: int, scheme: str
) -> None:
    opened = Opened(browser, comparison, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heading = page.locator("table.words thead th").first
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    page.locator(".picture button").first.click()
    wait_until(page, "[...document.querySelectorAll('audio')].some(one => one.currentTime > 0)")
    assert page.evaluate("window.owned") is None
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("data:", "file:"))] == []
    opened.context.close()
