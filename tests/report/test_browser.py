"""Does the page work in a real browser, opened from disk?

Skipped, saying so, where there is no Chromium.
"""

from typing import Any

import pytest

from tests.browser import Opened, wait_until


def _words(page: Any) -> list[str]:
    return list(page.locator("table.words tbody th").all_inner_texts())


def test_the_page_opens_from_disk_without_a_complaint(opened: Opened) -> None:
    opened.page.wait_for_load_state("networkidle")
    assert opened.complaints == []


def test_the_page_asks_for_no_other_address(opened: Opened) -> None:
    opened.page.wait_for_load_state("networkidle")
    assert [url for url in opened.requests if not url.startswith(("data:", "file:"))] == []
    assert sum(url.startswith("file:") for url in opened.requests) == 1


def test_the_policy_stops_a_script_that_was_not_written_with_the_page(opened: Opened) -> None:
    opened.page.evaluate(
        "() => document.body.append(Object.assign("
        "document.createElement('script'), { textContent: 'window.owned = 1' }))"
    )
    assert opened.page.evaluate("window.owned") is None
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_hostile_names_are_shown_and_do_not_run(opened: Opened) -> None:
    assert opened.page.evaluate("window.owned") is None
    assert opened.page.locator("img[src=x]").count() == 0
    for select in opened.page.locator("#tools select").all():
        select.select_option(index=select.locator("option").count() - 1)
    opened.page.fill("#find", "<img src=x onerror=window.owned=1>")
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate("window.owned") is None
    assert opened.page.locator("img[src=x]").count() == 0
    shown = [word for word in _words(opened.page) if "window.owned" in word]
    assert len(shown) == 1
    assert "[U+202E]evil\N{SYMBOL FOR BELL}\N{SYMBOL FOR LINE FEED}" in shown[0]


def test_a_click_sorts_the_table_and_a_second_click_turns_it_round(opened: Opened) -> None:
    words = sorted(_words(opened.page), key=str.casefold)
    heading = opened.page.locator("table.words thead th").first
    heading.get_by_role("button").click()
    assert (_words(opened.page), heading.get_attribute("aria-sort")) == (words, "ascending")
    heading.get_by_role("button").click()
    assert (_words(opened.page), heading.get_attribute("aria-sort")) == (words[::-1], "descending")


def test_the_keyboard_sorts_the_table(opened: Opened) -> None:
    heading = opened.page.locator("table.words thead th").nth(3)
    assert heading.get_attribute("aria-sort") == "descending"
    heading.get_by_role("button").focus()
    opened.page.keyboard.press("Enter")
    values = opened.page.locator("table.words tbody td:nth-child(4)").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.value))"
    )
    assert heading.get_attribute("aria-sort") == "ascending"
    assert values == sorted(values)


def test_choosing_a_word_compares_the_target_with_it_alone(opened: Opened) -> None:
    legend = opened.page.locator("#scores .key.others")
    everyone = legend.inner_text()
    opened.page.select_option("#compare", "1")
    assert legend.inner_text() == opened.page.locator("#compare option:checked").inner_text() != everyone
    visible = opened.page.locator("#scores .wide [data-word]:not(.is-off)")
    assert visible.evaluate_all("shapes => shapes.map(shape => shape.dataset.word)") == ["1"]
    opened.page.select_option("#compare", "all")
    assert legend.inner_text() == everyone


def _shown(page: Any) -> list[str]:
    """Return the number and word of each card that is shown, in order."""
    script = "cards => cards.filter(card => card.offsetParent).map(card => card.id)"
    return list(page.locator("ol.clips .clip").evaluate_all(script))


def test_a_clip_plays_from_its_picture_to_its_end(opened: Opened) -> None:
    view = opened.page.locator("#strangest .own .picture:has(button)").first
    view.get_by_role("button", name="Play").click()
    player = view.locator("xpath=following-sibling::audio")
    wait_until(opened.page, "[...document.querySelectorAll('audio')].some(one => one.ended)")
    assert player.evaluate("player => player.error") is None
    assert player.evaluate("player => player.duration") == pytest.approx(1.0, abs=0.01)


def test_playing_one_clip_pauses_the_others(opened: Opened) -> None:
    players = opened.page.locator("audio")
    for index in range(2):
        players.nth(index).evaluate("player => { player.loop = true; return player.play(); }")
    wait_until(opened.page, "document.querySelectorAll('audio')[0].paused")
    assert players.nth(1).evaluate("player => player.paused") is False


