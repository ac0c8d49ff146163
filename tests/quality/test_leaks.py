"""Is it counted what splits of the target share?"""

import numpy as np

from pipeline.quality.leaks import split_leaks

SPLITS = ["train", "train", "test", "test", "test", "validation", "train"]
SPEAKERS = ["a", "b", "c", "d", "e", "f", "g"]
SOUNDS = np.array([0, 1, 0, 3, 4, 5, 6])
OWN = np.ones(7, bool)


def test_splits_that_share_nothing_have_no_leak() -> None:
    assert split_leaks({}, SOUNDS, SPLITS, SPEAKERS, OWN) == []


def test_exact_and_near_copies_of_training_clips_are_told_apart() -> None:
    pairs = {0: [(0.0, 2), (1.0, 3)], 2: [(0.0, 0)], 3: [(1.0, 0)], 4: [(1.0, 5)], 5: [(1.0, 4)]}
    found = split_leaks(pairs, SOUNDS, SPLITS, SPEAKERS, OWN)
    assert found == [
        "2 of 3 test clips are also in the training split (1 with the same samples, 1 nearly the same), "
        "so figures flatter the model",
        "1 of 3 test clips are also in the validation split (0 with the same samples, 1 nearly the same), "
        "so the share of false alarms on test clips flatters the calibration",
    ]


def test_a_copy_in_three_splits_counts_once_for_the_test_clip() -> None:
    pairs = {0: [(0.0, 2), (1.0, 5)], 2: [(0.0, 0), (1.0, 5)], 5: [(1.0, 0), (1.0, 2)]}
    found = split_leaks(pairs, SOUNDS, SPLITS, SPEAKERS, OWN)
    assert [sentence.partition(" clips")[0] for sentence in found] == ["1 of 3 test", "1 of 1 validation"]


def test_copies_among_calibration_clips_are_told_with_what_follows() -> None:
    (found,) = split_leaks({5: [(0.7, 1)], 1: [(0.7, 5)]}, SOUNDS, SPLITS, SPEAKERS, OWN)
    assert found.startswith("1 of 1 validation clips are also in the training split (0 with the same")
    assert "more of them are flagged" in found


def test_copies_under_other_words_are_no_leak_of_the_target() -> None:
    own = np.array([True, True, False, True, True, True, True])
    assert split_leaks({2: [(0.0, 0)], 0: [(0.0, 2)]}, SOUNDS, SPLITS, SPEAKERS, own) == []


def test_speakers_in_two_splits_are_counted() -> None:
    (found,) = split_leaks({}, SOUNDS, SPLITS, ["a", "b", "a", "b", "c", "c", "d"], OWN)
    assert found.startswith("3 of 4 speakers of the target are in more than one split")
