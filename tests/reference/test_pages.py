"""Does the reference say what the code says, and what is in a real run?"""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest

from docs.generator import FOLDER, PAGES
from docs.generator.codes import REASONS, TAG_MEANINGS
from docs.generator.files import COLUMNS, METRICS, OPTIONAL
from pipeline.explanation import reasons
from pipeline.quality.tags import TAGS
from tests.conftest import FinishedRun

NAMED = {"words": "WORD", "baselines": "NAME", "terms": "NAME", "typicality": "NAME"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    kept = (FOLDER / name).read_text("utf-8")
    assert kept == PAGES[name](), "run `python -m docs.generator`, and look at what changed"


def test_no_page_is_kept_that_nothing_writes() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {*PAGES, "glossary.md"}


def test_every_tag_and_reason_has_a_meaning() -> None:
    assert set(TAG_MEANINGS) == set(TAGS)
    assert set(REASONS) == {*reasons._KINDS, reasons.NO_REASON}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_of_a_run_are_those_of_the_page(name: str, finished_run: FinishedRun) -> None:
    path = finished_run.path / name
    if name.endswith(".csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found = ["WORD" if column == "one" else column for column in next(csv.reader(file))]
    else:
        names = pyarrow.parquet.read_schema(path).names
        found = list(dict.fromkeys("term_NAME" if column.startswith("term_") else column for column in names))
    assert found == [column for column in COLUMNS[name] if column in found or column not in OPTIONAL]


def test_the_table_for_spreadsheets_has_the_columns_of_the_other(finished_run: FinishedRun) -> None:
    header = (finished_run.path / "scores.csv").read_text("utf-8").splitlines()[0]
    assert header.split(",") == pyarrow.parquet.read_schema(finished_run.path / "scores.parquet").names


def test_the_figures_of_a_run_are_those_of_the_page(finished_run: FinishedRun) -> None:
    figures = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    assert list(dict.fromkeys(keys_of(figures))) == list(METRICS)


def keys_of(figures: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, value in figures.items():
        path = (*above, NAMED.get(above[-1], name) if above else name)
        if isinstance(value, dict) and value:
            yield from keys_of(value, path)
        else:
            yield ".".join(path)
