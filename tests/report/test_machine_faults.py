"""Does the page of a machine name what is wrong with it, when, and at which frequency?

Recordings of the corpus of machines, rendered here: normal ones to learn from, and large faults among the
test clips. What is true of a fault comes from the models of the machines, never from the page.
"""

import csv
import html
import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpora.machines.fan import BEARING
from pipeline.corpora.machines.plans import Recording, recordings_of, samples_of, whole
from pipeline.corpora.machines.rendering import render
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.corpora.machines.slider import SQUEAL_HERTZ
from tests.command import call

N_TRAIN, N_VALIDATION, N_TEST = 26, 8, 4
FAULTS = {
    "fan": ("bearing", "imbalance", "clogged", "rubbing"),
    "slider": ("missing_stroke", "dry_rail", "rattle"),
}


class MachinePage:
    """The page of one machine's run, and the recordings that it is about."""

    def __init__(self, machine: str, folder: Path) -> None:
        plan = [one for one in recordings_of(machine) if one.domain == "source"]
        normal = [one for one in plan if not one.state.fault][: N_TRAIN + N_VALIDATION + N_TEST]
        self.faulty: dict[str, Recording] = {}
        for one in plan:
            if one.state.fault in FAULTS[machine] and one.state.severity == 1.0:
                self.faulty.setdefault(one.state.fault, one)
        render(folder / "rendered", [*normal, *self.faulty.values()], n_workers=1)
        splits = [("train", N_TRAIN), ("validation", N_VALIDATION), ("test", N_TEST)]
        rows = []
        names = [split for split, n in splits for _ in range(n)] + ["test"] * len(self.faulty)
        for split, one in zip(names, [*normal, *self.faulty.values()], strict=True):
            word = f"{machine}_{one.state.fault}" if one.state.fault else machine
            aim = folder / "corpus" / word / Path(one.path).name
            aim.parent.mkdir(parents=True, exist_ok=True)
            (folder / "rendered" / one.path).rename(aim)
            rows.append((f"{word}/{aim.name}", split))
        with (folder / "splits.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("file", "split"), *rows])
        ended = call(
            "evaluate",
            f"--corpus={folder / 'corpus'}",
            f"--target={machine}",
            "--preset=sounds",
            f"--splits={folder / 'splits.csv'}",
            "--set=evaluation.n_bootstrap=100",
            f"--run={folder / 'run'}",
        )
        assert ended.status == 0, ended.err
        self.html = (folder / "run" / "report" / "index.html").read_text("utf-8")

    def card(self, fault: str) -> str:
        """The card of a fault's recording in the list of the strangest clips of other classes."""
        found = self.html[self.html.index('<section id="strangest-others"') :]
        name = Path(self.faulty[fault].path).name
        cards = [card for card in re.split(r"(?=<article )", found) if f"/{name}</bdi>" in card]
        assert cards, f"no card of {name}"
        return cards[0]

    def reason(self, fault: str) -> tuple[str, str]:
        """The reason of a fault's recording, and the sentence after it, as its card shows them."""
        pattern = r'<p class="reason"><b><bdi>(.*?)</bdi></b> <span class="evidence"><bdi>(.*?)</bdi>'
        match = re.search(pattern, self.card(fault))
        assert match is not None, self.card(fault)[:2_000]
        return html.unescape(match[1]), html.unescape(match[2])


@pytest.fixture(scope="module")
def fan(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("fan", tmp_path_factory.mktemp("fan"))


@pytest.fixture(scope="module")
def slider(tmp_path_factory: pytest.TempPathFactory) -> MachinePage:
    return MachinePage("slider", tmp_path_factory.mktemp("slider"))


def number(pattern: str, text: str) -> float:
    """The first number that a pattern finds in a sentence."""
    match = re.search(pattern, text)
    assert match is not None, text
    return float(match[1].replace(",", ""))


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
