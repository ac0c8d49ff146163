"""Can everyone use the review's page, and does it run nothing that is not its own?

Skipped, saying so, where there is no Chromium.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.review.review_run import Served, copy_review_run, served
from tests.review.reviewer import Reviewer


def test_the_page_opens_without_a_complaint_and_asks_for_no_other_address(
    anna: Reviewer, served_run: Served
) -> None:
    anna.page.wait_for_load_state("networkidle")
    assert anna.complaints == []
    assert not [
        url
        for url in anna.requests
        if not url.startswith((f"{served_run.origin}{served_run.token}", "data:"))
    ]


def test_the_page_can_be_used_by_the_keyboard_alone(anna: Reviewer) -> None:
    anna.page.keyboard.press("Tab")
    reached = []
    for _ in range(30):
        reached.append(
            anna.page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()")
        )
        anna.page.keyboard.press("Tab")
    told = " ".join(reached)
    for control in (
        "reviewer",
        "report",
        "Disagreements",
        "Normal",
        "Anomaly",
        "Wrong label",
        "Noise",
        "undo",
    ):
        assert control in told


def test_every_control_has_a_name_for_a_screen_reader(anna: Reviewer) -> None:
    nameless = anna.page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, img, svg')].filter(each => {
          const label = each.labels?.[0]?.textContent ?? '';
          const name = each.getAttribute('aria-label') ?? each.getAttribute('alt') ?? each.textContent;
          return !each.closest('[hidden]') && !(name + label).trim();
        }).map(each => each.outerHTML)"""
    )
    assert nameless == []
    assert anna.page.locator("#status").get_attribute("role") == "status"


def test_hostile_names_are_shown_and_do_not_run(anna: Reviewer) -> None:
    anna.page.get_by_role("button", name="Most like").click()
    anna.page.wait_for_selector("[data-queue=look-alikes][aria-current]")
    for place in range(2, 20):
        if "HYPERLINK" in anna.text("#word"):
            break
        anna.press("ArrowRight", rf"\b{place} of")
    anna.until("document.getElementById('path').textContent.includes('window.owned')")
    assert "[U+202E]" in anna.text("#word")
    assert "\u202e" not in anna.page.content()
    assert "window.owned" in anna.text("#path")
    assert "onload=window.owned" in anna.text("#speaker")
    anna.press("n", "saved: normal")
    anna.page.keyboard.press("w")
    anna.page.wait_for_selector("#words[open]")
    assert anna.page.evaluate("window.owned") is None
    assert anna.page.locator("img[src=x], body script").count() == 0
    assert anna.complaints == []


def test_the_policy_stops_a_script_and_markup_that_are_not_of_the_page(anna: Reviewer) -> None:
    for attempt in (
        "() => { const script = document.createElement('script'); script.text = 'window.owned = 1';"
        " document.body.append(script) }",
        "() => { document.body.innerHTML = '<img src=x onerror=\"window.owned = 1\">' }",
    ):
        refused = anna.page.evaluate(
            f"() => {{ try {{ ({attempt})() }} catch (error) {{ return error.name }} }}"
        )
        assert refused == "TypeError", attempt
    assert anna.page.evaluate("window.owned") is None


def test_the_report_opens_under_the_same_token(anna: Reviewer) -> None:
    with anna.context.expect_page() as opened:
        anna.page.get_by_role("link", name="report").click()
    opened.value.wait_for_load_state()
    assert opened.value.title() == "report"


def test_a_corpus_that_is_not_at_hand_is_told_and_nothing_can_be_judged(
    browser: Any, review_run: Path, tmp_path: Path
) -> None:
    own = copy_review_run(review_run, tmp_path)
    (tmp_path / "corpus").rename(tmp_path / "elsewhere")
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        context = browser.new_context()
        page = context.new_page()
        page.goto(served_run.review.address)
        page.fill("#name", "Anna")
        page.keyboard.press("Enter")
        page.wait_for_selector("#empty:not([hidden])")
        assert "not on this machine" in page.inner_text("#problem")
        page.wait_for_selector("[data-kind=normal]:disabled")
        page.keyboard.press("n")
        page.wait_for_timeout(300)
        assert served_run.review.session.store.rows() == []
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (768, "light")])
def test_no_screen_has_to_be_scrolled_sideways(
    browser: Any, served_run: Served, width: int, scheme: str
) -> None:
    anna = Reviewer(
        browser, served_run.review.address, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    assert anna.page.evaluate("document.documentElement.scrollWidth") <= width
    anna.context.close()
