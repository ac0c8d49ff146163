"""Does the page of a pump or a valve name what is wrong with it, when, and at which frequency?"""

import re

import numpy as np
import pytest

from pipeline.corpora.machines.plans import samples_of, whole
from pipeline.corpora.machines.pump import BEARING, LEAK_HERTZ
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.corpora.machines.valve import BOUNCE_SECONDS, OPEN_SHARE
from tests.report.machine_page import MachinePage, number


@pytest.fixture(scope="module")
def pump(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("pump", tmp_path_factory.mktemp("pump"))


@pytest.fixture(scope="module")
def valve(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("valve", tmp_path_factory.mktemp("valve"))


def cycle_seconds(valve: MachinePage, fault: str) -> float:
    return 60 / valve.faulty[fault].state.speed


def test_cavitation_is_named_by_its_clicks_and_their_band(pump: MachinePage):
    reason, sentence = pump.reason("cavitation")
    assert reason in ("irregular clicks", "burst")
    # The bubbles ring between 2 and 7 kHz.
    assert 2_000 <= number(r"from ([\d,]+) Hz", sentence) < number(r"to ([\d,]+) Hz", sentence) <= 7_200


def test_a_leak_is_named_by_the_band_of_its_hiss_and_lasts_throughout(pump: MachinePage):
    reason, sentence = pump.reason("leak")
    assert reason == "band louder" and "throughout" in sentence.split(";")[0]
    low, high = number(r"from ([\d,]+) Hz", sentence), number(r"to ([\d,]+) Hz", sentence)
    # Its filter is of fourth order, and a band is a third of an octave at most.
    assert LEAK_HERTZ[0] / 1.4 < low < LEAK_HERTZ[0] * 1.1
    assert LEAK_HERTZ[1] / 1.1 < high < LEAK_HERTZ[1] * 1.1


def test_contaminated_liquid_is_named_by_a_level_that_wavers_slowly(pump: MachinePage):
    reason, sentence = pump.reason("contaminated")
    assert reason == "level wavers"
    # The torque trembles up to 6 times a second.
    assert 3 <= number(r"slower than ([\d.]+) times a second", sentence) <= 8


def test_a_pumps_bearing_is_named_by_its_turns_or_strikes_and_its_band(pump: MachinePage):
    reason, sentence = pump.reason("bearing")
    assert reason in ("periodic swelling", "periodic impacts")
    turns = pump.faulty["bearing"].state.speed / 60
    rate = number(r"(?:swells|strikes) ([\d.]+) times a second", sentence)
    # The strikes swell once a turn, so that the turn itself is a rate of the fault.
    assert any(
        rate == pytest.approx(turns * multiple, rel=0.03)
        for multiple in (1.0, BEARING.strikes_a_turn, BEARING.strikes_a_turn - 1.0)
    )
    low, high = number(r"from ([\d,]+) Hz", sentence), number(r"to ([\d,]+) Hz", sentence)
    assert low < BEARING.resonance_hertz < high


def test_a_leaking_valve_is_named_by_its_pauses(valve: MachinePage):
    reason, sentence = valve.reason("leaking")
    assert reason == "pauses louder"
    low, high = number(r"from ([\d,]+) Hz", sentence), number(r"to ([\d,]+) Hz", sentence)
    assert low < 2_200 and high > 6_000  # it hisses between 2.2 and 6.8 kHz


def test_slow_closing_is_named_by_the_time_after_an_onset_at_which_the_hiss_should_be_over(
    valve: MachinePage,
):
    reason, sentence = valve.reason("slow_closing")
    assert reason in ("slower decay", "part of the cycle louder")
    start, end = number(r"From ([\d.]+) to", sentence), number(r"to ([\d.]+) s", sentence)
    closes = OPEN_SHARE * cycle_seconds(valve, "slow_closing")
    # The hiss dies away over a third of a second, in steps of 20 ms.
    assert closes - 0.02 <= start < end <= closes + 0.36


def test_a_bounce_is_named_by_its_distance_from_the_click(valve: MachinePage):
    reason, sentence = valve.reason("double_click")
    assert reason == "double clicks"
    start, end = number(r"From ([\d.]+) to", sentence), number(r"to ([\d.]+) s", sentence)
    assert start < BOUNCE_SECONDS[1] + 0.012 and end > BOUNCE_SECONDS[0]


def test_a_missing_click_is_named_with_its_time(valve: MachinePage):
    reason, sentence = valve.reason("missing_click")
    assert reason in ("something missing", "part of the cycle quieter")
    told = number(r"At ([\d.]+) s", sentence)
    recording = valve.faulty["missing_click"]
    lost = np.abs(samples_of(whole(recording)).astype(float) - samples_of(recording))
    seconds = np.flatnonzero(lost > 0.5 * lost.max()) / SAMPLE_RATE
    assert np.abs(seconds - told).min() < 0.1


def test_a_told_moment_is_played_from_there(valve: MachinePage):
    told = number(r"At ([\d.]+) s", valve.reason("missing_click")[1])
    played = re.findall(r'data-start="([\d.]+)"', valve.card("missing_click"))
    assert any(float(one) == pytest.approx(told, abs=0.01) for one in played)
