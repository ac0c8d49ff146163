"""Does the review's page stay with the clip that a person hears when answers come late?

The browser holds an answer back until the person has gone on. Skipped, saying so, without Chromium.
"""

from typing import Any

from tests.browser import wait_for
from tests.review.review_run import Served
from tests.review.reviewer import Reviewer


class Held:
    """The next answer from an address, held back until it is let go."""

    def __init__(self, reviewer: Reviewer, address: str) -> None:
        self.routes: list[Any] = []
        self.reviewer = reviewer
        reviewer.page.route(address, lambda route: self.routes.append(route), times=1)

    def wait(self) -> None:
        """Wait at most a minute until the page has asked."""
        wait_for(self.reviewer.page, lambda: self.routes, lambda: "the page has asked")

    def let_go(self) -> None:
        """Give the server's answer, and wait until the page has had it."""
        (route,) = self.routes
        with self.reviewer.page.expect_event("requestfinished", lambda request: request == route.request):
            route.continue_()
        self.reviewer.page.wait_for_timeout(200)


def test_the_list_asked_for_last_is_shown_when_an_earlier_answer_comes_late(anna: Reviewer) -> None:
    late = Held(anna, "**/api/queues/look-alikes**")
    anna.page.get_by_role("button", name="Most like").click()
    late.wait()
    anna.page.get_by_role("button", name="Flagged").click()
    anna.page.wait_for_selector("[data-queue=flagged][aria-current]")
    place = anna.text("#place")
    late.let_go()
    current = anna.page.locator("[data-queue][aria-current]").get_attribute("data-queue")
    assert (current, anna.text("#place")) == ("flagged", place)


def test_a_clip_that_was_gone_to_during_a_save_stays_to_be_judged(anna: Reviewer, served_run: Served) -> None:
    late = Held(anna, "**/api/verdicts")
    anna.page.keyboard.press("n")
    late.wait()
    anna.press("ArrowRight", r"\b2 of")
    late.let_go()
    anna.wait("Clip 1 saved: normal")
    assert anna.text("#place").startswith("2 of")
    assert anna.kinds()[:2] == ["normal", ""]
    assert anna.page.locator("[data-kind][aria-pressed=true]").count() == 0


def test_a_verdict_confirmed_after_the_list_changed_names_its_clip(
    anna: Reviewer, served_run: Served
) -> None:
    late = Held(anna, "**/api/verdicts")
    anna.page.keyboard.press("n")
    late.wait()
    anna.page.get_by_role("button", name="Most like").click()
    anna.page.wait_for_selector("[data-queue=look-alikes][aria-current]")
    late.let_go()
    anna.wait("Clip of happy in another list saved: normal")
    assert anna.text("#place").startswith("1 of")
    assert len(served_run.review.session.store.rows()) == 1


def test_the_word_that_is_named_goes_to_the_clip_that_was_heard(anna: Reviewer, served_run: Served) -> None:
    heard = anna.page.inner_text("#path")
    late = Held(anna, "**/api/queues/look-alikes**")
    anna.page.get_by_role("button", name="Most like").click()
    late.wait()
    anna.page.keyboard.press("w")
    anna.page.wait_for_selector("#words[open]")
    late.let_go()
    anna.page.wait_for_selector("[data-queue=look-alikes][aria-current]")
    anna.page.keyboard.type("dog")
    anna.press("Enter", "saved: wrong label")
    (row,) = served_run.review.session.store.rows()
    assert (row.path, row.word) == (heard, "dog")
