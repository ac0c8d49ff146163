"""Can two runs of one class alone be compared, by the clips that they find strange?

The browser's test is skipped, saying so, where there is no Chromium.
"""

from pathlib import Path
from typing import Any

import pytest

from pipeline.compare.differences import word_differences
from pipeline.compare.page import build_comparison, comparison_table, write_comparison
from pipeline.compare.runs import Pair, read_pair
from tests.browser import Opened
from tests.compare.test_page import write_evaluated
from tests.simulated_clips import simulated_clips


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Return two runs over 20 test clips of one class."""
    folder = tmp_path_factory.mktemp("pair")
    clips = simulated_clips(["happy"], "happy", 80, 1)
    return read_pair(write_evaluated(folder / "a", clips), write_evaluated(folder / "b", clips, noise=40))


def test_the_page_tells_flags_and_moved_clips_and_no_area(pair: Pair) -> None:
    page = build_comparison(pair, word_differences(pair))
    assert "share no test clip of another class" in page
    assert "False alarms" in page
    assert "AUROC over all clips" not in page
    assert 'id="words"' not in page
    assert "Far stranger in B than in A" in page


def test_the_short_table_tells_the_false_alarms_of_both(pair: Pair) -> None:
    lines = comparison_table(pair, None).splitlines()
    assert lines[:2] == ["A: a", "B: b"]
    rates = [side.run.metrics["calibration"]["false_alarm_rate_test"] for side in (pair.a, pair.b)]
    assert lines[-1] == f"false alarms: a {100 * rates[0]:.1f} %, b {100 * rates[1]:.1f} %"


def test_the_page_opens_without_a_complaint(browser: Any, pair: Pair, tmp_path: Path) -> None:
    write_comparison(pair, tmp_path / "page.html")
    opened = Opened(browser, tmp_path / "page.html")
    linked = opened.page.locator("nav a, .skip").evaluate_all(
        "links => links.filter(one => !document.querySelector(one.getAttribute('href'))).length"
    )
    assert (opened.complaints, linked) == ([], 0)
    opened.context.close()
