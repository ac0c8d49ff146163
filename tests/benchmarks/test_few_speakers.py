"""Are voices that test held out whole, another group for each seed, and is too much refused?"""

import pytest

from benchmarks.detection.few_speakers import parted
from pipeline.errors import PipelineError

SPEAKERS = ["dora", "anna", "berta", "carl", "anna", "emil", "frida"]


def test_who_tests_neither_validates_nor_comes_twice() -> None:
    held_out, validating = parted(SPEAKERS, 3, seed=1)
    assert len({*held_out, validating}) == 4


def test_seeds_go_round_until_everybody_has_tested() -> None:
    tested = [name for seed in range(3) for name in parted(SPEAKERS, 2, seed)[0]]
    assert sorted(tested) == sorted(set(SPEAKERS))


def test_a_seed_beyond_the_last_name_begins_again() -> None:
    assert parted(SPEAKERS, 2, seed=3) == parted(SPEAKERS, 2, seed=0)


@pytest.mark.parametrize("n_held_out", [0, 5])
def test_nobody_left_to_train_or_test_is_refused_with_both_numbers(n_held_out: int) -> None:
    with pytest.raises(PipelineError, match=f"held-out={n_held_out} of 6 speakers"):
        parted(SPEAKERS, n_held_out, seed=0)
