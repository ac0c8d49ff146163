"""Does the page work in a real browser, opened from disk?

Skipped, saying so, where there is no Chromium.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_browser import HOSTILE, Opened, wait_until
from report_run import write_run
from run_explanations import write_explanations
from simulated_clips import SimulatedClip, simulated_clips, write_sounds

from pipeline.artefacts import read_table, write_table
from pipeline.report import write_report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a run with usual words and one hostile word."""
    folder = tmp_path_factory.mktemp("run")
    clips = simulated_clips(["bird", "cat", "dog", "happy", "yes"], "happy", 60, 14)
    write_sounds(folder / "corpus", clips)
    clips += [SimulatedClip(f"{HOSTILE}{index}.wav", HOSTILE, HOSTILE, "test") for index in range(4)]
    settings = write_run(
        folder,
        clips,
        "happy",
        corpus_root=folder / "corpus",
        shift=30,
        set_aside=[(HOSTILE, HOSTILE, HOSTILE)],
    )
    write_explanations(folder, "happy")
    _make_hostile(folder / "evaluation")
    return write_report(folder, folder / "corpus", settings, folder / "report")


def _make_hostile(folder: Path) -> None:
    """Give one clip of each list a hostile reason, nearest clip and tag."""
    for file, names in (("reasons", ("reason", "evidence", "nearest_path")), ("quality", ("tag", "detail"))):
        columns = read_table(folder / f"{file}.parquet")
        for place, path in enumerate(columns["path"]):
            if place % 5 == 0 or path.startswith("<"):
                for name in names:
                    columns[name][place] = f"=1+1{HOSTILE}"
        write_table(folder / f"{file}.parquet", columns)


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    """Return the page, opened from disk."""
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    yield opened
    opened.context.close()


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
    opened.page.select_option("#compare", "1")
    visible = opened.page.locator("#scores .wide [data-word]:not(.is-off)")
    assert visible.evaluate_all("shapes => shapes.map(shape => shape.dataset.word)") == ["1"]


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
    assert page.inner_text("#shown").startswith(f"{len(kept)} of 6 clips shown, {n_linked} of ")
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
    assert page.inner_text("#shown").startswith("0 of 6 clips shown")


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


def test_everything_that_can_be_chosen_has_a_name_and_the_number_is_announced(opened: Opened) -> None:
    unnamed = """elements => elements.filter(one => !(
        one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim())).length"""
    assert opened.page.locator("#tools :is(input, select, button), .play").evaluate_all(unnamed) == 0
    assert opened.page.locator("#shown").get_attribute("aria-live") == "polite"
    assert opened.page.locator("table:not(:has(caption)):not(dialog table)").count() == 0
    assert opened.page.locator("img:not([alt]), img[alt='']").count() == 0


def test_paper_has_heat_maps_and_no_players(opened: Opened) -> None:
    opened.page.emulate_media(media="print")
    assert opened.page.locator("img.heat").first.is_visible()
    assert not opened.page.locator("#tools").is_visible()
    assert opened.page.locator("audio:visible, .play:visible").count() == 0


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (390, "light"), (390, "dark"), (768, "light"), (1200, "dark")]
)
def test_no_screen_has_to_be_scrolled_sideways(browser: Any, report: Path, width: int, scheme: str) -> None:
    opened = Opened(browser, report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.complaints == []
    opened.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Any, report: Path, scheme: str) -> None:
    opened = Opened(browser, report, color_scheme=scheme)
    style = "getComputedStyle(document.documentElement).getPropertyValue"
    colours = {
        key: opened.page.evaluate(f"{style}('--{key}')") for key in ("paper", "ink", "muted", "accent")
    }
    opened.context.close()
    for key in ("ink", "muted", "accent"):
        assert _contrast(colours[key], colours["paper"]) >= 4.5, key  # WCAG 2.2, level AA, for text


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours (WCAG 2.2, relative luminance)."""
    luminances = []
    for colour in (one, other):
        shares = [value / 255 for value in bytes.fromhex(colour.strip().removeprefix("#"))]
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        luminances.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(luminances) + 0.05) / (min(luminances) + 0.05)


def test_the_table_and_the_clips_are_there_without_the_script(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, java_script_enabled=False)
    assert opened.page.locator("table.words tbody tr").count() == 5
    n_sounds = opened.page.locator("audio").count()
    assert n_sounds > 2
    assert opened.page.locator("ol.clips audio:visible").count() > 0
    assert not opened.page.locator("#compare").is_visible()
    assert not opened.page.locator("#tools").is_visible()
    opened.context.close()
