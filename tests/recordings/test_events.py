"""Are events as rare as promised, each counted once, and in their place?"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.detection import read_model
from pipeline.errors import ConfigurationError
from pipeline.files import write_sealed_json
from pipeline.recordings.event_reasons import EventReasons
from pipeline.recordings.events import join, make_rule, tail_probability, usual_rate
from tests.command import call
from tests.recordings.conftest import RATE, Hum


class Calibrated:
    """A model of which only the calibration scores matter."""

    def __init__(self, calibration: np.ndarray) -> None:
        self.calibration = calibration
        self.n_calibrating = len(calibration)

    def p_values(self, scores: np.ndarray) -> np.ndarray:
        at_least = (self.calibration[None, :] >= scores[:, None]).sum(axis=1)
        return np.asarray((1.0 + at_least) / (1.0 + len(self.calibration)))


def model(calibration: np.ndarray) -> Any:
    return Calibrated(calibration)


def windows(*scores: float | None, every: float = 1.0, window: float = 1.0) -> list[dict[str, Any]]:
    return [
        {"path": "a", "start_seconds": i * every, "end_seconds": i * every + window, "score": score}
        for i, score in enumerate(scores)
    ]


def spans(lines: list[dict[str, Any]], of: np.ndarray, per_hour: float) -> list[tuple[float, float]]:
    events = join(lines, make_rule(model(of), 1.0, per_hour))
    return [(event["start_seconds"], event["end_seconds"]) for event in events]


HUNDRED = np.arange(100.0)


def test_neighbouring_windows_are_one_event_and_a_gap_parts_two() -> None:
    lines = windows(0, 200, 300, 200, 0, 200, 0)
    assert spans(lines, HUNDRED, 36.0) == [(1.0, 4.0), (5.0, 6.0)]


def test_overlapping_windows_are_one_event() -> None:
    assert spans(windows(200, 0, 200, 0, 0, 200, window=2.0), HUNDRED, 36.0) == [(0.0, 4.0), (5.0, 7.0)]


def test_an_event_has_the_figures_of_its_peak() -> None:
    (event,) = join(windows(200, 300, 250), make_rule(model(HUNDRED), 1.0, 36.0))
    assert (event["score"], event["peak_seconds"], event["n_windows"]) == (300, 1.0, 3)


def test_events_of_two_recordings_are_two() -> None:
    other = [{**line, "path": "b"} for line in windows(200)]
    assert len(spans(windows(200) + other, HUNDRED, 36.0)) == 2


def test_what_cannot_be_used_is_no_event_and_not_silent() -> None:
    found = spans(windows(200, None, 200), HUNDRED, 36.0)
    assert sorted(found) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]


def test_a_rate_that_calibration_clips_prove_needs_no_tail() -> None:
    assert make_rule(model(HUNDRED), 10.0, 4.0).promise.startswith("at most 4 false events an hour")
    assert "draws of such clips 0.091 to 13 windows an hour" in make_rule(model(HUNDRED), 10.0, 4.0).promise
    rule = make_rule(model(HUNDRED), 10.0, 1.0)
    assert rule.is_extrapolated
    assert "the lowest rate that 100 calibration clips can guarantee is 3.56 an hour" in rule.promise


def test_too_few_calibration_clips_give_no_tail() -> None:
    with pytest.raises(ConfigurationError, match="needs at least 6 calibration clips, got 5"):
        make_rule(model(np.arange(5.0)), 10.0, 1.0)


@pytest.mark.parametrize(
    ("n", "every", "n_windows", "rate"),
    [
        (40, 10.0, 3_600, 1.0),  # ten hours
        (40, 10.0, 20, 18.0),  # one in the 200 seconds that are there
        (40, 10.0, 4, 36.0),  # a tenth of the windows at most
        (10, 10.0, 3_600, 360 / 11),  # no tail to tell of
        (10, 10.0, 0, 360 / 11),  # a length that nobody knows
        (40, 10.0, 0, 1.0),
        (3, 3_600.0, 1, 0.5),
    ],
)
def test_where_nobody_asked_one_false_event_is_allowed(
    n: int, every: float, n_windows: int, rate: float
) -> None:
    found = usual_rate(model(np.arange(float(n))), every, n_windows)
    assert found == pytest.approx(rate)
    if n > 5:
        assert make_rule(model(np.arange(float(n))), every, found).events_per_hour == found


def test_beyond_all_calibration_scores_the_tail_tells_how_rare_an_event_is() -> None:
    forty = np.random.default_rng(0).exponential(size=40)
    rule = make_rule(model(forty), 10.0, 36.0)
    assert not rule.is_extrapolated and rule.is_event(50.0)
    assert rule.false_per_hour(float(np.sort(forty)[-2])) == pytest.approx(360 * 3 / 41)
    assert rule.false_per_hour(50.0) == pytest.approx(360 * tail_probability(model(forty), 50.0))
    assert rule.false_per_hour(50.0) < 0.1 < 360 / 41
    ten = make_rule(model(forty[:10]), 10.0, 36.0)  # of so few there is no tail
    assert ten.false_per_hour(50.0) == pytest.approx(360 / 11)


@pytest.mark.parametrize("n", [12, 40])
def test_the_tail_keeps_its_rate_on_fresh_scores(n: int) -> None:
    generator = np.random.default_rng(0)
    n_draws, rate = 40_000, 0.005  # below 1 / 41
    draws = generator.exponential(size=(n_draws, n + 1))
    n_flagged = sum(tail_probability(model(draw[:-1]), draw[-1]) <= rate for draw in draws)
    # Four standard deviations of a binomial share.
    assert n_flagged / n_draws == pytest.approx(rate, abs=4 * np.sqrt(rate / n_draws))


def test_a_fault_in_a_long_recording_is_the_event(hum_run: Path, hum: Hum, tmp_path: Path) -> None:
    sound = hum(60.0, 120.0, 7)
    sound[20 * RATE : 26 * RATE] += hum(6.0, 700.0, 8)
    soundfile.write(tmp_path / "long.wav", sound, RATE, subtype="PCM_16")
    ended = call(
        "score", f"--run={hum_run}", "--every=2", "--events", "--events-per-hour=20", tmp_path / "long.wav"
    )
    assert ended.status == 0, ended.err
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert "20 false events an hour rest on an exponential tail fitted to the highest 5 of 12" in ended.err
    (event,) = events
    assert 18.0 <= event["start_seconds"] <= 21.0 and 25.0 <= event["end_seconds"] <= 28.0
    assert event["false_events_per_hour"] <= 20.0
    # The tone that was added, in the time of the recording.
    assert event["reason"] == "new tone"
    assert event["low_hertz"] == pytest.approx(700, rel=0.03)
    assert 20.0 <= event["told_seconds"] <= 24.0
    assert "score: 30/30 windows" in ended.err


def test_an_event_is_told_by_an_inner_window() -> None:
    rule = make_rule(model(HUNDRED), 1.0, 36.0)
    (event,) = join(windows(400, 200, 300, 500), rule)
    assert (event["peak_seconds"], event["told_seconds"]) == (3.0, 2.0)
    (event,) = join(windows(200, 300), rule)
    assert event["told_seconds"] == event["peak_seconds"] == 1.0


def test_events_have_no_reason_where_what_was_learned_from_is_gone(
    hum_run: Path, hum: Hum, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(hum_run, run)
    page = json.loads((run / "provenance.json").read_text())
    page["corpus"]["root"] = str(tmp_path / "gone")
    write_sealed_json(run / "provenance.json", page)
    reasons = EventReasons(run, read_model(run), 2.0, 2.0)
    event = {"path": str(tmp_path / "long.wav"), "told_seconds": 0.0}
    assert reasons.add(event) == event
    assert reasons.add(event) == event


def test_a_recording_that_has_changed_is_told_so(hum_run: Path, hum: Hum, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", hum(4.0, 120.0, 7), RATE, subtype="PCM_16")
    reasons = EventReasons(hum_run, read_model(hum_run), 2.0, 2.0)
    told = reasons.add({"path": str(tmp_path / "long.wav"), "told_seconds": 8.0})
    assert told["reason"] == "not heard again" and "became shorter while it was read" in told["evidence"]
    # An earlier window of the same recording is found all the same.
    assert reasons.add({"path": str(tmp_path / "long.wav"), "told_seconds": 2.0})["reason"] != told["reason"]