def test_the_nearest_clip_plays_beside_its_card_though_its_sound_stands_elsewhere(opened: Opened) -> None:
    script = "document.querySelectorAll('.nearest .picture button').length"
    assert opened.page.evaluate(script) > 0
    assert opened.page.locator(".clip .nearest audio").count() == 0
    picture = opened.page.locator(".nearest .picture:has(button)").first
    picture.get_by_role("button").click()
    place = picture.get_attribute("data-sound")
    wait_until(opened.page, f"document.querySelector('#{place} audio').currentTime > 0")
    assert picture.evaluate("one => one.querySelector('img').naturalWidth") == 160


def test_the_keyboard_walks_from_card_to_card_and_plays(opened: Opened) -> None:
    page = opened.page
    first, second, *_ = _shown(page)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == first
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == second
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") == first
    played = next(card for card in _shown(page) if page.locator(f"#{card} audio").count())
    while page.evaluate("document.activeElement.id") != played:
        page.keyboard.press("j")
    page.keyboard.press("Space")
    wait_until(page, f"document.querySelector('#{played} audio').currentTime > 0")


def test_keys_do_nothing_while_one_types_and_can_be_turned_off(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("j/?")
    assert page.input_value("#find") == "j/?"
    page.keyboard.press("Escape")
    assert page.input_value("#find") == ""
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.uncheck("#single-keys")
    page.click("#close-keys")
    before = page.evaluate("document.activeElement.id")
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert page.evaluate("document.activeElement.id") == before
    assert not page.locator("dialog").is_visible()


@pytest.mark.parametrize(
    ("key", "attribute"), [("word", "word"), ("reason", "reason"), ("speaker", "speaker")]
)
def test_a_choice_leaves_only_the_cards_that_fit(opened: Opened, key: str, attribute: str) -> None:
    page = opened.page
    values = page.locator("ol.clips .clip").evaluate_all(
        f"cards => cards.map(one => one.dataset.{attribute})"
    )
    page.select_option(f"select[data-key={key}]", f"={values[0]}")
    kept = page.locator("ol.clips .clip").evaluate_all(
        f"cards => cards.filter(one => one.offsetParent).map(one => one.dataset.{attribute})"
    )
    assert kept == [value for value in values if value == values[0]]
    n_linked = page.evaluate("[...document.querySelectorAll('tr.linked')].filter(row => !row.hidden).length")
    assert page.inner_text("#shown").startswith(f"{len(kept)} of 6 clips, {n_linked} of ")
    page.get_by_role("button", name="reset").click()
    wait_until(page, "document.querySelector('#shown').textContent.startsWith('6 of 6')")


def test_a_tag_a_flag_and_a_text_choose_together(opened: Opened) -> None:
    page = opened.page
    tagged = page.locator("ol.clips .clip:has([data-tag])")
    tag = tagged.first.locator("[data-tag]").first.get_attribute("data-tag")
    page.select_option("select[data-key=tag]", f"={tag}")
    path = tagged.first.locator("> .path").inner_text().splitlines()[0]
    page.fill("#find", path[:12].upper())
    assert _shown(page) == [tagged.first.get_attribute("id")]
    page.check("input[data-only=flagged]")
    is_flagged = tagged.first.get_attribute("data-flagged") == "yes"
    assert len(_shown(page)) == is_flagged
    page.fill("#find", "nothing is called so")
    assert page.locator(".nothing").first.is_visible()
    assert page.inner_text("#shown").startswith("0 of 6 clips")


@pytest.mark.parametrize(
    ("order", "of"),
    [
        ("usual", "Number(one.dataset.score)"),
        ("p", "Number(one.dataset.p)"),
        ("word", "one.dataset.word"),
        ("speaker", "one.dataset.speaker"),
    ],
)
def test_cards_stand_in_the_order_that_was_chosen(opened: Opened, order: str, of: str) -> None:
    opened.page.select_option("#order", order)
    cards = opened.page.locator("#target-like .clip")
    values = cards.evaluate_all(f"cards => cards.map(one => {of})")
    in_order = "values => [...values].sort((a, b) => a > b ? 1 : a < b ? -1 : 0)"
    if order in ("word", "speaker"):
        in_order = "values => [...values].sort((a, b) => a.localeCompare(b))"
    assert values == opened.page.evaluate(in_order, values)
