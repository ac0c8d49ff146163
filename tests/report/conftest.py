"""What do the tests of the report share?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Opened
from tests.report.hostile_report import write_hostile_report


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report with usual words and one hostile word; never changed by a test."""
    return write_hostile_report(tmp_path_factory.mktemp("report"))


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    """That page, opened from disk."""
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    yield opened
    opened.context.close()
