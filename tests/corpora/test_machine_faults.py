"""Is each fault heard where it claims to be, the more the larger it is, and do the two domains differ?

A recording with a fault is compared with the same one without: same machine, same place, same noise. Each
measure takes samples and state and rises with the fault.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pipeline.corpora.machines.bearings import Defect, impacts, strikes_a_turn
from pipeline.corpora.machines.fan import BEARING as FAN_BEARING
from pipeline.corpora.machines.kinds import SEVERITIES, State
from pipeline.corpora.machines.plans import KINDS, recordings_of, samples_of, whole
from pipeline.corpora.machines.pump import BEARING as PUMP_BEARING, LEAK_HERTZ, N_VANES
from pipeline.corpora.machines.signals import turning
from pipeline.corpora.machines.site import HIGHEST_PEAK, record, site_of
from pipeline.corpora.machines.slider import BELT_DELAY_SECONDS, SQUEAL_HERTZ
from pipeline.corpora.machines.valve import BOUNCE_SECONDS

RATE = 16_000
Measure = Callable[[np.ndarray, State], float]


def within(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the part of a band, as an analytic signal: its magnitude is the envelope."""
    spectrum = np.fft.fft(samples)
    frequencies = np.fft.fftfreq(len(samples), 1 / RATE)
    return np.fft.ifft(np.where((frequencies >= low) & (frequencies < high), 2 * spectrum, 0))


def level(low: float, high: float) -> Measure:
    """Return the level of a band, in decibels."""
    return lambda samples, state: float(10 * np.log10(np.mean(np.abs(within(samples, low, high)) ** 2)))


def envelope_line(samples: np.ndarray, low: float, high: float, hertz: float) -> float:
    """Return how far the power of a band is modulated at a rate, within 2 % of it, relative to its mean."""
    power = np.abs(within(samples, low, high)) ** 2
    spectrum = np.abs(np.fft.rfft(power)) / power.sum()
    frequencies = np.fft.rfftfreq(len(power), 1 / RATE)
    return float(np.sqrt(np.sum(spectrum[np.abs(frequencies - hertz) <= 0.02 * hertz] ** 2)))


def strikes(defect: Defect) -> Measure:
    """Return the modulation at the rate of a bearing's strikes, around its resonance."""
    around = defect.resonance_hertz
    return lambda samples, state: envelope_line(
        samples, around - 700, around + 700, state.speed / 60 * defect.strikes_a_turn
    )


def once_a_turn(low: float, high: float) -> Measure:
    return lambda samples, state: envelope_line(samples, low, high, state.speed / 60)


