"""Is what a reason tells marked at its seconds and hertz, and played from there?"""

import re

import pytest

from pipeline.html.marks import heard_reasons, picture_marks

CLICK = {"reason": "irregular clicks", "start": 2.0, "end": 2.0, "low": 1_000.0, "high": 4_000.0}
TONE = {"reason": "new tone", "start": None, "end": None, "low": 500.0, "high": 500.0}
QUIET = {"reason": "quiet part", "start": 1.0, "end": 3.0, "low": None, "high": None}


def boxes(*marks: dict[str, object]) -> list[tuple[float, ...]]:
    """Left, top, width and height of each frame, in per cent."""
    drawn = str(picture_marks(marks, 8.0, 125.0, 8_000.0))
    found = re.findall(r'<rect x="([\d.]+)%" y="([\d.]+)%" width="([\d.]+)%" height="([\d.]+)%"', drawn)
    return [tuple(map(float, one)) for one in found]


def test_a_mark_stands_at_its_seconds_and_octaves():
    # Six octaves: 1 to 4 kHz are the fourth and the fifth from below.
    ((left, top, width, height),) = boxes(CLICK)
    assert left + width / 2 == pytest.approx(25.0, abs=0.1)
    assert (top, top + height) == (pytest.approx(100 / 6, abs=0.1), pytest.approx(50.0, abs=0.1))


def test_a_tone_lies_over_all_of_the_time_and_silence_over_all_frequencies():
    tone, quiet = boxes(TONE, QUIET)
    assert (tone[0], tone[2]) == (0.0, 100.0)
    assert tone[1] + tone[3] / 2 == pytest.approx(100 * 4 / 6, abs=0.1)
    assert quiet == (12.5, 0.0, 25.0, 100.0)


def test_marks_stay_within_the_picture():
    beyond = {**CLICK, "start": 9.0, "end": 9.0, "low": 10.0, "high": 20_000.0}
    ((left, top, width, height),) = boxes(beyond)
    assert left + width == pytest.approx(100.0) and (top, height) == (0.0, 100.0)
    assert picture_marks([], 8.0, 125.0, 8_000.0) == ""


def test_events_of_one_reason_are_played_one_by_one():
    later = {**CLICK, "start": 5.5, "end": 5.5}
    clicks, tone, quiet = heard_reasons([CLICK, later, TONE, QUIET], 8.0, 60.0)
    assert [span.text for span in clicks.spans] == ["2.00 s", "5.50 s"]
    assert (tone.number, tone.spans) == (2, ())
    assert [span.text for span in quiet.spans] == ["1.00 to 3.00 s"]


def test_what_is_not_played_has_no_button():
    whole = {**QUIET, "start": 0.0, "end": 90.0}
    late = {**CLICK, "start": 70.0, "end": 70.0}
    assert [one.spans for one in heard_reasons([whole, late], 90.0, 60.0)] == [(), ()]
