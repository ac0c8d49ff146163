"""Is every clip held out once, apart from its speaker's other clips, and is the rest used well?"""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.audit.folds import Fold, folds_by_speaker
from pipeline.errors import PipelineError

# How many clips each speaker has: enough for any number of folds that is drawn below.
SIZES = st.lists(st.integers(5, 9), min_size=16, max_size=40)
N_FOLDS = st.integers(2, 6)
SEEDS = st.integers(0, 9)


def speakers_of(sizes: list[int]) -> np.ndarray:
    """Return the speaker of each clip, speakers mixed."""
    names = [f"speaker {number}" for number, size in enumerate(sizes) for _ in range(size)]
    return np.random.default_rng(len(sizes)).permutation(np.array(names, dtype=object))


def sides(fold: Fold) -> list[np.ndarray]:
    return [fold.held_out, fold.train, fold.validation]


@given(SIZES, N_FOLDS, SEEDS)
def test_every_clip_is_held_out_exactly_once(sizes: list[int], n_folds: int, seed: int) -> None:
    folds = folds_by_speaker(speakers_of(sizes), n_folds=n_folds, validation_share=0.1, seed=seed)
    assert len(folds) == n_folds
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(sum(sizes)))


@given(SIZES, N_FOLDS, SEEDS)
def test_every_clip_has_one_place_in_each_fold(sizes: list[int], n_folds: int, seed: int) -> None:
    for fold in folds_by_speaker(speakers_of(sizes), n_folds=n_folds, validation_share=0.1, seed=seed):
        assert sorted(np.concatenate(sides(fold))) == list(range(sum(sizes)))


@given(SIZES, N_FOLDS, SEEDS)
def test_no_speaker_is_on_two_sides_of_a_fold(sizes: list[int], n_folds: int, seed: int) -> None:
    speakers = speakers_of(sizes)
    for fold in folds_by_speaker(speakers, n_folds=n_folds, validation_share=0.1, seed=seed):
        heard = [set(speakers[rows]) for rows in sides(fold)]
        assert sum(map(len, heard)) == len(set.union(*heard))


@given(SIZES, N_FOLDS, SEEDS)
def test_folds_differ_by_no_more_than_one_speakers_clips(sizes: list[int], n_folds: int, seed: int) -> None:
    folds = folds_by_speaker(speakers_of(sizes), n_folds=n_folds, validation_share=0.1, seed=seed)
    held_out = [len(fold.held_out) for fold in folds]
    assert max(held_out) - min(held_out) <= max(sizes)


@given(SIZES, SEEDS, st.floats(0.1, 0.5))
def test_validation_is_the_share_to_within_a_speaker(sizes: list[int], seed: int, share: float) -> None:
    for fold in folds_by_speaker(speakers_of(sizes), n_folds=3, validation_share=share, seed=seed):
        wanted = share * (len(fold.train) + len(fold.validation))
        assert abs(len(fold.validation) - wanted) <= max(sizes)


def test_folds_depend_on_the_speakers_and_not_on_the_order_of_clips() -> None:
    speakers = speakers_of([3] * 30)
    order = np.random.default_rng(1).permutation(len(speakers))

    def held_out(names: np.ndarray) -> list[set[str]]:
        folds = folds_by_speaker(names, n_folds=4, validation_share=0.1, seed=0)
        return [set(names[fold.held_out]) for fold in folds]

    assert held_out(speakers) == held_out(speakers[order])


def test_another_seed_gives_other_folds() -> None:
    speakers = speakers_of([3] * 30)
    first, second = (
        folds_by_speaker(speakers, n_folds=4, validation_share=0.1, seed=seed) for seed in (0, 1)
    )
    assert not np.array_equal(first[0].held_out, second[0].held_out)


def test_one_speaker_with_most_of_the_clips_leaves_something_to_fit_on() -> None:
    speakers = speakers_of([100] + [6] * 12)
    for fold in folds_by_speaker(speakers, n_folds=3, validation_share=0.1, seed=0):
        assert len(fold.train) >= 20
        assert len(fold.validation) >= 2


@pytest.mark.parametrize(
    ("sizes", "n_folds", "message"),
    [
        ([50] * 4, 5, "n_folds=5 needs clips of at least 5 speakers, got 4; lower audit.n_folds, or add"),
        ([50] * 2, 2, "n_folds=2 needs clips of at least 3 speakers, got 2; add speakers"),
        ([5] * 6, 6, "30 usable clips a fold of the audit has 5 to judge, and at least 10 are needed"),
        ([10] * 3, 3, "30 usable clips a fold of the audit has 10 to fit on, and at least 20 are needed"),
        ([30, 30, 30, 1], 3, "a fold of the audit has 1 to stop by, and at least 2 are needed"),
    ],
)
def test_too_little_is_refused_with_both_numbers(sizes: list[int], n_folds: int, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        for seed in range(20):
            folds_by_speaker(speakers_of(sizes), n_folds=n_folds, validation_share=0.01, seed=seed)
