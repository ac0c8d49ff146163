"""Does the page of a fan or a slider name what is wrong with it, when, and at which frequency?"""

import re

import numpy as np
import pytest

from pipeline.corpora.machines.fan import BEARING
from pipeline.corpora.machines.plans import samples_of, whole
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.corpora.machines.slider import SQUEAL_HERTZ
from tests.report.machine_page import MachinePage, number


@pytest.fixture(scope="module")
def fan(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("fan", tmp_path_factory.mktemp("fan"))


@pytest.fixture(scope="module")
def slider(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("slider", tmp_path_factory.mktemp("slider"))


def test_a_bearing_is_named_by_its_strikes_their_rate_and_their_band(fan: MachinePage):
    reason, sentence = fan.reason("bearing")
    rate = fan.faulty["bearing"].state.speed / 60 * BEARING.strikes_a_turn
    assert reason == "periodic impacts"
    # Rates are told apart by half a hertz, and the elements slip by a per cent.
    assert number(r"strikes ([\d.]+) times a second", sentence) == pytest.approx(rate, rel=0.03)
    low, high = number(r"from ([\d,]+) Hz", sentence), number(r"to ([\d,]+) Hz", sentence)
    assert low < BEARING.resonance_hertz < high


def test_imbalance_is_named_by_its_swelling_once_a_turn(fan: MachinePage):
    reason, sentence = fan.reason("imbalance")
    assert reason in ("periodic swelling", "rougher")
    turns = fan.faulty["imbalance"].state.speed / 60
    assert number(r"swells ([\d.]+) times a second", sentence.lower()) == pytest.approx(turns, abs=0.6)


def test_rubbing_is_named_by_its_strikes_once_a_turn(fan: MachinePage):
    reason, sentence = fan.reason("rubbing")
    assert reason == "periodic impacts"
    turns = fan.faulty["rubbing"].state.speed / 60
    assert number(r"strikes ([\d.]+) times a second", sentence) == pytest.approx(turns, rel=0.05)


def test_a_clogged_fan_is_named_by_the_band_that_lost_its_level(fan: MachinePage):
    reason, sentence = fan.reason("clogged")
    assert reason == "band quieter"
    # The model takes up to 9 dB away above 1 kHz, by a filter of second order.
    assert number(r"is ([\d.]+) dB quieter", sentence) == pytest.approx(6.0, abs=3.0)
    assert 500 < number(r"from ([\d,]+) Hz", sentence) < 1_500
    assert number(r"to ([\d,]+) Hz", sentence) > 4_000
    assert "throughout" in sentence


def test_missing_strokes_are_named_with_their_time(slider: MachinePage):
    _, sentence = slider.reason("missing_stroke")
    start, end = (
        number(r"quiet from ([\d.]+) to", sentence),
        number(r"quiet from [\d.]+ to ([\d.]+) s", sentence),
    )
    recording = slider.faulty["missing_stroke"]
    lost = samples_of(whole(recording)).astype(float) - samples_of(recording)
    # What the missing strokes took away, in steps of 50 ms.
    steps = lost[: len(lost) // 800 * 800].reshape(-1, 800)
    is_lost = np.sqrt(np.mean(steps**2, axis=1)) > 0.3 * np.sqrt(np.mean(steps**2))
    seconds = np.flatnonzero(is_lost) * 800 / SAMPLE_RATE
    inside = (seconds >= start - 0.1) & (seconds <= end + 0.1)
    assert inside.any() and end - start > 1.0
    # Within the quiet part nothing but the usual pauses is still there.
    assert inside.sum() * 0.05 > 0.5 * (end - start)


def test_a_dry_rail_is_named_by_the_frequency_of_its_squeal(slider: MachinePage):
    reason, sentence = slider.reason("dry_rail")
    assert reason == "new tone"
    told = number(r"tone at ([\d,]+) Hz", sentence)
    recording = slider.faulty["dry_rail"]
    added = samples_of(recording).astype(float) - samples_of(whole(recording))
    spectrum = np.abs(np.fft.rfft(added)) ** 2
    hertz = np.fft.rfftfreq(len(added), 1 / SAMPLE_RATE)
    inside = (hertz > SQUEAL_HERTZ[0] * 0.95) & (hertz < SQUEAL_HERTZ[1] * 1.05)
    middle = np.average(hertz[inside], weights=spectrum[inside])
    # The squeal wanders by a per cent, and three digits are told.
    assert told == pytest.approx(middle, rel=0.03)


def test_a_rattle_is_named_by_its_band(slider: MachinePage):
    reason, sentence = slider.reason("rattle")
    assert reason in ("irregular clicks", "rougher", "burst")
    assert number(r"from ([\d,]+) Hz", sentence) < 4_000 < 2 * number(r"to ([\d,]+) Hz", sentence)


def test_a_quiet_part_is_framed_and_played_from_its_beginning(slider: MachinePage):
    card = slider.card("missing_stroke")
    start = number(r"quiet from ([\d.]+) to", slider.reason("missing_stroke")[1])
    assert 'class="marks"' in card
    played = re.findall(r'class="from" data-start="([\d.]+)"', card)
    assert any(float(one) == pytest.approx(start, abs=0.01) for one in played)


def test_a_tone_is_framed_over_all_of_the_time(slider: MachinePage):
    frame = re.search(
        r'<svg class="marks".*?<rect x="([\d.]+)%" y="[\d.]+%" width="([\d.]+)%"', slider.card("dry_rail")
    )
    assert frame is not None and frame.groups() == ("0.00", "100.00")


def test_the_reason_stands_before_the_pictures(fan: MachinePage):
    card = fan.card("bearing")
    assert card.index('class="reason"') < card.index("<img")


def test_pictures_have_axes_in_seconds_and_hertz(fan: MachinePage, slider: MachinePage):
    for page, fault, last in ((fan, "bearing", "4 s"), (slider, "dry_rail", "6 s")):
        axes = re.findall(r'<svg class="axes".*?</svg>', page.card(fault))
        assert len(axes) >= 2  # of the spectrogram and of the map
        for one in axes[:2]:
            assert f">{last}</text>" in one and ">1 kHz</text>" in one


def test_maps_lie_over_the_whole_recording_in_hertz(slider: MachinePage):
    assert re.search(r"nats placed", slider.card("missing_stroke"))
    densest = re.search(r'<p class="sum">(.*?);', slider.card("dry_rail"))
    assert densest is not None
    low, high = (
        number(r"from ([\d,.]+) to", densest[1].split("above all")[1]),
        number(r"to ([\d,.]+) Hz", densest[1]),
    )
    assert low < SQUEAL_HERTZ[1] and high > SQUEAL_HERTZ[0]
