"""Does the report look right on paper, on a phone, in the dark, to a screen reader and without its script?"""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import Opened


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
