"""How do tests open a page from disk in a real browser?

Conventions: where there is no Chromium the tests that need one are skipped, saying so.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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


def chromium() -> Iterator[Any]:
    """Yield a Chromium, or skip."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine: the page is not tried in a browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Opened:
    """A page with everything it complained about."""

    def __init__(self, browser: Any, page_path: Path, **context: Any) -> None:
        """Open the page from disk in a context of its own."""
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(page_path.as_uri())


def wait_for(page: Any, is_so: Callable[[], object], what: Callable[[], str], seconds: int = 60) -> None:
    """Wait until something is so, letting the page go on; ``what`` says after that time what was not."""
    for _ in range(20 * seconds):
        if is_so():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"still not so after {seconds} seconds: {what()}")


def wait_until(page: Any, condition: str, seconds: int = 30) -> None:
    """Wait for a condition; the page's policy forbids the ``eval`` behind ``wait_for_function``."""
    wait_for(page, lambda: page.evaluate(condition), lambda: condition, seconds)
