"""Does the walk over the settings meet every pair, and tell a sentence from a crash?"""

import subprocess
from itertools import combinations, product

import pytest

from benchmarks.reliability.settings_pairs import choices, covering_rows, outcome, smallest
from pipeline.settings import Settings


def test_each_pair_of_values_stands_in_a_row() -> None:
    values = {"a": (1, 2, 3), "b": ("x", "y"), "c": (None, True), "d": ("p", "q", "r", "s")}
    rows = covering_rows(values)
    for one, other in combinations(values, 2):
        assert {(row[one], row[other]) for row in rows} == set(product(values[one], values[other]))
    assert len(rows) < 20  # of 48


def test_the_walk_is_the_same_each_time() -> None:
    assert covering_rows(choices()) == covering_rows(choices())


def test_every_choice_of_the_page_is_walked() -> None:
    assert {"preset", "model.family", "features.channels", "model.with_background"} <= set(choices())
    for row in smallest():
        (((name, value)),) = row.items()
        section, _, field = name.partition(".")
        page = getattr(Settings(), section)
        assert getattr(type(page)(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("status", "printed", "ended"),
    [
        (0, "features: 2 clips", "done"),
        (3, "", "done"),
        (2, "note: x\nerror: model.kind='nonsense' is unknown", "refused"),
        (1, "Traceback (most recent call last)", "crash"),
        (4, "error: damaged", "crash"),
        (-9, "", "crash"),
    ],
)
def test_a_sentence_is_told_from_a_crash(status: int, printed: str, ended: str) -> None:
    assert outcome(subprocess.CompletedProcess([], status, "", printed))[0] == ended
