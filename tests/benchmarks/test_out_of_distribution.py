"""Are the rows of the benchmark those that it says, and is its table one figure a cell?"""

import numpy as np
import pytest

from benchmarks.flows.out_of_distribution import CASES, N_ASKED, N_TRAIN, SCORES, table_of


@pytest.mark.parametrize("name", list(CASES))
def test_a_case_is_drawn_by_its_seed_and_no_row_is_in_two_parts(name: str) -> None:
    case, again = CASES[name](0), CASES[name](0)
    parts = (case.train, case.reference, case.held_out, *case.elsewhere.values())
    assert np.array_equal(case.train, again.train)
    assert len(case.train) == N_TRAIN
    assert len(case.held_out) <= N_ASKED
    rows = np.concatenate(parts)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_rows_from_elsewhere_are_simpler_than_held_out_ones_where_the_likelihood_fails() -> None:
    smooth, half = CASES["detailed photograph"](0), CASES["digits"](0)
    assert smooth.elsewhere["a smooth photograph"].std(axis=1).mean() < smooth.held_out.std(axis=1).mean()
    assert half.elsewhere["half the contrast"].std(axis=1).mean() < half.held_out.std(axis=1).mean()


def test_the_table_has_a_mean_and_its_range_for_each_score() -> None:
    found = {"digits": {"noise": {name: [0.5, 0.7] for name in SCORES}}}
    *_, line = table_of(found).splitlines()
    assert line == "| digits | noise |" + " 0.60 (0.50-0.70) |" * len(SCORES)
