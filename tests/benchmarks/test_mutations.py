"""Does no damaged file crash the reader, nor lose its sound in silence?"""

from benchmarks.reliability.mutations import hand_made, main, sound_files


def test_a_sample_of_damaged_files_is_read_tagged_or_refused() -> None:
    found = main(280, seed=2)
    assert set(found) <= {"read", "tagged", "refused"}
    assert found.total() == 280 + len(list(hand_made(sound_files())))
