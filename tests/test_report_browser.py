"""Does the page work in a real browser, opened from disk?

Skipped, saying so, where there is no Chromium.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_run import SimulatedClip, simulated_clips, write_run, write_sounds

from pipeline.report import write_report

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
HOSTILE = '</script><script>window.owned=1</script>"\'><img src=x onerror="window.owned=1">\u202eevil\x07\n'


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a Chromium, or skip."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine: the report is not tried in a browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


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
    return write_report(folder, folder / "corpus", settings, folder / "report")


class Opened:
    """A page with everything it complained about."""

    def __init__(self, browser: Any, report: Path, **context: Any) -> None:
        """Open the page from disk in a context of its own."""
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(report.as_uri())


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    """Return the page, opened from disk."""
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    yield opened
    opened.context.close()


def _wait_until(page: Any, condition: str) -> None:
    """Wait at most ten seconds; the page's policy forbids the ``eval`` behind ``wait_for_function``."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"still not so after ten seconds: {condition}")


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


def test_a_clip_plays(opened: Opened) -> None:
    player = opened.page.locator("audio").first
    player.evaluate("player => player.play()")
    _wait_until(opened.page, "document.querySelector('audio').currentTime > 0.1")
    assert player.evaluate("player => player.error") is None
    assert player.evaluate("player => player.duration") == pytest.approx(1.0, abs=0.01)


def test_playing_one_clip_pauses_the_others(opened: Opened) -> None:
    players = opened.page.locator("audio")
    for index in range(2):
        players.nth(index).evaluate("player => { player.loop = true; return player.play(); }")
    _wait_until(opened.page, "document.querySelectorAll('audio')[0].paused")
    assert players.nth(1).evaluate("player => player.paused") is False


def test_the_keyboard_walks_from_card_to_card_and_plays(opened: Opened) -> None:
    cards = opened.page.locator("#strangest .clip")
    cards.first.focus()
    opened.page.keyboard.press("ArrowRight")
    assert cards.nth(1).evaluate("card => card === document.activeElement")
    opened.page.keyboard.press("Space")
    _wait_until(opened.page, "document.querySelectorAll('#strangest audio')[1].currentTime > 0")


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
    assert opened.page.locator("audio").count() == 6
    assert not opened.page.locator("#compare").is_visible()
    opened.context.close()