def frames(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the levels of 20 ms each in a band, in decibels."""
    power = np.abs(within(samples, low, high)) ** 2
    return 10 * np.log10(power[: len(power) // 320 * 320].reshape(-1, 320).mean(axis=1))


def kurtosis(low: float, high: float) -> Measure:
    """Return how rare and high the peaks of a band are; 2 for the envelope of Gaussian noise."""

    def measure(samples: np.ndarray, state: State) -> float:
        power = np.abs(within(samples, low, high)) ** 2
        return float(np.mean(power**2) / np.mean(power) ** 2)

    return measure


def second_clicks(low: float, high: float, seconds: tuple[float, float]) -> Measure:
    """Return the power between two delays after the loudest clicks, relative to theirs."""

    def measure(samples: np.ndarray, state: State) -> float:
        power = np.abs(within(samples, low, high)) ** 2
        first, last = (int(RATE * delay) for delay in seconds)
        left = power[: -2 * last].copy()
        loudest = left.max()
        clicks, later = [], []
        while left.max() > loudest / 4:
            at = int(np.argmax(left))
            # Where the second one is louder, the click is the first that comes near it.
            before = max(0, at - last)
            at = before + int(np.argmax(left[before : at + 1] > left[at] / 4))
            left[max(0, at - RATE // 3) : at + RATE // 3] = 0
            clicks.append(power[at : at + 80].max())
            later.append(power[at + first : at + last + 100].mean())
        return float(np.mean(later) / np.mean(clicks))

    return measure


def spread_of_vanes(samples: np.ndarray, state: State) -> float:
    """Return how much of the vanes' tone lies beside its frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    away = np.abs(np.fft.rfftfreq(len(samples), 1 / RATE) - state.speed / 60 * N_VANES)
    return float(spectrum[(away > 3) & (away < 25)].sum() / spectrum[away <= 3].sum())


def rumble(samples: np.ndarray, state: State) -> float:
    return level(40, 220)(samples, state) - level(1_500, 4_000)(samples, state)


def standing(samples: np.ndarray, state: State) -> float:
    """Return the share of the time in which nothing rolls."""
    levels = frames(samples, 500, 3_500)
    return float(np.mean(levels < np.quantile(levels, 0.9) - 10))


def quiet(samples: np.ndarray, state: State) -> float:
    """Return the level that nine tenths of the frames exceed."""
    return float(np.quantile(frames(samples, 2_500, 6_500), 0.1))


def after_closing(samples: np.ndarray, state: State) -> float:
    """Return the level that half of the frames exceed: the valve is open in two fifths of them."""
    return float(np.quantile(frames(samples, 2_500, 6_500), 0.5))


def lost_clicks(samples: np.ndarray, state: State) -> float:
    """Return minus the level at the pitch of the closing click."""
    return -level(950, 1_150)(samples, state)


MEASURES: dict[tuple[str, str], Measure] = {
    ("fan", "imbalance"): once_a_turn(100, 3_000),
    ("fan", "bearing"): strikes(FAN_BEARING),
    ("fan", "rubbing"): once_a_turn(2_500, 5_500),
    ("fan", "clogged"): rumble,
    ("pump", "cavitation"): kurtosis(2_500, 6_500),
    ("pump", "leak"): level(*LEAK_HERTZ),
    ("pump", "contaminated"): spread_of_vanes,
    ("pump", "bearing"): strikes(PUMP_BEARING),
    ("slider", "dry_rail"): level(*SQUEAL_HERTZ),
    ("slider", "loose_belt"): second_clicks(700, 1_000, BELT_DELAY_SECONDS),
    ("slider", "missing_stroke"): standing,
    ("slider", "rattle"): level(1_500, 4_000),
    ("valve", "leaking"): quiet,
    ("valve", "slow_closing"): after_closing,
    ("valve", "double_click"): second_clicks(1_400, 1_900, BOUNCE_SECONDS),
    ("valve", "missing_click"): lost_clicks,
}


def test_every_fault_has_a_measure() -> None:
    assert set(MEASURES) == {(name, fault) for name, kind in KINDS.items() for fault in kind.faults}


@pytest.mark.parametrize("domain", ["source", "target"])
@pytest.mark.parametrize(("machine", "fault"), MEASURES)
def test_a_fault_is_heard_in_its_place_and_a_larger_one_more(machine: str, fault: str, domain: str) -> None:
    faulty = next(one for one in recordings_of(machine) if one.state.fault == fault and one.domain == domain)
    sizes = [
        replace(faulty, state=replace(faulty.state, severity=severity)) for severity in SEVERITIES.values()
    ]
    measured = [
        MEASURES[machine, fault](samples_of(one).astype(float), one.state) for one in [whole(faulty), *sizes]
    ]
    assert measured == sorted(set(measured)), measured


@pytest.mark.parametrize("defect", [FAN_BEARING, PUMP_BEARING])
def test_strikes_come_at_the_rate_of_the_geometry(defect: Defect) -> None:
    """In ten seconds about 1,000 strikes slip by 1 % each: a third of a strike together, far below 1 %."""
    rng = np.random.default_rng(0)
    shaft = turning(np.full(10 * RATE, 25.0), rng)
    sound = impacts(shaft, replace(defect, decay_seconds=0.0005, load_modulation=0.0), rng)
    power = np.abs(np.fft.rfft(sound**2))
    line = np.argmax(power[500:1_600]) + 500  # bins of 0.1 Hz, 50 to 160 Hz: below twice either rate
    assert line / 10 == pytest.approx(25 * defect.strikes_a_turn, rel=0.01)


def test_the_rates_of_a_bearing_are_those_of_its_two_rings() -> None:
    """They add up to the number of elements."""
    assert strikes_a_turn(9, 0.25, inner=False) + strikes_a_turn(9, 0.25, inner=True) == 9
    assert strikes_a_turn(8, 0.25, inner=False) == 3


@pytest.mark.parametrize("machine", KINDS)
def test_normal_recordings_of_the_two_domains_differ(machine: str) -> None:
    """In most bands their mean levels lie further apart than either spreads."""
    edges = np.geomspace(60, 7_000, 13)
    recordings = [one for one in recordings_of(machine) if "_test_normal_" in one.path]
    levels: dict[str, list[list[float]]] = {"source": [], "target": []}
    for one in [*recordings[:5], *recordings[-5:]]:
        samples = samples_of(one).astype(float)
        bands = [level(low, high)(samples, one.state) for low, high in itertools.pairwise(edges)]
        levels[one.domain].append(bands)
    source, target = (np.array(levels[domain]) for domain in ("source", "target"))
    apart = np.abs(source.mean(axis=0) - target.mean(axis=0))
    assert np.mean(apart > np.maximum(source.std(axis=0), target.std(axis=0))) > 0.5


def test_a_loud_machine_is_turned_down_before_it_clips() -> None:
    loud = 1_000 * np.random.default_rng(0).standard_normal(RATE)
    samples = record(loud, site_of("source", np.random.default_rng(1)), np.random.default_rng(2))
    assert np.abs(samples.astype(int)).max() == round(HIGHEST_PEAK * 32_767)
