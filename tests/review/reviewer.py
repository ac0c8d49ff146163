"""Who sits before the review's page in a real browser?

Conventions: what a reviewer waits for is waited for at most a minute.
"""

import re
from typing import Any

from tests.browser import wait_for, wait_until


class Reviewer:
    """A person before the page, with everything that the page complained about."""

    def __init__(self, browser: Any, address: str, name: str = "Anna", **context: Any) -> None:
        """Open the page, say who it is, and wait for the first clip."""
        self.context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        self.page.wait_for_selector("#who[open]")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#sight:not([hidden])")

    def text(self, selector: str) -> str:
        """Return what is read at a place."""
        return str(self.page.inner_text(selector))

    def press(self, key: str, until: str) -> None:
        """Press a key and wait until the page says something."""
        self.page.keyboard.press(key)
        self.wait(until)

    def wait(self, pattern: str) -> None:
        """Wait at most a minute for the status, the alert or the place of the clip to match."""
        wait_for(
            self.page,
            lambda: re.search(pattern, self._told()),
            lambda: f"{self._told()!r} matches {pattern!r}",
        )

    def until(self, condition: str) -> None:
        """Wait at most a minute for a condition."""
        wait_until(self.page, condition, seconds=60)

    def _told(self) -> str:
        return " | ".join(self.page.locator("#status, #alert, #place, #agreement").all_inner_texts())

    def kinds(self) -> list[str]:
        """Return the kind of verdict of each clip of the list, as it is shown."""
        marks = self.page.locator("#map span").evaluate_all("marks => marks.map(mark => mark.className)")
        return [mark.replace("is-here", "").strip() for mark in marks]
