"""What do the tests of the review share?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.review.review_run import Served, served, write_review_run
from tests.review.reviewer import Reviewer


@pytest.fixture(scope="session")
def review_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run to review, its corpus beside it; never changed by a test."""
    return write_review_run(tmp_path_factory.mktemp("review"))


@pytest.fixture
def served_run(review_run: Path, tmp_path: Path) -> Iterator[Served]:
    """A running review with a new file of verdicts."""
    with served(review_run, tmp_path / "verdicts.sqlite") as review:
        yield review


@pytest.fixture
def anna(browser: Any, served_run: Served) -> Iterator[Reviewer]:
    """Return a reviewer before the strangest clips of the target."""
    reviewer = Reviewer(browser, served_run.review.address)
    yield reviewer
    reviewer.context.close()
