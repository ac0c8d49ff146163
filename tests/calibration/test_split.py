"""Do the clips that calibrate stay apart from those that stop the training?"""

from hypothesis import given, strategies as st

from pipeline.calibration.split import MIN_HALF_CLIPS, split_validation

MANY = [f"speaker {number}" for number in range(40) for _ in range(1 + number % 3)]


@given(st.permutations(MANY))
def test_no_speaker_is_in_both_halves(speakers: list[str]) -> None:
    halves = split_validation(speakers)
    stopping, calibrating = ({speakers[i] for i in half} for half in (halves.stopping, halves.calibrating))
    assert not stopping & calibrating
    assert sorted([*halves.stopping, *halves.calibrating]) == list(range(len(speakers)))


@given(st.permutations(MANY))
def test_a_speakers_half_follows_from_the_names_alone(speakers: list[str]) -> None:
    def calibrators(names: list[str]) -> set[str]:
        return {names[i] for i in split_validation(names).calibrating}

    assert calibrators(speakers) == calibrators(MANY)


def test_the_halves_are_nearly_equal() -> None:
    halves = split_validation(MANY)
    assert not halves.is_shared
    assert abs(len(halves.stopping) - len(halves.calibrating)) <= 3


def test_too_few_clips_do_both_and_say_so_with_both_numbers() -> None:
    halves = split_validation([f"speaker {number}" for number in range(2 * MIN_HALF_CLIPS - 1)])
    assert halves.is_shared
    assert list(halves.stopping) == list(halves.calibrating) == list(range(2 * MIN_HALF_CLIPS - 1))
    assert f"need {MIN_HALF_CLIPS} clips" in halves.note
    assert f"would have {MIN_HALF_CLIPS - 1} of" in halves.note


def test_one_speaker_cannot_be_divided() -> None:
    halves = split_validation(["alone"] * 100)
    assert halves.is_shared
    assert "of 1 speakers" in halves.note


def test_enough_clips_of_enough_speakers_are_divided() -> None:
    assert not split_validation([f"speaker {number}" for number in range(2 * MIN_HALF_CLIPS)]).is_shared


def test_all_clips_calibrate_where_none_stops_the_training() -> None:
    split = split_validation(["ann", "bob"], stops=False)
    assert not len(split.stopping) and split.calibrating.tolist() == [0, 1]
    assert not split.is_shared
