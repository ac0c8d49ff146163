"""Does the walk over the settings meet every pair, and tell a sentence from a crash?"""

from itertools import combinations, product

import pytest

from benchmarks.reliability import settings_pairs
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


def test_a_sentence_is_told_from_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, sentence = outcome(["evaluate", "--set=model.kind=nonsense", "--run=never_made"])
    assert ended == "refused" and "nonsense" in sentence

    def fails() -> None:
        raise ValueError("shapes do not match")

    monkeypatch.setattr(settings_pairs, "program", fails)
    assert outcome([]) == ("crash", "ValueError('shapes do not match')")
