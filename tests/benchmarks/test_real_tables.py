"""Does the benchmark on real tables prepare rows alike for all, and stop where it says?"""

import numpy as np
import pytest

from benchmarks.flows.real_tables import early_stopped, parts_of, table_of


def test_values_are_told_apart_and_stay_within_their_rounding() -> None:
    rows = np.column_stack([np.arange(100.0) % 5, np.full(100, 7.0), np.arange(100) // 10 / 10])
    parts = parts_of(rows, seed=0)
    assert [len(part) for part in parts] == [60, 20, 20]
    every = np.concatenate(parts)
    assert every.shape[1] == 2, "the constant feature goes"
    assert len(np.unique(every)) == every.size
    assert np.allclose(parts.train.mean(axis=0), 0.0, atol=1e-6)
    assert np.allclose(parts.train.std(axis=0), 1.0, atol=1e-6)


def test_another_seed_draws_other_parts() -> None:
    rows = np.random.default_rng(0).random((50, 2))
    assert np.array_equal(parts_of(rows, 1).test, parts_of(rows, 1).test)
    assert not np.array_equal(parts_of(rows, 1).test, parts_of(rows, 2).test)


@pytest.mark.parametrize(
    ("validation", "patience", "best"),
    [
        ([1.0, 2.0, 1.5], 2, None),
        ([1.0, 2.0, 1.5, 1.9], 2, 1),
        ([None, 1.0, None], 1, 1),
        ([1.0, 3.0, 2.0], 0, 1),
    ],
)
def test_a_fit_ends_after_so_many_epochs_without_a_better_one(
    validation: list[float | None], patience: int, best: int | None
) -> None:
    assert early_stopped(validation, patience) == best


def test_the_table_says_where_a_density_was_not_finite() -> None:
    nats = {"ours": [1.0, 2.0], "zuko": [None, 2.0], "gaussian": [0.0, 0.0], "nflows": [0.0, 0.0]}
    case = {"table": "wine", "family": "maf", "n_train": 107, "n_features": 13, "nats": nats}
    *_, line = table_of({"absent": {"nflows": "not there"}, "cases": [case]}).splitlines()
    assert line == (
        "| wine | 107 | 13 | MAF | 1.50 (1.00 to 2.00) | not finite with 1 of 2 seeds | 0.00 (0.00 to 0.00) |"
    )
