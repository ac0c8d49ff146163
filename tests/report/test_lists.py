"""Does a page of many clips stay short, and are clips found on it by key, text and link?

Skipped, saying so, where there is no Chromium.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.report.page import write_report
from tests.browser import Opened
from tests.report.report_run import write_run
from tests.simulated_clips import SimulatedClip, simulated_clips

N_CARDS = 50


@pytest.fixture(scope="module")
def long_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with 50 cards a list, among them one of a class called "truncated"; no sounds."""
    folder = tmp_path_factory.mktemp("long")
    clips = simulated_clips(["bird", "cat", "happy"], "happy", 4 * N_CARDS, N_CARDS)
    clips += [SimulatedClip(f"truncated/{n}.wav", "truncated", "someone", "test") for n in range(3)]
    settings = write_run(folder, clips, "happy", n_cards=N_CARDS, n_linked=0, shift=5)
    return write_report(folder, None, settings, folder / "report")


@pytest.fixture
def long(browser: Any, long_report: Path) -> Iterator[Any]:
    """That page, opened from disk."""
    opened = Opened(browser, long_report, viewport={"width": 1366, "height": 900})
    yield opened.page
    opened.context.close()


def _shown(page: Any, part: str) -> list[Any]:
    script = "entries => entries.filter(one => one.offsetParent).map(one => one.querySelector('.clip').id)"
    return list(page.locator(f"#{part} ol.clips > li").evaluate_all(script))


def test_a_list_begins_with_twenty_cards_and_shows_more_on_demand(long: Any) -> None:
    assert len(_shown(long, "strangest")) == 20
    long.click("#strangest .more .some")
    assert len(_shown(long, "strangest")) == 40
    assert long.evaluate("document.activeElement.id") == _shown(long, "strangest")[20]
    assert long.locator("#strangest .more .some").inner_text() == "show 10 more"
    long.click("#strangest .more .some")
    assert len(_shown(long, "strangest")) == N_CARDS
    assert not long.locator("#strangest .more").is_visible()


def test_a_link_shows_a_card_that_waits(long: Any) -> None:
    last = long.locator("#strangest .clip").last.get_attribute("id")
    assert last not in _shown(long, "strangest")
    long.evaluate(
        "id => { const link = document.createElement('a'); link.href = `#${id}`;"
        "document.body.append(link); link.click(); }",
        last,
    )
    assert last in _shown(long, "strangest")


def test_the_keys_walk_beyond_the_first_cards(long: Any) -> None:
    for _ in range(22):
        long.keyboard.press("j")
    assert long.evaluate("document.activeElement.id") == _shown(long, "strangest")[21]


def test_find_looks_for_the_beginnings_of_words(long: Any) -> None:
    script = "all => all.filter(one => !one.parentElement.hidden).map(one => one.dataset.word)"
    for typed, words in (
        ("cat", {"cat"}),
        ("trunc", {"truncated"}),
        ("TRUNCATED/1", {"truncated"}),
        ("(", set()),
    ):
        long.fill("#find", typed)
        assert set(long.locator("ol.clips .clip").evaluate_all(script)) == words


def test_the_dense_grid_shows_more_clips_in_less_room(long: Any) -> None:
    before = long.evaluate("document.documentElement.scrollHeight")
    long.keyboard.press("g")
    assert len(_shown(long, "strangest")) == N_CARDS
    assert long.evaluate("document.documentElement.scrollHeight") < before
    assert long.get_attribute("#dense", "aria-pressed") == "true"
    assert long.locator("#strangest .facts > :nth-child(3):visible").count() == 0


def test_the_first_stop_of_the_tab_key_leads_to_the_first_clip(long: Any) -> None:
    long.keyboard.press("Tab")
    long.keyboard.press("Enter")
    assert long.evaluate("document.activeElement.id") == _shown(long, "strangest")[0]


def test_a_table_is_one_stop_of_the_tab_key_and_arrows_go_from_heading_to_heading(long: Any) -> None:
    buttons = long.locator("table.words thead button")
    assert [buttons.nth(n).get_attribute("tabindex") for n in range(3)] == ["0", "-1", "-1"]
    buttons.first.focus()
    long.keyboard.press("ArrowRight")
    assert buttons.nth(1).evaluate("button => button === document.activeElement && button.tabIndex === 0")


def test_the_section_that_is_read_is_marked_and_the_links_stay_in_sight(long: Any) -> None:
    long.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    long.evaluate("document.getElementById('training').scrollIntoView()")
    marked = long.locator("nav.sections a[aria-current]")
    marked.filter(has_text="Training").wait_for()
    assert marked.count() == 1
    assert long.locator("nav.sections").bounding_box()["y"] == 0


def test_every_table_fits_its_page(opened: Opened) -> None:
    widths = "all => all.map(one => [one.ariaLabel, one.scrollWidth - one.clientWidth])"
    for width in (390, 1366, 1920):
        opened.page.set_viewport_size({"width": width, "height": 900})
        found = opened.page.locator(".scroll:visible").evaluate_all(widths)
        assert len(found) >= 2
        assert [name for name, beyond in found if beyond > 0] == []


def test_each_baseline_has_a_column_that_can_be_asked_for(long: Any) -> None:
    column = long.locator("table.words td.detail").first
    assert not column.is_visible()
    long.check(".every-column")
    assert column.is_visible()
